"""The lines that a region of two texts has in common, by how often they occur: to find its rarest run without walking through it.

A file with thousands of scattered changes is split thousands of times, and each time next to nothing is cut off. The larger
part takes the index over (`shrink`, which costs what was cut off); the smaller one is walked through. So each line is
looked at about as often as a region can be halved, where git walks through all of the rest at each split.

What a walk (`core.merge.rarest_run`) would find is told from the rarest lines alone, as soon as it has met the first of them:
it compares runs through lines as rare, and no others. (Before, a run may win and yet be passed over for a longer and less rare
one through the same line. So the walk is made up to there, where a run through the first of the rarest lines begins above it.)

- Where they occur once, every run that contains one of them is compared: the longest is kept, the first of several.
- Where they occur more often, the walk may pass over runs, but none through a line whose neighbours match nowhere (a *lone*
  line: its runs have one line). If all are lone, the first is kept; else the walk is made, over the rarest lines only.
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
Kept = tuple[Run | None, bool]  # the run to keep first in a region; and whether there is none but for too common lines
_LongestFirst = tuple[int, int, int]  # a run as (-length, b, a), so that the one to prefer is the least


class Pair:
    """A base and another text, with what indexes of all their regions share."""

    def __init__(
        self, a: Sequence[Line], positions: Mapping[Line, list[int]], b: Sequence[Line], follow: Follow
    ) -> None:
        self.a, self.positions, self.b, self.follow = a, positions, b, follow

    @cached_property
    def b_positions(self) -> Mapping[Line, list[int]]:
        """Where each line that the base has too stands in the other text, ascending."""
        places: dict[Line, list[int]] = {}
        for number, line in enumerate(self.b):
            if line in self.positions:
                places.setdefault(line, []).append(number)
        return places

    @cached_property
    def _successions(self) -> set[tuple[Line, Line]]:
        return set(zip(self.a, self.a[1:], strict=False))

    def lone(self, b_at: int) -> bool:
        """Whether no run through this line of the other text can be longer than it."""
        b = self.b
        above = b[b_at - 1] if b_at > 0 and b[b_at - 1] in self.positions else None
        below = b[b_at + 1] if b_at + 1 < len(b) and b[b_at + 1] in self.positions else None
        return (above is None or (above, b[b_at]) not in self._successions) and (
            below is None or (b[b_at], below) not in self._successions
        )

    def walk(self, region: Region) -> Walk:
        """A walk through a region, about to begin."""
        return Walk(self.a, self.positions, self.b, region, self.follow)


class RarityIndex:
    """The index of one region, which may shrink. `counts` says how often lines occur in the base's part of it."""

    def __init__(self, pair: Pair, region: Region) -> None:
        self._pair = pair
        self.region = region
        a_start, a_end, b_start, b_end = region
        others = set(pair.b[b_start:b_end])
        self.counts = Counter(filter(others.__contains__, pair.a[a_start:a_end]))  # of lines that both have
        # By count: lines whose places were not looked up yet; some out of date.
        self._waiting: dict[int, list[Line]] = {}
        self._lone: dict[int, list[int]] = {}  # by count: heaps of places in the other text; some out of date
        self._others: dict[int, list[int]] = {}  # the same for lines that are not lone
        self._runs: list[_LongestFirst] = []  # heap of the runs through lines that occur once; some out of date
        self._enter(others)

    def shrink(self, region: Region) -> None:
        """Go on with a part of the region."""
        a, counts = self._pair.a, self.counts
        cut_off = set()
        for line in chain(a[self.region[0] : region[0]], a[region[1] : self.region[1]]):
            if line in counts:
                counts[line] -= 1
                cut_off.add(line)
        self.region = region
        self._enter(cut_off)

    def rarest_run(self) -> Kept:
        """The run that histogram diff keeps first in the region, and whether every common line is too common."""
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
        """Note how often these lines occur now."""
        for line in lines:
            count = self.counts[line]
            if 0 < count <= MAX_OCCURRENCES:
                self._waiting.setdefault(count, []).append(line)

    def _look_up(self, count: int, lines: Iterable[Line]) -> None:
        """Where lines that waited with this count stand in the other text, if it is still theirs."""
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
        """The runs through lines that occur once, by their ascending places in the other text; no run twice."""
        runs = []
        ends: dict[int, int] = {}  # where the last run ends in the other text, by how far it is shifted
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
        """The run to keep where the rarest lines occur once."""
        places = self._others[1]
        while places and not self._valid(places[0], 1):
            heappop(places)
        if not places:
            return (lone, False) if lone else None
        first = places[0]
        if (lone is None or first < lone.b) and self._continues_above(first):
            walk, b_at = self._walked_until(1, self.region[2])
            best = walk.best
            if best is None or not best.b <= first < best.b + best.length:  # that run was passed over
                while b_at < self.region[3]:
                    b_at = walk.step(b_at)
                return walk.best, walk.too_common
        run = self._longest_run()
        return min(run, lone or run, key=lambda candidate: (-candidate.length, candidate.b)), False

    def _longest_run(self) -> Run:
        """The longest run through lines that occur once, but for lone ones; the first of several."""
        runs = self._runs
        while True:
            known = runs[0]
            run = self._inside(Run(known[2], known[1], -known[0]))
            now = (-run.length, run.b, run.a)
            if now == known:
                return run
            heappop(runs)
            if any(self.counts[line] == 1 for line in self._pair.a[run.a : run.a + run.length]):
                heappush(runs, now)

    def _inside(self, run: Run) -> Run:
        """What the region has of a run; of length 0 if nothing."""
        a_start, a_end, b_start, b_end = self.region
        skipped = max(0, a_start - run.a, b_start - run.b)
        length = min(run.length, a_end - run.a, b_end - run.b) - skipped
        return Run(run.a + skipped, run.b + skipped, max(0, length))

    # ------------------------------------------------------------------------------------------ lines that occur more often

    def _compared(self, count: int, lone: Run | None) -> Kept | None:
        """What the walk keeps where the rarest lines occur `count` times: more than once."""
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
        """Whether a run through a line of the other text has a line above it, too."""
        (a_start, a_end, b_start, _), a, b = self.region, self._pair.a, self._pair.b
        if b_at == b_start:
            return False
        occurrences = self._pair.positions[b[b_at]]
        first, last = within(occurrences, a_start + 1, a_end)
        return any(a[a_at - 1] == b[b_at - 1] for a_at in occurrences[first:last])

    def _walked_until(self, count: int, b_at: int) -> tuple[Walk, int]:
        """A walk from a line on until it keeps a run whose rarest line occurs `count` times or it ends; the line to go on at."""
        walk = self._pair.walk(self.region)
        while walk.rarity > count and b_at < self.region[3]:
            b_at = walk.step(b_at)
        return walk, b_at


def _add(heap: list[Entry], new: list[Entry]) -> None:
    """Put entries into a heap."""
    if len(new) < len(heap):
        for line in new:
            heappush(heap, line)
    else:
        heap += new
        heapify(heap)
