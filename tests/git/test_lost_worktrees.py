"""Making a worktree where one is registered whose folder is gone: what only git still knows of it is never forgotten."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.adapters.git.worktrees.maker import GitWorktreeMaker
from forksight.core.problems import GitError
from tests.conftest import Checkout
from tests.git.conftest import place


def test_a_locked_worktree_that_is_gone(repo: Checkout, maker: GitWorktreeMaker) -> None:
    gone = repo.worktree("gone")
    repo.git("worktree", "lock", "--reason", "on a stick", str(gone.path))
    shutil.rmtree(gone.path)
    with pytest.raises(GitError, match="on a stick") as raised:
        maker.check(str(gone.path), "gone")
    assert f"git worktree unlock {gone.path}" in raised.value.fix
    repo.git("worktree", "unlock", str(gone.path))
    maker.check(str(gone.path), "gone")
    maker.create(str(gone.path), "gone")


def test_a_worktree_whose_folder_is_gone_is_made_anew(repo: Checkout, maker: GitWorktreeMaker) -> None:
    repo.git("worktree", "add", "-q", place(repo), "-b", "x")
    subprocess.run(["rm", "-rf", place(repo)], check=True)
    assert [worktree.path for worktree in maker.registered()] == [str(repo.path), place(repo)]
    maker.create(place(repo), "x")
    assert Path(place(repo), "app.py").exists()


@pytest.mark.parametrize(
    ("reason", "made"), [("claude session x (pid 999999999 start 5)", True), ("on a USB stick", False)]
)
def test_a_lock_counts_unless_claude_code_left_it(
    repo: Checkout, maker: GitWorktreeMaker, reason: str, made: bool
) -> None:
    repo.git("worktree", "add", "-q", place(repo), "-b", "x")
    repo.git("worktree", "lock", "--reason", reason, place(repo))
    subprocess.run(["rm", "-rf", place(repo)], check=True)
    if made:
        maker.create(place(repo), "x")
        assert Path(place(repo), "app.py").exists()
    else:
        with pytest.raises(GitError, match="USB stick"):
            maker.create(place(repo), "x")
        assert [worktree.locked for worktree in maker.registered()] == [None, reason]


def _rebase(there: Checkout) -> None:
    there.git("-c", "sequence.editor=sed -i 1ibreak", "rebase", "--interactive", "HEAD~1")


def _merge(there: Checkout) -> None:
    there.git("merge", "--no-commit", "--no-ff", "-s", "ours", "side")


def _cherry_pick(there: Checkout) -> None:
    with pytest.raises(AssertionError):
        there.git("cherry-pick", "HEAD")  # it is empty


def _sequence(there: Checkout) -> None:
    with pytest.raises(AssertionError):
        there.git("cherry-pick", "HEAD", "side")
    there.git("commit", "--allow-empty", "--message", "the first of them")


def _bisect(there: Checkout) -> None:
    there.git("bisect", "start")


@pytest.mark.parametrize(
    ("begin", "word"),
    [
        (_rebase, "rebase"),
        (_merge, "merge"),
        (_cherry_pick, "cherry-pick"),
        (_sequence, "cherry-pick or revert"),
        (_bisect, "bisection"),
    ],
)
def test_what_was_begun_in_a_worktree_that_is_gone_is_not_forgotten(
    repo: Checkout, maker: GitWorktreeMaker, begin: Callable[[Checkout], None], word: str
) -> None:
    repo.git("branch", "side")
    repo.worktree("other", "other").commit({"other": "1\n"})
    repo.git("branch", "--force", "side", "other")
    there = repo.worktree("gone", "gone")
    there.commit({"mine": "1\n"})
    begin(there)
    git_dir = there.git("rev-parse", "--absolute-git-dir")
    kept = sorted(os.listdir(git_dir))
    shutil.rmtree(there.path)
    for step in (maker.check, maker.create):
        with pytest.raises(GitError, match=f"in the middle of a {word},") as raised:
            step(str(there.path), "gone")
        assert f"gitdir: {git_dir}" in raised.value.fix
    assert sorted(os.listdir(git_dir)) == kept


def test_commits_of_a_detached_worktree_that_is_gone_are_not_forgotten(repo: Checkout, maker: GitWorktreeMaker) -> None:
    there = repo.worktree("gone", "gone")
    there.git("checkout", "--quiet", "--detach")
    commit = there.commit({"mine": "1\n"})
    shutil.rmtree(there.path)
    with pytest.raises(GitError, match="no branch has the commits") as raised:
        maker.create(str(there.path), "gone")
    assert f"git branch NAME {commit}" in raised.value.fix
    repo.git("branch", "kept", commit)
    maker.create(str(there.path), "gone")
