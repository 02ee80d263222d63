"""Start-up is lazy: what a command does not use, it does not load."""

import subprocess
import sys

import pytest

from tests.conftest import Checkout

HEAVY = {"pygls", "lsprotocol", "git", "pydantic", "pygit2", "rich", "psutil", "sqlite3"}


def loaded(*argv: str) -> set[str]:
    """The top-level modules that `forksight ARGV` imports."""
    code = (
        "import sys\nfrom forksight.app.workbench import main\n"
        f"sys.argv = ['forksight', *{list(argv)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('MODULES', *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("MODULES")[2].split())


@pytest.mark.parametrize("argv", [("--version",), ("--help",), ("-h",)])
def test_version_and_help_load_nothing_heavy(argv: tuple[str, ...]) -> None:
    modules = loaded(*argv)
    assert "click" in modules
    assert not modules & HEAVY


def test_the_fork_tree_as_json_loads_no_more_than_it_shows(repo: Checkout) -> None:
    modules = loaded("-C", str(repo.path), "tree", "--json")
    assert "sqlite3" in modules
    assert not modules & {"pygls", "lsprotocol", "pydantic", "pygit2", "rich"}


def test_the_first_diagnostics_do_not_wait_for_what_reads_sessions() -> None:
    code = "import sys\nfrom forksight.lsp import serve\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert "forksight.core.overlaps.check" in modules
    assert not modules & {
        "forksight.core.sessions.session",
        "forksight.core.store.ledger",
        "sqlite3",
        "psutil",
        "pydantic",
        "tempfile",
        "secrets",
        "forksight.features.overlaps.semantic.engine",
        "forksight.core.syntax.source_file",
    }


def test_who_never_shared_loads_nothing_of_it(repo: Checkout) -> None:
    code = (
        "import sys\nfrom forksight.app.workbench import Forksight\nfrom forksight.features.overlaps.projects import Project\n"
        "from forksight.features.overlaps.configured_engine import configured_engine\n"
        f"configured_engine(Forksight().open({str(repo.path)!r})).refresh()\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    teams = {name for name in done.stdout.split() if ".teams" in name and name.count(".") > 2}
    assert teams == {"forksight.features.teams.exchange", "forksight.features.teams.presence"}
