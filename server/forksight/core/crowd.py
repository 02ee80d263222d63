"""Many versions of one base, indexed by where they changed it: which of them a change touches costs a bisection, however many there are."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from forksight.core.diff import Hunk
from forksight.core.merge import Version, Window

_LONG = 16  # base lines; longer hunks are few, and looked at one by one

_Place = tuple[int, int, int, int]  # base lines half-open, whose hunk it is, and which of theirs


class Crowd:
    """Versions by a number of the caller's. Never changes."""

    def __init__(self, versions: Mapping[int, Version]) -> None:
        places = sorted(
            (hunk.base_start, hunk.base_end, number, index)
            for number, version in versions.items()
            for index, hunk in enumerate(version.hunks)
        )
        self._short: list[_Place] = [place for place in places if place[1] - place[0] <= _LONG]
        self._starts = [place[0] for place in self._short]
        self._long = [place for place in places if place[1] - place[0] > _LONG]

    def touching(self, hunks: Sequence[Hunk]) -> dict[int, Window]:
        """Whom these hunks touch (with no kept line between), and the window for `merge.meet`."""
        windows: dict[int, Window] = {}
        for index, hunk in enumerate(hunks):
            first = bisect_left(self._starts, hunk.base_start - _LONG)
            last = bisect_right(self._starts, hunk.base_end, first)
            for start, end, number, theirs in (*self._short[first:last], *self._long):
                if start <= hunk.base_end and end >= hunk.base_start:
                    ours, others = windows.get(number, (slice(index, index), slice(theirs, theirs)))
                    windows[number] = (
                        slice(ours.start, index + 1),
                        slice(min(others.start, theirs), max(others.stop, theirs + 1)),
                    )
        return windows
