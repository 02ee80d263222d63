"""Colleagues' worktrees as a tree view shows them: who, on which branch, how much, since when, and where it meets ours."""

from collections.abc import Sequence
from dataclasses import dataclass

from forksight.core.git.snapshot import Snapshot
from forksight.core.overlaps.overlap import Matrix


@dataclass(frozen=True, slots=True)
class ColleagueWorktree:
    """One worktree on another machine."""

    user: str
    machine: str
    branch: str | None
    worktree: str  # the ref that it came by, and its own name
    files: int  # that differ from what is pushed
    since: float | None  # when the oldest of these versions was first seen here, seconds since the epoch
    conflicts: tuple[tuple[str, str], ...] = ()  # label of a worktree here, path there

    @property
    def label(self) -> str:
        """Whose it is, and on which machine."""
        return f"{self.user} ({self.machine})"


@dataclass(frozen=True, slots=True)
class Colleagues:
    """What a tree view shows of sharing: how it goes, in one sentence ("" where it is off), and the worktrees on other machines."""

    sharing: str = ""
    worktrees: tuple[ColleagueWorktree, ...] = ()


def overview(snapshots: Sequence[Snapshot], matrix: Matrix) -> tuple[ColleagueWorktree, ...]:
    """Those of colleagues, by person and machine."""
    meeting: dict[str, list[tuple[str, str]]] = {}
    for pair in matrix.pairs:
        here, there = matrix.worktrees[pair.a], matrix.worktrees[pair.b]
        if there.colleague:
            stops = [(here.label, file.path) for file in pair.files if file.kind.stops_merge]
            meeting.setdefault(there.path, []).extend(stops)
    return tuple(
        ColleagueWorktree(
            colleague.user,
            colleague.host,
            snapshot.worktree.branch,
            snapshot.worktree.path,
            len(snapshot.changes),
            min(snapshot.since.values(), default=None),
            tuple(meeting.get(snapshot.worktree.path, ())),
        )
        for snapshot in sorted(snapshots, key=lambda snapshot: (snapshot.worktree.label, snapshot.worktree.path))
        if (colleague := snapshot.worktree.colleague)
    )
