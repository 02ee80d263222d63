"""An index of the lines that a region of two texts has in common, by rarity. It finds the run to split at without a walk.

A file with thousands of scattered changes is split thousands of times, and most splits cut off very little. The larger part
of a split takes over the region's index (`shrink`, whose cost is that of what was cut off), and the smaller part is walked
through. So a line is looked at O(log n) times, where git walks through all of the remaining region at each split.

The index must find the run that git's walk (`core.merge.rarest_run`) would find. Once the walk has met one of the region's
rarest lines, it only compares runs through lines that are as rare. So those lines are enough:

- If the rarest lines occur once each, the walk compares every run that contains one. The longest wins, the first of several.
- If they occur more often, the walk can pass over runs, but not over those of a *lone* line: one whose neighbours match
  nowhere, so that its runs have one line. If all rarest lines are lone, the first wins. Else the walk is made, over the rarest
  lines only.

What the walk did above the first of the rarest lines matters only if a run through that line begins above it: such a run may
win there, and yet be passed over for a longer and less rare run. In that case the walk is made up to that line.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import chain
from typing import TypeVar

from forksight.core.merge.equal_runs import Line, Region, Run, equal_before, within
from forksight.core.merge.rarest_run import MAX_OCCURRENCES, Follow, Walk

Entry = TypeVar("Entry", int, tuple[int, int, int])
# The run to split a region at, and whether there is none because its lines are too common.
Kept = tuple[Run | None, bool]
_LongestFirst = tuple[int, int, int]  # a run as (-length, b, a): the least is the one to prefer


class Pair:
    """A base and another text, with what the indexes of all their regions share."""

    def __init__(
        self, a: Sequence[Line], positions: Mapping[Line, list[int]], b: Sequence[Line], follow: Follow
    ) -> None:
        self.a, self.positions, self.b, self.follow = a, positions, b, follow

    @cached_property
    def b_positions(self) -> Mapping[Line, list[int]]:
        """For each line that both texts have: its ascending indices in the other text."""
        places: dict[Line, list[int]] = {}
        for number, line in enumerate(self.b):
            if line in self.positions:
                places.setdefault(line, []).append(number)
        return places

    @cached_property
    def _successions(self) -> set[tuple[Line, Line]]:
        return set(zip(self.a, self.a[1:], strict=False))

    def lone(self, b_at: int) -> bool:
        """Whether every run through line `b_at` of the other text consists of that line alone."""
        b = self.b
        above = b[b_at - 1] if b_at > 0 and b[b_at - 1] in self.positions else None
        below = b[b_at + 1] if b_at + 1 < len(b) and b[b_at + 1] in self.positions else None
        return (above is None or (above, b[b_at]) not in self._successions) and (
            below is None or (b[b_at], below) not in self._successions
        )

    def walk(self, region: Region) -> Walk:
        """A walk through a region, at its start."""
        return Walk(self.a, self.positions, self.b, region, self.follow)


class RarityIndex:
    """The index of a region, which can shrink. `counts`: how often each common line occurs in the base's part of it."""

    def __init__(self, pair: Pair, region: Region) -> None:
        self._pair = pair
        self.region = region
        a_start, a_end, b_start, b_end = region
        others = set(pair.b[b_start:b_end])
        self.counts = Counter(filter(others.__contains__, pair.a[a_start:a_end]))
        # Entries of all four may be out of date, and are checked when they are used.
        self._waiting: dict[int, list[Line]] = {}  # by count: lines that were not looked up in the other text yet
        self._lone: dict[int, list[int]] = {}  # by count: a heap of the indices of lone lines in the other text
        self._others: dict[int, list[int]] = {}  # the same for lines that are not lone
        self._runs: list[_LongestFirst] = []  # a heap of the runs through lines that occur once and are not lone
        self._enter(others)

    def shrink(self, region: Region) -> None:
        """Make this the index of a part of its region."""
        a, counts = self._pair.a, self.counts
        cut_off = set()
        for line in chain(a[self.region[0] : region[0]], a[region[1] : self.region[1]]):
            if line in counts:
                counts[line] -= 1
                cut_off.add(line)
        self.region = region
        self._enter(cut_off)

    def rarest_run(self) -> Kept:
        """The run to split the region at; None and True if every common line is too common, None and False if there is none."""
        for count in sorted(self._waiting.keys() | self._lone.keys()):
            if count in self._waiting:
                self._look_up(count, self._waiting.pop(count))
            lone = self._first_lone(count)
            kept = self._longest(lone) if count == 1 else self._compared(count, lone)
            if kept is not None:
                return kept
            del self._lone[count]
            del self._others[count]
        _, _, b_start, b_end = self.region
        return None, any(self.counts[line] for line in self._pair.b[b_start:b_end])

    def _enter(self, lines: Iterable[Line]) -> None:
        """File these lines under their present counts."""
        for line in lines:
            count = self.counts[line]
            if 0 < count <= MAX_OCCURRENCES:
                self._waiting.setdefault(count, []).append(line)

    def _look_up(self, count: int, lines: Iterable[Line]) -> None:
        """Find these lines in the other text, unless their count has changed."""
        pair, (_, _, b_start, b_end) = self._pair, self.region
        lone: list[int] = []
        others: list[int] = []
        for line in lines:
            if self.counts[line] != count:
                continue
            places = pair.b_positions.get(line, [])
            first, last = within(places, b_start, b_end)
            for b_at in places[first:last]:
                (lone if pair.lone(b_at) else others).append(b_at)
        _add(self._lone.setdefault(count, []), lone)
        _add(self._others.setdefault(count, []), others)
        if count == 1:
            _add(self._runs, self._runs_through(sorted(others)))

    def _valid(self, b_at: int, count: int) -> bool:
        return self.region[2] <= b_at < self.region[3] and self.counts[self._pair.b[b_at]] == count

    def _first_lone(self, count: int) -> Run | None:
        places = self._lone[count]
        while places and not self._valid(places[0], count):
            heappop(places)
        return Run(self._first_occurrence(self._pair.b[places[0]]), places[0], 1) if places else None

    def _first_occurrence(self, line: Line) -> int:
        occurrences = self._pair.positions[line]
        return occurrences[bisect_left(occurrences, self.region[0])]

    # ------------------------------------------------------------------------------------------ lines that occur once

    def _runs_through(self, places: Sequence[int]) -> list[_LongestFirst]:
        """The distinct runs through these lines, which occur once; `places` are their ascending indices in the other text."""
        runs = []
        ends: dict[int, int] = {}  # the end of the last run in the other text, by `b - a`
        for b_at in places:
            a_at = self._first_occurrence(self._pair.b[b_at])
            if b_at >= ends.get(b_at - a_at, 0):
                run = self._run_through(a_at, b_at)
                ends[b_at - a_at] = run.b + run.length
                runs.append((-run.length, run.b, run.a))
        return runs

    def _run_through(self, a_at: int, b_at: int) -> Run:
        pair, (a_start, a_end, b_start, b_end) = self._pair, self.region
        before = equal_before(pair.a, a_at, pair.b, b_at, min(a_at - a_start, b_at - b_start))
        after = min(pair.follow(a_at, b_at), a_end - a_at - 1, b_end - b_at - 1)
        return Run(a_at - before, b_at - before, before + 1 + after)

    def _longest(self, lone: Run | None) -> Kept | None:
        """The run to split at if the rarest lines occur once."""
        places = self._others[1]
        while places and not self._valid(places[0], 1):
            heappop(places)
        if not places:
            return (lone, False) if lone else None
        first = places[0]
        if (lone is None or first < lone.b) and self._continues_above(first):
            walk, b_at = self._walked_until(1, self.region[2])
            best = walk.best
            if best is None or not best.b <= first < best.b + best.length:  # the run through `first` was passed over
                while b_at < self.region[3]:
                    b_at = walk.step(b_at)
                return walk.best, walk.too_common
        run = self._longest_run()
        return min(run, lone or run, key=lambda candidate: (-candidate.length, candidate.b)), False

    def _longest_run(self) -> Run:
        """The longest run through a line that occurs once and is not lone; the first of several."""
        runs = self._runs
        while True:
            entry = runs[0]
            run = self._inside(Run(entry[2], entry[1], -entry[0]))
            present = (-run.length, run.b, run.a)
            if present == entry:
                return run
            heappop(runs)
            if any(self.counts[line] == 1 for line in self._pair.a[run.a : run.a + run.length]):
                heappush(runs, present)

    def _inside(self, run: Run) -> Run:
        """The part of a run that lies in the region; its length is 0 if there is none."""
        a_start, a_end, b_start, b_end = self.region
        skipped = max(0, a_start - run.a, b_start - run.b)
        length = min(run.length, a_end - run.a, b_end - run.b) - skipped
        return Run(run.a + skipped, run.b + skipped, max(0, length))

    # ------------------------------------------------------------------------------------------ lines that occur more often

    def _compared(self, count: int, lone: Run | None) -> Kept | None:
        """The run to split at if the rarest lines occur `count` times, which is more than once."""
        others = self._others[count] = sorted({place for place in self._others[count] if self._valid(place, count)})
        if not others:
            return (lone, False) if lone else None
        places = sorted([*others, lone.b]) if lone else others
        above = places[0] == others[0] and self._continues_above(places[0])
        walk, b_at = self._walked_until(count, self.region[2] if above else places[0])
        for place in places:
            if place >= b_at:
                b_at = walk.visit(place)
        return walk.best, walk.too_common

    # ------------------------------------------------------------------------------------------ walks

    def _continues_above(self, b_at: int) -> bool:
        """Whether a run through line `b_at` of the other text begins above it."""
        (a_start, a_end, b_start, _), a, b = self.region, self._pair.a, self._pair.b
        if b_at == b_start:
            return False
        occurrences = self._pair.positions[b[b_at]]
        first, last = within(occurrences, a_start + 1, a_end)
        return any(a[a_at - 1] == b[b_at - 1] for a_at in occurrences[first:last])

    def _walked_until(self, count: int, b_at: int) -> tuple[Walk, int]:
        """A walk from line `b_at` of the other text until it prefers a run with a line that occurs `count` times, or ends.

        Also returns the line to continue at.
        """
        walk = self._pair.walk(self.region)
        while walk.rarity > count and b_at < self.region[3]:
            b_at = walk.step(b_at)
        return walk, b_at


def _add(heap: list[Entry], new: list[Entry]) -> None:
    """Add entries to a heap."""
    if len(new) < len(heap):
        for entry in new:
            heappush(heap, entry)
    else:
        heap += new
        heapify(heap)
