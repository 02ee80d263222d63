"""The skills with the real Claude Code: what they show the model, and what they change."""

import json
from pathlib import Path

import pytest

from tests.agents.test_claude import PLUGIN, program, read_by_model  # noqa: F401 - a fixture, by its name
from tests.claude.conftest import claude, model  # noqa: F401 - fixtures, by their names
from tests.claude.rig import Claude
from tests.conftest import Checkout

pytestmark = [pytest.mark.claude, pytest.mark.timeout(240), pytest.mark.usefixtures("program")]


def use(claude: Claude, repo: Checkout, session: str, skill: str) -> str:  # noqa: F811
    """Type a skill into a session; what the model reads of it."""
    before = len(claude.model.requests)
    claude.go_on(repo.path, session, skill, "--plugin-dir", str(PLUGIN))
    return read_by_model(claude.model.requests[before:])


@pytest.fixture
def session(claude: Claude, repo: Checkout) -> str:  # noqa: F811
    """A session that has read a file."""
    return claude.start(repo.path, f"READ {repo.path}/app.py", "--name", "explore")


def test_save_marks_this_session_under_the_name(claude: Claude, repo: Checkout, session: str) -> None:  # noqa: F811
    assert "“explore” is the baseline project-baseline now." in use(
        claude, repo, session, "/forksight:save project-baseline"
    )
    tree = use(claude, repo, session, "/forksight:tree")
    assert "baseline project-baseline 1" in tree
    assert "1 session · 0 forks" in tree


def test_a_name_is_data_and_never_a_command(claude: Claude, repo: Checkout, session: str, tmp_path: Path) -> None:  # noqa: F811
    heard = use(claude, repo, session, f'/forksight:save it\'s "q" $(touch {tmp_path}/ran) `touch {tmp_path}/ran`')
    assert not (tmp_path / "ran").exists()
    assert "forksight: " in heard or " is the baseline " in heard


def test_save_without_a_name_says_what_is_missing(claude: Claude, repo: Checkout, session: str) -> None:  # noqa: F811
    assert "forksight: " in use(claude, repo, session, "/forksight:save")


def test_showing_changes_nothing(claude: Claude, repo: Checkout, session: str) -> None:  # noqa: F811
    other = repo.worktree("pay", "feature/pay")
    for checkout, text in ((repo, "ours\n"), (other, "theirs\n")):
        checkout.write({"README": text})
    before = repo.git("for-each-ref") + repo.git("worktree", "list")
    assert "README:1  conflict" in use(claude, repo, session, "/forksight:overlaps")
    assert "abandoned forks" in use(claude, repo, session, "/forksight:clean")
    assert "--dry-run" in use(claude, repo, session, "/forksight:fork feature/cart do it")
    assert "Ask whether to refresh it" in use(claude, repo, session, "/forksight:refresh")
    assert repo.git("for-each-ref") + repo.git("worktree", "list") == before


def test_the_model_is_not_told_of_them(claude: Claude, repo: Checkout, session: str) -> None:  # noqa: F811
    before = len(claude.model.requests)
    claude.go_on(repo.path, session, "hello", "--plugin-dir", str(PLUGIN))
    assert "forksight:" not in json.dumps(claude.model.requests[before:])
