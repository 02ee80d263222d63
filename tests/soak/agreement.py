"""Whether what an editor shows is what a new process says: place by place, and by whom."""

from collections.abc import Collection
from typing import NamedTuple


class Overlap(NamedTuple):
    """What a new process says: one other worktree, at one place."""

    path: str  # in the worktree
    kind: str
    line: int  # the first, 0-based, as an editor counts it
    other: str  # the path of the other worktree


class ShownWarning(NamedTuple):
    """What an editor shows: several worktrees, if they have the same text there, or if more than three texts meet this one."""

    path: str
    kind: str
    first: int  # its first and last line
    last: int
    others: frozenset[str]

    def covers(self, overlap: Overlap) -> bool:
        """Whether this tells of an overlap."""
        same = (self.path, self.kind) == (overlap.path, overlap.kind) and overlap.other in self.others
        return same and self.first <= overlap.line <= self.last


def disagreements(shown: Collection[ShownWarning], expected: Collection[Overlap]) -> list[ShownWarning | Overlap]:
    """The warnings that begin at none of their overlaps or name somebody without one, and the overlaps that no warning covers."""
    wrong = []
    for warning in shown:
        covered = [overlap for overlap in expected if warning.covers(overlap)]
        whole = {overlap.other for overlap in covered} == warning.others
        if not whole or min(overlap.line for overlap in covered) != warning.first:
            wrong.append(warning)
    return [*wrong, *(overlap for overlap in expected if not any(warning.covers(overlap) for warning in shown))]
