"""Pushes a roster: only its new objects, and never history that the remote lacks."""

from collections.abc import Sequence

from forksight.adapters.git import process
from forksight.adapters.teams import transport
from forksight.adapters.teams.object_store import environment
from forksight.adapters.teams.remote_git import OutdatedError
from forksight.core.problems import GitError, RefusedPushError


def push_roster(folder: str, remote: str, refspec: str, snapshots: Sequence[str], before: str | None) -> None:
    """Push the roster with these snapshots (commit ids). `before` is the roster that the remote had at the last exchange, None if none.

    Raises `TeamError`; `RefusedPushError` also if the remote lacks a parent of a snapshot: the push would restore history that somebody
    removed, or send years of it.
    """
    if before is not None and _leads_to_parents(folder, before, snapshots):
        try:
            transport.push(folder, remote, refspec, lease=f"{refspec.partition(':')[2]}:{before}")
        except OutdatedError:  # somebody deleted the roster, or the whole remote repository
            pass
        else:
            return
    if transport.missing(folder, remote, _parents(folder, snapshots)):
        reason = (
            "the remote lacks a commit that a worktree here starts from: its history was rewritten, or it was made anew"
        )
        fix = "run `git fetch`, and push or rebase that worktree's branch"
        raise RefusedPushError(f"nothing was pushed: {reason}", fix=fix)
    transport.push(folder, remote, f"+{refspec}", negotiate=True)


def _leads_to_parents(folder: str, roster: str, snapshots: Sequence[str]) -> bool:
    """Whether all parents of the snapshots are ancestors of a roster. A remote that has the roster then need not be asked for them."""
    rev_list = ["rev-list", "--max-count=1", *(f"{snapshot}^@" for snapshot in snapshots), "--not", roster, "--"]
    try:
        return process.run(rev_list, cwd=folder, env=environment(folder)) == b""
    except GitError:  # a part of the history is missing here
        return False


def _parents(folder: str, snapshots: Sequence[str]) -> set[str]:
    """The ids of all parents of the snapshots."""
    listed = process.run(
        ["rev-list", "--no-walk", "--parents", *snapshots], cwd=folder, env=environment(folder)
    ).decode()
    return {parent for line in listed.splitlines() for parent in line.split()[1:]}
