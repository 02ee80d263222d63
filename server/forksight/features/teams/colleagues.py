"""The snapshots that colleagues' machines share, to be compared with the worktrees here.

Their age is counted from when this machine first saw them, since colleagues' clocks may be wrong.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forksight.core.git.snapshot import Snapshot
    from forksight.core.ports.teams import Team
    from forksight.core.problems import Problem
    from forksight.features.context import Context

SILENT_AFTER = 14 * 86400.0  # seconds after which a snapshot is ignored, counted from when it was first seen here


def colleagues(context: Context) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
    """The other machines' snapshots as last fetched, and what could not be read. Both are empty if sharing is off."""
    team = context.team
    consent = team.consent()
    if not (context.settings.teams.enabled if consent.on is None else consent.on):
        return (), ()
    team.lend()
    return _fresh(team, context.clock.now())


def _fresh(team: Team, now: float) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
    """The snapshots first seen less than `SILENT_AFTER` ago. Their `since` says when each changed file's version was first seen."""
    rosters, roster_problems = team.rosters()
    snapshots, problems = team.snapshots(rosters)
    seen = team.state().seen
    fresh = tuple(
        replace(snapshot, since=_since(snapshot, seen, now))
        for snapshot in snapshots
        if now - seen.get(_commit(snapshot), now) < SILENT_AFTER
    )
    return fresh, (*roster_problems, *problems)


def noticed(team: Team, seen: Mapping[str, float], now: float) -> Mapping[str, float]:
    """Maps each snapshot's commit, and each file version in it, to when it was first seen here (seconds since the epoch).

    `seen` is the map of the last poll: its times are kept, new entries get `now`, and entries that no snapshot has are dropped.
    """
    rosters, _ = team.rosters()
    snapshots, _ = team.snapshots(rosters)
    keys = (
        key
        for snapshot in snapshots
        for key in (_commit(snapshot), *(_version(snapshot, path) for path in snapshot.changes))
    )
    return {key: seen.get(key, now) for key in keys}


def machines_meeting(ours: Sequence[Snapshot], theirs: Sequence[Snapshot]) -> int:
    """How many colleagues' machines change a path that one of our worktrees changes too."""
    paths = {path for snapshot in ours for path in snapshot.changes}
    return len(
        {
            colleague.machine
            for snapshot in theirs
            if (colleague := snapshot.worktree.colleague) and not paths.isdisjoint(snapshot.changes)
        }
    )


def _since(snapshot: Snapshot, seen: Mapping[str, float], now: float) -> Mapping[str, float]:
    """Maps each changed path to when its version was first seen; to `now` if that was just fetched and is not in `seen` yet."""
    return {path: seen.get(_version(snapshot, path), now) for path in snapshot.changes}


def _commit(snapshot: Snapshot) -> str:
    """The key of a snapshot in `State.seen`."""
    return snapshot.worktree.colleague.commit if snapshot.worktree.colleague else ""


def _version(snapshot: Snapshot, path: str) -> str:
    """The key of a file's version in `State.seen`: worktree, path and blob ("" if deleted), separated by NUL."""
    new = snapshot.changes[path].new
    return "\0".join([snapshot.worktree.path, path, new.oid if new else ""])
