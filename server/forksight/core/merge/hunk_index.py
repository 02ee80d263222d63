"""The hunks of many versions of one base, sorted by base line, so that a bisection finds those that touch a hunk of ours."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from forksight.core.merge.diff import Hunk

_LONG = 16  # base lines; hunks that are longer are few, and compared one by one

_Indexed = tuple[
    int, int, int, int
]  # first base line, the one behind the last (0-based), the version, the hunk's number in it
Window = tuple[slice, slice]  # hunks of ours, and of theirs, that touch without a break


class HunkIndex:
    """The hunks of each version, which goes by a number of the caller's. Immutable."""

    def __init__(self, versions: Mapping[int, Sequence[Hunk]]) -> None:
        hunks = sorted(
            (hunk.base_start, hunk.base_end, number, index)
            for number, version in versions.items()
            for index, hunk in enumerate(version)
        )
        self._short: list[_Indexed] = [hunk for hunk in hunks if hunk[1] - hunk[0] <= _LONG]
        self._starts = [start for start, _, _, _ in self._short]
        self._long = [hunk for hunk in hunks if hunk[1] - hunk[0] > _LONG]

    def touching(self, hunks: Sequence[Hunk]) -> dict[int, list[Window]]:
        """The versions with a hunk that touches one of these (no kept line lies between them), and the windows where they do.

        A window is a run of hunks of both sides that touch each other without a break. Windows with the same version
        don't influence each other's merge.
        """
        windows: dict[int, list[Window]] = {}
        for index, hunk in enumerate(hunks):
            first = bisect_left(self._starts, hunk.base_start - _LONG)
            last = bisect_right(self._starts, hunk.base_end, first)
            near = self._short[first:last]
            for start, end, number, theirs in sorted((*near, *self._long)) if self._long else near:
                if start <= hunk.base_end and end >= hunk.base_start:
                    _widen(windows.setdefault(number, []), index, theirs)
        return windows


def _widen(windows: list[Window], ours: int, theirs: int) -> None:
    """Note that two hunks touch; later ones than those noted so far."""
    if windows:
        our_last, their_last = windows[-1]
        if ours <= our_last.stop and theirs <= their_last.stop:
            windows[-1] = slice(our_last.start, ours + 1), slice(their_last.start, theirs + 1)
            return
    windows.append((slice(ours, ours + 1), slice(theirs, theirs + 1)))
