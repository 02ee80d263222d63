"""The lock of a killed git, or of one at work, in the way of making and removing the worktrees of sessions and subagents."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agents.test_worktrees import at_start, branch_of, hook, remove
from tests.cleanup.confined import CONFINED
from tests.conftest import Checkout
from tests.git.lock_files import Locked

AGENT = "agent-a1b2c3"
BRANCH = f"worktree-{AGENT}"


@pytest.fixture
def agent(repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The worktree of a subagent that has changed nothing."""
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return Path(hook(repo.path, "WorktreeCreate", name=AGENT)[0])


@pytest.mark.parametrize("event", ["WorktreeRemove", "SubagentStop"])
def test_a_branch_that_can_not_be_deleted_is_told_now_and_at_the_next_start(
    repo: Checkout, agent: Path, locked: Locked, event: str
) -> None:
    with locked("packed-refs.lock"):
        path, said = hook(agent, event, worktree_path=str(agent))
    assert path == str(agent)
    assert f"The worktree {agent} was removed; its branch {BRANCH} stays, since " in said
    assert f"/.git/packed-refs.lock`; then `git branch -D {BRANCH}` deletes it." in said
    assert not agent.exists()
    assert f"`git branch -D {BRANCH}`" in at_start(repo, "--removed")
    repo.git("branch", "-D", BRANCH)


def test_a_worktree_that_git_can_not_forget_is_told(repo: Checkout, agent: Path) -> None:
    git_dir = repo.path / ".git" / "worktrees" / AGENT
    text = json.dumps(
        {"hook_event_name": "WorktreeRemove", "session_id": "s", "cwd": str(repo.path), "worktree_path": str(agent)}
    )
    git_dir.chmod(0o555)
    command = [*CONFINED, sys.executable, "-m", "forksight", "hook"]
    done = subprocess.run(command, input=text, cwd=repo.path, capture_output=True, text=True, check=True)
    git_dir.chmod(0o755)
    assert done.stdout == "\n"
    assert f"failed to delete '{git_dir}': Permission denied: check the folder's permissions" in done.stderr


@pytest.mark.parametrize("lock", ["HEAD.lock", "index.lock"])
def test_a_worktree_in_which_a_git_may_be_at_work_stays(repo: Checkout, agent: Path, locked: Locked, lock: str) -> None:
    with locked(f"worktrees/{AGENT}/{lock}"):
        path, said = remove(repo, str(agent))
        assert path == ""
        assert f"/.git/worktrees/{AGENT}/{lock}`" in said
        assert hook(agent, "SubagentStop")[0] == ""
        assert agent.exists()
    assert remove(repo, str(agent)) == (str(agent), "")


def test_a_worktree_that_a_person_has_locked_stays(repo: Checkout, agent: Path) -> None:
    repo.git("worktree", "lock", str(agent))
    assert hook(agent, "SubagentStop")[0] == ""
    assert agent.exists()
    repo.git("worktree", "unlock", str(agent))
    assert hook(agent, "SubagentStop")[0] == str(agent)
    assert repo.git("branch", "--list", BRANCH) == ""


@pytest.mark.usefixtures("agent")
def test_what_could_not_be_taken_back_goes_before_it_is_made_again(
    repo: Checkout, tmp_path: Path, locked: Locked, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "agent-a4d5e6"
    (tmp_path / "gitconfig").write_text('[forksight "worktree"]\n\tsetup = false\n')
    with monkeypatch.context() as failing, locked("packed-refs.lock"):
        failing.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
        path, said = hook(repo.path, "WorktreeCreate", name=name)
    assert path == ""
    assert "/.git/packed-refs.lock`; then the next run goes on" in said
    assert f"worktree-{name}" in repo.git("for-each-ref")
    path, _ = hook(repo.path, "WorktreeCreate", name=name)
    assert Path(path).name == name
    assert branch_of(path) == f"worktree-{name}"
