"""Which run of equal lines histogram diff keeps first in a region of two texts: the longest that contains the rarest line.

Rare is what occurs seldom in the base's part of the region. git walks the other text from top to bottom: at each line that
is no rarer than what it has seen it compares the runs through all occurrences of that line, and goes on below the one that
ends last (xdiff's `try_lcs`). A run that is passed over that way is never compared, so the order of the walk is part of the result.
"""

from collections.abc import Callable, Mapping, Sequence

from forksight.core.merge.equal_runs import Line, Region, Run, equal_before, within

MAX_OCCURRENCES = 64  # a line that occurs more often in the base's part of a region splits nothing
Follow = Callable[[int, int], int]  # how many lines after `a[i]` and `b[j]` are equal, as far as both texts go


class Walk:
    """One walk through a region. `best` is the run to keep so far, `rarity` how often its rarest line occurs.

    `too_common`: there are equal lines, but each occurs too often. `compared` counts the runs looked at.
    """

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
        """Whether the texts have lines in common here, all of them too common to split at."""
        return self._has_common and self.rarity > MAX_OCCURRENCES

    def step(self, b_at: int) -> int:
        """Look at line `b_at` of the other text. Returns the line to go on at."""
        return self.visit(b_at) if self.b[b_at] in self.positions else b_at + 1

    def visit(self, b_at: int) -> int:
        """Compare the runs through line `b_at` of the other text, which the base has too. Returns the line to go on at."""
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
            last = first + 1  # no run through any of them is longer than the line: the first is as good as all
        done = a_start  # occurrences below this lie in a run that was already compared
        for a_at in occurrences[first:last] if last > first + 1 else (occurrences[first],):
            if a_at < done:
                continue
            before = 0
            if a_at > a_start and b_at > b_start and a[a_at - 1] == b[b_at - 1]:
                before = equal_before(a, a_at, b, b_at, min(a_at - a_start, b_at - b_start))
            after = 0
            if a_at + 1 < a_end and line_below is not None and a[a_at + 1] == line_below:
                after = min(self._follow(a_at, b_at), a_end - a_at - 1, b_end - b_at - 1)
            done = a_at + after + 1
            length = before + 1 + after
            rarity = count if count == 1 or length == 1 else self._rarity(a_at - before, length)
            if b_at + after >= b_next:
                b_next = b_at + after + 1
            if self.best is None or length > self.best.length or rarity < self.rarity:
                self.best, self.rarity = Run(a_at - before, b_at - before, length), rarity
            self.compared += 1
        return b_next

    def _rarity(self, a_at: int, length: int) -> int:
        """How often the rarest line of a run occurs within the base's part of the region; stops looking at 1."""
        lowest = self.region[1] - self.region[0]
        for line in self.a[a_at : a_at + length]:
            first, last = within(self.positions[line], self.region[0], self.region[1])
            lowest = min(lowest, last - first)
            if lowest == 1:
                break
        return lowest
