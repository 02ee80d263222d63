"""Colleagues' worktrees as opponents of ours: the snapshots that their machines share, aged by when we first saw them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forksight.core.git.snapshot import Snapshot
    from forksight.core.ports.teams import Team
    from forksight.core.problems import Problem
    from forksight.features.context import Context

SILENT_AFTER = 14 * 86400.0  # seconds since a snapshot was first seen: their clock says nothing


def colleagues(context: Context) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
    """The snapshots of other machines as last fetched; nothing where sharing is off."""
    team = context.team
    consent = team.consent()
    if not (context.settings.teams.enabled if consent.on is None else consent.on):
        return (), ()
    team.lend()
    return _fresh(team, context.clock.now())


def _fresh(team: Team, now: float) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
    """Those of now, each file with when it was first seen here; a snapshot that is older than two weeks is silent."""
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
    """When each version of a colleague's file, and each of their snapshots, was first seen; what is gone is forgotten."""
    rosters, _ = team.rosters()
    snapshots, _ = team.snapshots(rosters)
    keys = (
        key
        for snapshot in snapshots
        for key in (_commit(snapshot), *(_version(snapshot, path) for path in snapshot.changes))
    )
    return {key: seen.get(key, now) for key in keys}


def machines_meeting(ours: Sequence[Snapshot], theirs: Sequence[Snapshot]) -> int:
    """How many machines of colleagues change a path that is changed here too."""
    paths = {path for snapshot in ours for path in snapshot.changes}
    return len(
        {
            colleague.machine
            for snapshot in theirs
            if (colleague := snapshot.worktree.colleague) and not paths.isdisjoint(snapshot.changes)
        }
    )


def _since(snapshot: Snapshot, seen: Mapping[str, float], now: float) -> Mapping[str, float]:
    """What has just been fetched may not be noted yet: it is seen now."""
    return {path: seen.get(_version(snapshot, path), now) for path in snapshot.changes}


def _commit(snapshot: Snapshot) -> str:
    return snapshot.worktree.colleague.commit if snapshot.worktree.colleague else ""


def _version(snapshot: Snapshot, path: str) -> str:
    new = snapshot.changes[path].new
    return "\0".join([snapshot.worktree.path, path, new.oid if new else ""])
