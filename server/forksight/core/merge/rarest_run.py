"""Which run of equal lines histogram diff keeps first in a region of two texts: the longest that contains the rarest line.

A line's rarity is how often it occurs in the base's part of the region. git walks the other text from top to bottom (`try_lcs`
in xdiff/xhistogram.c): at each line that occurs no more often than the rarest line of the best run so far, it compares the
runs through all occurrences of that line, and continues below the run that ends last. Runs that the walk skips that way are
never compared, so the order of the walk is part of the result.
"""

from collections.abc import Callable, Mapping, Sequence

from forksight.core.merge.equal_runs import Line, Region, Run, equal_before, within

MAX_OCCURRENCES = 64  # xdiff's limit: a region is not split at lines that occur more often in the base's part of it
# (i, j) -> how many lines after `a[i]` and `b[j]` are equal, to the end of both texts
Follow = Callable[[int, int], int]


class Walk:
    """One walk through a region. `best` is the best run so far, `rarity` its rarest line's count, `compared` the runs compared."""

    def __init__(
        self, a: Sequence[Line], positions: Mapping[Line, list[int]], b: Sequence[Line], region: Region, follow: Follow
    ) -> None:
        self.a, self.positions, self.b, self.region = a, positions, b, region
        self.best: Run | None = None
        self.rarity = MAX_OCCURRENCES + 1
        self.compared = 0
        self._follow = follow
        self._has_common = False
        self._whole = region[0] == 0 and region[1] == len(a)

    @property
    def too_common(self) -> bool:
        """Whether the region has common lines, each of which occurs more than `MAX_OCCURRENCES` times."""
        return self._has_common and self.rarity > MAX_OCCURRENCES

    def step(self, b_at: int) -> int:
        """Visit line `b_at` of the other text if the base has it. Returns the line to continue at."""
        return self.visit(b_at) if self.b[b_at] in self.positions else b_at + 1

    def visit(self, b_at: int) -> int:
        """Compare the runs through line `b_at` of the other text, which the base has too. Returns the line to continue at."""
        a, b = self.a, self.b
        a_start, a_end, b_start, b_end = self.region
        b_next = b_at + 1
        occurrences = self.positions[b[b_at]]
        first, last = (0, len(occurrences)) if self._whole else within(occurrences, a_start, a_end)
        count = last - first
        if count == 0:
            return b_next
        self._has_common = True
        if count > self.rarity:
            return b_next
        line_below = b[b_next] if b_next < b_end else None
        if count > 1 and line_below not in self.positions and (b_at == b_start or b[b_at - 1] not in self.positions):
            last = first + 1  # every run through this line has length 1, so only the first can win
        run_end = a_start  # occurrences above this line of the base lie in a run that was compared already
        for a_at in occurrences[first:last] if last > first + 1 else (occurrences[first],):
            if a_at < run_end:
                continue
            before = 0
            if a_at > a_start and b_at > b_start and a[a_at - 1] == b[b_at - 1]:
                before = equal_before(a, a_at, b, b_at, min(a_at - a_start, b_at - b_start))
            after = 0
            if a_at + 1 < a_end and line_below is not None and a[a_at + 1] == line_below:
                after = min(self._follow(a_at, b_at), a_end - a_at - 1, b_end - b_at - 1)
            run_end = a_at + after + 1
            length = before + 1 + after
            rarity = count if count == 1 or length == 1 else self._rarity(a_at - before, length)
            if b_at + after >= b_next:
                b_next = b_at + after + 1
            if self.best is None or length > self.best.length or rarity < self.rarity:
                self.best, self.rarity = Run(a_at - before, b_at - before, length), rarity
            self.compared += 1
        return b_next

    def _rarity(self, a_at: int, length: int) -> int:
        """How often the rarest line of a run occurs in the base's part of the region. Stops at 1, the least possible."""
        lowest = self.region[1] - self.region[0]
        for line in self.a[a_at : a_at + length]:
            first, last = within(self.positions[line], self.region[0], self.region[1])
            lowest = min(lowest, last - first)
            if lowest == 1:
                break
        return lowest
