"""The hunks of many versions of one base, sorted by base line, so that a bisection finds those that touch a hunk of ours."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from forksight.core.merge.diff import Hunk

JOINED_GAP = 3  # conflicts with no more kept lines than this between them are shown as one
_SHORT = 16  # base lines; longer hunks are indexed apart, with those of about the same length

# Of a window: its first hunk of ours, the one behind the last, the same of theirs, the base line behind it.
_Bounds = list[int]
# First base line, the one behind the last (0-based), the version, the hunk's number in it.
_Indexed = tuple[int, int, int, int]
Window = tuple[slice, slice]  # hunks of ours, and of theirs, that are merged together


class HunkIndex:
    """The hunks of each version, which goes by a number of the caller's. Immutable."""

    def __init__(self, versions: Mapping[int, Sequence[Hunk]]) -> None:
        hunks = sorted(
            (hunk.base_start, hunk.base_end, number, index)
            for number, version in versions.items()
            for index, hunk in enumerate(version)
        )
        by_length: dict[int, list[_Indexed]] = {}
        for hunk in hunks:
            by_length.setdefault(_most(hunk[1] - hunk[0]), []).append(hunk)
        # The most base lines that one of these hunks has, their first lines, ascending, and the hunks.
        self._by_length = [
            (max(end - start for start, end, _, _ in alike), [start for start, _, _, _ in alike], alike)
            for _, alike in sorted(by_length.items())
        ]

    def touching(self, hunks: Sequence[Hunk]) -> dict[int, list[Window]]:
        """The versions with a hunk that touches one of these (no kept line lies between them), and the windows where they do.

        A window is a run of hunks of both sides that touch each other, with no hunk that does not and no more kept lines
        than `JOINED_GAP` between them. Windows with the same version don't influence each other's merge.
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
                known = windows.setdefault(number, [])
                if known:
                    last = known[-1]
                    _, our_stop, _, their_stop, behind = last
                    apart = start - behind > JOINED_GAP and base_start - behind > JOINED_GAP
                    if not apart and index <= our_stop and theirs <= their_stop:
                        last[1], last[3], last[4] = index + 1, theirs + 1, max(behind, end, base_end)
                        continue
                known.append([index, index + 1, theirs, theirs + 1, max(end, base_end)])
        return {
            number: [(slice(*bounds[:2]), slice(*bounds[2:4])) for bounds in known] for number, known in windows.items()
        }


def _most(length: int) -> int:
    """The most lines of the hunks that are indexed with those of this length."""
    return _SHORT if length <= _SHORT else 1 << (length - 1).bit_length()
