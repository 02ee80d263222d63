"""Colleagues' worktrees as a tree view shows them: person, branch, changed files, time, and conflicts with worktrees here."""

from collections.abc import Sequence
from dataclasses import dataclass

from forksight.core.git.snapshot import Snapshot
from forksight.core.overlaps.overlap import Matrix

_MOST_PATHS = 100  # paths listed per worktree


@dataclass(frozen=True, slots=True)
class Meeting:
    """A file in which a merge of a worktree here with a colleague's would have conflicts."""

    label: str  # the label of the worktree here
    worktree: str  # the path of that worktree
    path: str  # the file's path in it


@dataclass(frozen=True, slots=True)
class ColleagueWorktree:
    """One worktree on another machine."""

    user: str
    machine: str
    branch: str | None
    worktree: str  # its ref and label, as in `Worktree.path` of its snapshot
    files: int  # number of files that differ from the pushed commit
    since: float | None  # when the oldest of these versions was first seen here, seconds since the epoch
    paths: tuple[str, ...] = ()  # the first `_MOST_PATHS` of the files, sorted
    conflicts: tuple[Meeting, ...] = ()

    @property
    def label(self) -> str:
        """`PERSON (MACHINE)`."""
        return f"{self.user} ({self.machine})"


@dataclass(frozen=True, slots=True)
class Colleagues:
    """What a tree view shows about sharing: its state in one sentence ("" if sharing is off), and the worktrees on other machines."""

    sharing: str = ""
    worktrees: tuple[ColleagueWorktree, ...] = ()


def overview(snapshots: Sequence[Snapshot], matrix: Matrix) -> tuple[ColleagueWorktree, ...]:
    """Colleagues' worktrees, sorted by label and path. `matrix` compares them with the worktrees here."""
    meetings: dict[str, list[Meeting]] = {}
    for pair in matrix.pairs:
        here, there = matrix.worktrees[pair.a], matrix.worktrees[pair.b]
        if there.colleague:
            conflicts = [Meeting(here.label, here.path, file.path) for file in pair.files if file.kind.stops_merge]
            meetings.setdefault(there.path, []).extend(conflicts)
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
