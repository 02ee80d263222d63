"""What the transcript of a fork tells of its work: commands, and runs of tests."""

import time
from pathlib import Path

import pytest

from forksight.core.compare.test_runs import runs_of_tests
from forksight.core.sessions.session import Command
from tests.claude.rig import Claude
from tests.cleanup.forks_repo import ForksRepo
from tests.compare.conftest import compare
from tests.conftest import Checkout


@pytest.mark.parametrize(
    ("command", "is_test"),
    [
        ("pytest -q tests", True),
        ("cd server && uv run pytest -x; echo $?", True),
        (".venv/bin/python -m pytest", True),
        ("CI=1 npx vitest run", True),
        ("npm test", True),
        ("npm run test:unit", True),
        ("cargo nextest run", True),
        ("timeout 60 go test ./...", True),
        ("make -j4 test", True),
        ("./gradlew :app:test", True),
        ("pip install pytest", False),
        ("ls tests", False),
        ("cat test.py", False),
        ("git commit -m 'run pytest'", False),
        ("grep -r pytest .", False),
        ("npm run build", False),
        ("make", False),
    ],
)
def test_which_commands_run_tests(command: str, is_test: bool) -> None:
    assert [run.passed for run in runs_of_tests([Command(1, command, 0.0)])] == ([True] if is_test else [])


@pytest.mark.claude
def test_what_real_transcripts_tell(repo: Checkout, claude: Claude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(claude.config))
    parent = claude.start(repo.path, "BASH pytest --version-of-nothing\nBASH true\nlearn")
    forks_repo = ForksRepo(repo, claude.config, parent=parent)
    places = [repo.worktree(name, name) for name in ("a", "b")]
    started = time.time()
    fork = claude.fork(places[0].path, parent, "WRITE new.py x\nBASH false\nBASH make test || true\nBASH true")
    claude.go_on(places[0].path, fork, "BASH cd .; tox --nothing\ndone")
    two = claude.fork(places[1].path, parent, "hello")
    comparison = compare(forks_repo, fork, two)
    first, second = (compared.work for compared in comparison.forks)
    assert first is not None
    assert second is not None
    assert (first.commands, first.failed) == (4, 2)
    assert [(run.command, run.passed) for run in first.tests] == [
        ("make test || true", True),
        ("cd .; tox --nothing", False),
    ]
    assert (second.commands, second.failed, second.tests) == (0, 0, ())
    assert 0 < first.seconds < time.time() - started
    assert Path(comparison.forks[0].worktree or "").name == "a"
    nodes = [compared.node for compared in comparison.forks]
    assert all(node is not None and node.own.total > 0 for node in nodes)
