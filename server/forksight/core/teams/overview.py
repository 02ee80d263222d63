"""Colleagues' worktrees as a tree view shows them: who, on which branch, how much, since when, and where it meets ours."""

from collections.abc import Sequence
from dataclasses import dataclass

from forksight.core.git.snapshot import Snapshot
from forksight.core.overlaps.overlap import Matrix

_MOST_PATHS = 100  # of a worktree that are named


@dataclass(frozen=True, slots=True)
class Meeting:
    """A file on which merging a worktree here and a colleague's would stop."""

    label: str  # of the worktree here
    worktree: str  # its path
    path: str  # of the file in it


@dataclass(frozen=True, slots=True)
class ColleagueWorktree:
    """One worktree on another machine."""

    user: str
    machine: str
    branch: str | None
    worktree: str  # the ref that it came by, and its own name
    files: int  # that differ from what is pushed
    since: float | None  # when the oldest of these versions was first seen here, seconds since the epoch
    paths: tuple[str, ...] = ()  # the first of the files, by name
    conflicts: tuple[Meeting, ...] = ()

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
    meetings: dict[str, list[Meeting]] = {}
    for pair in matrix.pairs:
        here, there = matrix.worktrees[pair.a], matrix.worktrees[pair.b]
        if there.colleague:
            stops = [Meeting(here.label, here.path, file.path) for file in pair.files if file.kind.stops_merge]
            meetings.setdefault(there.path, []).extend(stops)
    return tuple(
        ColleagueWorktree(
            colleague.user,
            colleague.host,
            snapshot.worktree.branch,
            snapshot.worktree.path,
            len(snapshot.changes),
            min(snapshot.since.values(), default=None),
            tuple(sorted(snapshot.changes)[:_MOST_PATHS]),
            tuple(meetings.get(snapshot.worktree.path, ())),
        )
        for snapshot in sorted(snapshots, key=lambda snapshot: (snapshot.worktree.label, snapshot.worktree.path))
        if (colleague := snapshot.worktree.colleague)
    )
