"""The plugin forksight-worktrees with the real Claude Code: exactly the branch that is named, and nothing lost when it goes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agents.test_claude import program  # noqa: F401 - a fixture, by its name
from tests.claude.conftest import claude, model  # noqa: F401 - fixtures, by their names
from tests.claude.rig import Claude
from tests.conftest import Checkout
from tests.rigs import ROOT

PLUGIN = str(ROOT / "editors/claude-worktrees")
claude_runs = [pytest.mark.claude, pytest.mark.timeout(240), pytest.mark.usefixtures("program")]


def hook(cwd: Path, event: str, **fields: str) -> tuple[str, str]:
    """What `forksight hook` answers, and what it says on stderr."""
    text = json.dumps({"hook_event_name": event, "session_id": "s", "cwd": str(cwd), **fields})
    done = subprocess.run(
        [sys.executable, "-m", "forksight", "hook"], input=text, cwd=cwd, capture_output=True, text=True, check=True
    )
    return done.stdout.strip(), done.stderr


def branch_of(path: str) -> str:
    """The branch that is checked out there."""
    return Checkout(Path(path)).git("branch", "--show-current")


def test_it_makes_the_worktree_of_exactly_that_branch_once(repo: Checkout) -> None:
    repo.write({".worktreeinclude": ".env\n", ".env": "SECRET\n"})
    repo.write({".git/info/exclude": ".env\n"})
    path, _ = hook(repo.path, "WorktreeCreate", name="feature/auth")
    assert branch_of(path) == "feature/auth"
    assert (Path(path) / ".env").read_text() == "SECRET\n"
    assert hook(repo.path, "WorktreeCreate", name="feature/auth")[0] == path


def test_what_can_not_be_made_is_an_error_and_leaves_nothing(repo: Checkout) -> None:
    before = repo.git("for-each-ref") + repo.git("worktree", "list")
    for name, why in (("main", "main checkout"), ("a..b", "can't be the name of a branch")):
        answer, said = hook(repo.path, "WorktreeCreate", name=name)
        assert answer == ""
        assert why in said
    assert repo.git("for-each-ref") + repo.git("worktree", "list") == before


def test_removing_keeps_the_branch_and_refuses_what_would_be_lost(repo: Checkout) -> None:
    path, _ = hook(repo.path, "WorktreeCreate", name="feature/auth")
    worktree = Checkout(Path(path))
    worktree.write({"new.py": "x\n"})
    answer, said = hook(repo.path, "WorktreeRemove", worktree_path=path)
    assert (answer, "uncommitted work" in said) == ("", True)
    tip = worktree.commit()
    assert hook(repo.path, "WorktreeRemove", worktree_path=path)[0] == path
    assert not worktree.path.exists()
    assert repo.git("rev-parse", "feature/auth") == tip
    detached = repo.worktree("loose")
    detached.git("checkout", "--quiet", "--detach")
    detached.commit({"lost.py": "x\n"})
    assert hook(repo.path, "WorktreeRemove", worktree_path=str(detached.path))[0] == ""
    assert hook(repo.path, "WorktreeRemove", worktree_path=str(repo.path))[0] == ""
    assert detached.path.exists()
    assert repo.path.exists()


def test_a_subagents_worktree_vanishes_when_it_is_unchanged(repo: Checkout) -> None:
    unchanged, _ = hook(repo.path, "WorktreeCreate", name="agent-a1b2c3")
    changed, _ = hook(repo.path, "WorktreeCreate", name="agent-a4d5e6")
    committed, _ = hook(repo.path, "WorktreeCreate", name="agent-a7f8a9")
    assert branch_of(unchanged) == "worktree-agent-a1b2c3"
    Checkout(Path(changed)).write({"new.py": "x\n"})
    Checkout(Path(committed)).commit({"new.py": "x\n"})
    for path in (unchanged, changed, committed):
        hook(Path(path), "SubagentStop")
    assert [Path(path).exists() for path in (unchanged, changed, committed)] == [False, True, True]
    assert repo.git("branch", "--list", "worktree-agent-a1b2c3") == ""
    mine, _ = hook(repo.path, "WorktreeCreate", name="feature/auth")
    hook(Path(mine), "SubagentStop")
    assert Path(mine).exists(), "it is no subagent's"


class TestRealClaude:
    """What the real Claude Code makes of it."""

    pytestmark = claude_runs

    def test_worktree_checks_out_the_branch_with_and_without_a_fork(self, claude: Claude, repo: Checkout) -> None:  # noqa: F811
        baseline = claude.start(repo.path, f"READ {repo.path}/app.py", "--name", "project-baseline")
        options = ("-p", "--dangerously-skip-permissions", "--plugin-dir", PLUGIN)
        claude.run(
            repo.path, *options, "--worktree", "feature/auth", "--", "BASH git branch --show-current > where.txt"
        )
        resume = ("--resume", baseline, "--fork-session", "--worktree", "feature/pay")
        claude.run(repo.path, *options, *resume, "--", "BASH git branch --show-current > where.txt")
        listed = repo.git("worktree", "list", "--porcelain")
        for branch in ("feature/auth", "feature/pay"):
            (path,) = [part.split("\n")[0] for part in listed.split("worktree ") if f"refs/heads/{branch}" in part]
            assert (Path(path) / "where.txt").read_text() == f"{branch}\n"

    def test_a_subagent_in_a_worktree_of_its_own_leaves_what_it_changed_and_nothing_else(
        self,
        claude: Claude,  # noqa: F811
        repo: Checkout,
    ) -> None:
        options = ("-p", "--dangerously-skip-permissions", "--plugin-dir", PLUGIN)
        claude.run(repo.path, *options, "--", "APART BASH git branch --show-current")
        assert repo.git("worktree", "list").count("\n") == 0
        assert repo.git("branch", "--list", "worktree-agent-*") == ""
        claude.run(repo.path, *options, "--", "APART BASH echo x > new.txt")
        assert (repo.git("worktree", "list").count("\n"), "agent-" in repo.git("worktree", "list")) == (1, True)

    def test_a_failure_is_told(self, claude: Claude, repo: Checkout) -> None:  # noqa: F811
        options = ("-p", "--dangerously-skip-permissions", "--plugin-dir", PLUGIN)
        done = claude.run(repo.path, *options, "--worktree", "main", "--", "hello", ok=False)
        assert done.returncode != 0
        assert "main is checked out in the main checkout" in done.stdout + done.stderr
