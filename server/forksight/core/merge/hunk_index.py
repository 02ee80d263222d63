"""The hunks of many versions of one base, sorted by base line: bisection finds those that touch given hunks."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from forksight.core.merge.diff import Hunk

JOINED_GAP = 3  # conflicts with at most this many unchanged lines between them are joined
_SHORT = 16  # base lines; longer hunks are indexed separately, by powers of two of their length

# A window that may still grow: [our first hunk, our end, their first hunk, their end, base end], each end exclusive.
_Bounds = list[int]
# Base start, base end (0-based, half-open), the version's number, the hunk's index in that version.
_Indexed = tuple[int, int, int, int]
Window = tuple[slice, slice]  # the hunks of ours and the hunks of theirs that must be merged together


class HunkIndex:
    """The hunks of several versions, which are named by numbers of the caller's choice. Immutable."""

    def __init__(self, versions: Mapping[int, Sequence[Hunk]]) -> None:
        hunks = sorted(
            (hunk.base_start, hunk.base_end, number, index)
            for number, version in versions.items()
            for index, hunk in enumerate(version)
        )
        by_length: dict[int, list[_Indexed]] = {}
        for hunk in hunks:
            by_length.setdefault(_most(hunk[1] - hunk[0]), []).append(hunk)
        # For each class of lengths: the longest hunk's length, the hunks' base starts in ascending order, and the hunks.
        self._by_length = [
            (max(end - start for start, end, _, _ in alike), [start for start, _, _, _ in alike], alike)
            for _, alike in sorted(by_length.items())
        ]

    def touching(self, hunks: Sequence[Hunk]) -> dict[int, list[Window]]:
        """The versions with hunks that touch any of `hunks` (no unchanged line lies between), each with its windows in order.

        A window is a run of consecutive hunks of both sides in which every hunk touches one of the other side and gaps are at
        most `JOINED_GAP` unchanged lines. So no window of a version influences the merge of another.
        """
        windows: dict[int, list[_Bounds]] = {}
        for index, (base_start, base_end, _, _) in enumerate(hunks):
            near: list[_Indexed] = []
            for length, starts, alike in self._by_length:
                first = bisect_left(starts, base_start - length)
                near += alike[first : bisect_right(starts, base_end, first)]
            if len(self._by_length) > 1:
                near.sort()
            for start, end, number, theirs in near:
                if start > base_end or end < base_start:
                    continue
                of_version = windows.setdefault(number, [])
                if of_version:
                    last = of_version[-1]
                    _, our_end, _, their_end, window_end = last
                    apart = start - window_end > JOINED_GAP and base_start - window_end > JOINED_GAP
                    if not apart and index <= our_end and theirs <= their_end:
                        last[1], last[3], last[4] = index + 1, theirs + 1, max(window_end, end, base_end)
                        continue
                of_version.append([index, index + 1, theirs, theirs + 1, max(end, base_end)])
        return {
            number: [(slice(*bounds[:2]), slice(*bounds[2:4])) for bounds in of_version]
            for number, of_version in windows.items()
        }


def _most(length: int) -> int:
    """The upper bound of the length class of a hunk with this many base lines."""
    return _SHORT if length <= _SHORT else 1 << (length - 1).bit_length()
