"""Many versions of one base, indexed by where they changed it: which of them a change touches costs a bisection, however many there are."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from forksight.core.merge.diff import Hunk

_LONG = 16  # base lines; longer hunks are few, and looked at one by one

_Place = tuple[int, int, int, int]  # base lines half-open, whose hunk it is, and which of theirs
Window = tuple[slice, slice]  # hunks of ours, and of theirs, that touch without a break


class Crowd:
    """The hunks of each version, by a number of the caller's. Never changes."""

    def __init__(self, versions: Mapping[int, Sequence[Hunk]]) -> None:
        places = sorted(
            (hunk.base_start, hunk.base_end, number, index)
            for number, hunks in versions.items()
            for index, hunk in enumerate(hunks)
        )
        self._short: list[_Place] = [place for place in places if place[1] - place[0] <= _LONG]
        self._starts = [place[0] for place in self._short]
        self._long = [place for place in places if place[1] - place[0] > _LONG]

    def touching(self, hunks: Sequence[Hunk]) -> dict[int, list[Window]]:
        """Whom these hunks touch (not one kept line between them), and where.

        Between two windows with the same version a hunk of either side stands alone: what happens in one window
        has nothing to do with the other.
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
