"""What can't be looked at is not taken for absent: no worktree, transcript or session is gone because of a permission."""

import shutil
from pathlib import Path

import pytest

from tests.cleanup.confined import forksight
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.cleanup.test_obstacles import mode


@pytest.fixture
def far(forks_repo: ForksRepo, tmp_path: Path) -> Forked:
    """A fork with staged work in a folder that can be closed: then it can be listed, and nothing in it looked at."""
    path = tmp_path / "closed" / "pay"
    forks_repo.repo.git("worktree", "add", "--quiet", "-b", "pay", str(path))
    fork = forks_repo.add_fork_in("pay", path, age=30 * 86_400)
    fork.checkout.write({"staged.txt": "staged\n"})
    fork.checkout.git("add", "staged.txt")
    return fork


def test_a_worktree_in_a_closed_folder_is_not_gone(forks_repo: ForksRepo, far: Forked) -> None:
    with mode(far.checkout.path.parent, 0o600):
        cleaned = forksight(forks_repo, "clean", "--yes", "--json")
        tree = forksight(forks_repo, "tree")
        landed = forksight(forks_repo, "land", "pay")
    assert "can't be read" in cleaned.stdout
    assert "is not in it any more" not in cleaned.stdout
    assert "its worktree is gone" not in tree.stdout
    assert "can't be read" in landed.stdout
    assert "has everything that" not in landed.stderr
    assert far.checkout.git("status", "--short") == "A  staged.txt"
    assert forks_repo.transcript(far.id).exists()


@pytest.mark.parametrize("words", [["fork", "pay", "--again"], ["resume", "pay"]], ids=["fork", "resume"])
def test_no_worktree_is_made_in_the_place_of_one_that_cannot_be_looked_at(
    forks_repo: ForksRepo, far: Forked, words: list[str]
) -> None:
    assert forksight(forks_repo, "baseline", "set", forks_repo.parent, "--name", "shop-core").returncode == 0
    with mode(far.checkout.path.parent, 0o600):
        refused = forksight(forks_repo, *words, "--print")
    assert refused.returncode == 2
    assert "can't be read" in refused.stderr
    assert far.checkout.git("status", "--short") == "A  staged.txt"


def test_what_was_staged_in_a_worktree_that_is_gone_stays(forks_repo: ForksRepo, far: Forked) -> None:
    assert forksight(forks_repo, "baseline", "set", forks_repo.parent, "--name", "shop-core").returncode == 0
    path = far.checkout.path
    shutil.rmtree(path)
    refused = forksight(forks_repo, "fork", "pay", "--again", "--print")
    assert refused.returncode == 2
    assert "only in git's index of it (staged.txt)" in refused.stderr
    path.mkdir()
    git_dir = forks_repo.repo.path / ".git" / "worktrees" / "pay"
    (path / ".git").write_text(f"gitdir: {git_dir}\n")
    assert far.checkout.git("diff", "--cached", "--name-only") == "staged.txt"


@pytest.mark.parametrize("bits", [0, 0o600], ids=["not listed", "not looked into"])
def test_a_session_that_cannot_be_read_may_be_at_work(forks_repo: ForksRepo, bits: int) -> None:
    fork = forks_repo.add_fork("quiet")
    with mode(forks_repo.transcript(fork.id).parent, bits):
        shown = forksight(forks_repo, "clean", "quiet", "--yes")
    assert "can't be read: a session may be at work there" in shown.stdout
    assert fork.checkout.path.exists()


def test_live_sessions_that_cannot_be_listed_are_told(forks_repo: ForksRepo) -> None:
    sessions = forks_repo.config / "sessions"
    sessions.mkdir(exist_ok=True)
    with mode(sessions, 0):
        shown = forksight(forks_repo, "tree")
    assert "sessions may be running that are shown as idle" in shown.stderr


def test_an_unread_companion_folder_is_no_session_at_work(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("quiet")
    forks_repo.companion(fork, {"tool-results/r.txt": b"result"})
    companion = forks_repo.transcript(fork.id).with_suffix("")
    with mode(companion, 0):
        cleaned = forksight(forks_repo, "clean", "--yes")
    assert cleaned.returncode == 2, "what can't be archived stays, and clean says why"
    assert "a session may be at work there" not in cleaned.stdout
    assert forks_repo.transcript(fork.id).exists()
    assert (companion / "tool-results/r.txt").exists()
