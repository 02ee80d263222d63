"""Pushes a roster: no more than what is new in it, and no history that the remote does not have any more."""

from collections.abc import Sequence

from forksight.adapters.git import process
from forksight.adapters.teams import transport
from forksight.adapters.teams.object_store import environment
from forksight.adapters.teams.remote_git import OutdatedError
from forksight.core.problems import GitError, RefusedPushError


def push_roster(folder: str, remote: str, refspec: str, snapshots: Sequence[str], before: str | None) -> None:
    """Push a roster of these snapshots. `before`: the one that the remote had when it was last looked at; None if it had none.

    Raises `TeamError`; `RefusedPushError` also if the remote lacks what the snapshots start from: a push would bring back what somebody took away, or
    send the history of years.
    """
    if before is not None and _leads_to_parents(folder, before, snapshots):
        try:
            transport.push(folder, remote, refspec, lease=f"{refspec.partition(':')[2]}:{before}")
        except OutdatedError:  # somebody deleted it, or all of the remote
            pass
        else:
            return
    if transport.missing(folder, remote, _parents(folder, snapshots)):
        said = (
            "the remote lacks a commit that a worktree here starts from: its history was rewritten, or it was made anew"
        )
        fix = "run `git fetch`, and push or rebase that worktree's branch"
        raise RefusedPushError(f"nothing was pushed: {said}", fix=fix)
    transport.push(folder, remote, f"+{refspec}", negotiate=True)


def _leads_to_parents(folder: str, roster: str, snapshots: Sequence[str]) -> bool:
    """Whether a roster leads to all that snapshots start from: a remote that has it is not asked for that, which takes two round trips."""
    new = ["rev-list", "--max-count=1", *(f"{snapshot}^@" for snapshot in snapshots), "--not", roster, "--"]
    try:
        return process.run(new, cwd=folder, env=environment(folder)) == b""
    except GitError:  # not all of the history is here
        return False


def _parents(folder: str, snapshots: Sequence[str]) -> set[str]:
    listed = process.run(
        ["rev-list", "--no-walk", "--parents", *snapshots], cwd=folder, env=environment(folder)
    ).decode()
    return {parent for line in listed.splitlines() for parent in line.split()[1:]}
