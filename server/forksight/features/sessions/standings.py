"""Reads from git how far the work in each worktree has come. Nothing is written."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.sessions.standing import Standing
from forksight.features.context import Context
from forksight.features.git.merge_targets import merge_targets
from forksight.features.overlaps.landscape import scan_all

_WORKERS = 4  # counting commits mostly waits for git


def standings_now(context: Context) -> tuple[Standing, ...]:
    """The standing of each worktree of this machine, after scanning it. Raises `NotARepositoryError`, `GitError`."""
    worktrees, _ = context.repository.worktrees()
    scans = scan_all(worktrees, context.repository.scan)
    snapshots = {path: snapshot for path, (snapshot, _) in scans.items() if snapshot is not None}
    scanned = [snapshots[worktree.path].worktree if worktree.path in snapshots else worktree for worktree in worktrees]
    return standings(context, scanned, snapshots.values())


def standings(
    context: Context, worktrees: Sequence[Worktree], snapshots: Iterable[Snapshot], *, distance: bool = True
) -> tuple[Standing, ...]:
    """The standing of each of these worktrees of this machine; `snapshots` have their uncommitted changes. Raises `GitError`.

    Equal pairs of commits are counted once. Without `distance` git is not asked, and standings have no target.
    """
    uncommitted = {snapshot.worktree.path: len(snapshot.changes) for snapshot in snapshots}
    aims = _aims(context, worktrees) if distance else {}
    history, pairs = context.history, list({(aim.commit, aim.target_commit) for aim in aims.values()})
    with ThreadPoolExecutor(_WORKERS) as pool:
        apart = dict(zip(pairs, pool.map(lambda pair: history.apart(*pair), pairs), strict=True))
    return tuple(
        Standing(
            worktree.path,
            worktree.branch,
            uncommitted.get(worktree.path),
            *((aim.target, *apart[aim.commit, aim.target_commit]) if (aim := aims.get(worktree.path)) else ()),
        )
        for worktree in worktrees
    )


class _Aim(NamedTuple):
    """A branch's commit and its merge target."""

    commit: str
    target: str
    target_commit: str


def _aims(context: Context, worktrees: Sequence[Worktree]) -> dict[str, _Aim]:
    """The merge target of the work in each worktree, by path. Worktrees without a target are left out."""
    branches = context.survey.branches()
    checked_out = {
        worktree.path: branch for worktree in worktrees if (branch := branches.local.get(worktree.branch or ""))
    }
    targets = merge_targets(context, branches, [branch.name for branch in checked_out.values()])
    aims: dict[str, _Aim] = {}
    for path, branch in checked_out.items():
        for target, commit in targets[branch.name].items():
            aims.setdefault(path, _Aim(branch.commit, target, commit))  # the best comes first
    return aims
