"""Finds the worktree that uses a branch although its HEAD does not name it, so that git refuses to check it out elsewhere.

As `prepare_checked_out_branches` in git's branch.c: rebase and bisect detach HEAD and record the branch; `rebase --update-refs`
records all branches that it will move.
"""

import os
from dataclasses import dataclass

from forksight.adapters.git.config import Config
from forksight.adapters.git.failures import as_git_error
from forksight.adapters.git.worktrees.listing import git_facts, linked_git_dirs
from forksight.adapters.git.worktrees.main_checkout import main_checkout
from forksight.adapters.system.disk.regular_file import open_regular

_HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class BranchUse:
    """The use of a branch by an unfinished operation in a worktree."""

    path: str  # the worktree's
    sentence: str  # what it does with it, for a person
    fix: str  # what a person can do about it


def use_of(common_dir: str, branch: str, config: Config) -> BranchUse | None:
    """The unfinished operation for which git refuses to check out a branch elsewhere; None if there is none. Raises `GitError`."""
    ref = _HEADS + branch
    main, *_ = git_facts(common_dir, config.environment)
    checkout = main_checkout(common_dir, main, config.values)
    if "bare" not in main:
        path = checkout if isinstance(checkout, str) else common_dir
        if main.get("branch") == ref and path == common_dir:
            return BranchUse(path, f"it is checked out in the main checkout of {path}", "go on in that checkout")
        if use := _remembered(common_dir, ref, path):
            return use
    with as_git_error(f"the worktrees of {common_dir} can't be listed"):
        linked = tuple(linked_git_dirs(common_dir))
    for git_dir, folder in linked:
        if use := _remembered(git_dir, ref, folder or git_dir):
            return use
    return None


def _remembered(git_dir: str, ref: str, path: str) -> BranchUse | None:
    """The unfinished operation in a git dir that uses this branch, if any."""
    rebased = [_text(os.path.join(git_dir, folder, "head-name")) for folder in ("rebase-merge", "rebase-apply")]
    moved = _text(os.path.join(git_dir, "rebase-merge", "update-refs")).split("\n")[::3]  # ref, old commit, new commit
    if ref in (*rebased, *moved):
        fix = "finish the rebase there, or run `git rebase --abort`, or fork for another branch"
        return BranchUse(path, f"a rebase of it is under way in {path}", fix)
    if _text(os.path.join(git_dir, "BISECT_START")) in (ref, ref.removeprefix(_HEADS)):
        return BranchUse(path, f"a bisection that began on it is under way in {path}", "run `git bisect reset` there")
    return None


def _text(path: str) -> str:
    """The text of a small file; "" if it does not exist."""
    try:
        with open_regular(path) as file:
            return os.fsdecode(file.read()).strip()
    except OSError:
        return ""
