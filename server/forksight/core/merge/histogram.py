"""The lines that two texts keep, as git's histogram diff finds them (Bloch's patience diff, extended by Pearce in JGit).

Of all runs of equal lines it keeps the longest of those that contain the rarest line, then does the same on either side of
it. What it decides about a part of the texts depends on nothing outside that part: so a search leaves behind its
decisions, and the next search in nearly the same text (the one after a key stroke) makes anew only those around the change.
Where the lines of a part stand in one order on both sides and none recurs, all of that part is decided at once.

Where histogram gives up (every common line occurs more than 64 times), git falls back to Myers, and so do we, with libgit2's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from forksight.core.frozen import dataclass
from forksight.core.merge.equal_runs import Line, Region, Run, equal_from
from forksight.core.merge.rarity_index import Pair, RarityIndex

SCATTERED = 48  # steps of a walk through one region; where there are more, an index of it may be worth its cost
# Steps for each line of both texts that walks take together before regions are indexed: about what an index costs.
STEPS = 0.25
SMALL = 16  # lines of both texts; a smaller part is sooner walked through than taken from the index

# The run to split a region at; or none, the runs to keep in it, and whether histogram gave up there.
Choice = tuple[Run | None, list[Run], bool]


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found, and what it decided on the way. Not to be changed."""

    size: int  # of the text that was searched, in lines
    runs: list[Run]  # the runs to keep, in order
    chosen: dict[Region, Choice] = field(default_factory=dict)
    followed: dict[tuple[int, int], int] = field(default_factory=dict)
    by_myers: bool = False  # whether histogram gave up somewhere


_NO_SEARCH = Search(0, [])


def search(
    a: Sequence[Line],
    positions: Mapping[Line, list[int]],
    b: Sequence[Line],
    before: Search | None = None,
    ends: tuple[int, int] = (0, 0),
) -> Search:
    """The runs to keep, in order. `positions` says where each line of `a` occurs; `before` is the search of `a` and a text like `b`.

    `ends` is how many lines at the start and at the end of that text are like those of `b`: equal, or both not in `a`. (They must
    be equal where Myers' algorithm was used.)
    """
    return _Searcher(a, positions, b, before or _NO_SEARCH, ends).search()


class _Equality:
    """How far two texts stay equal from a place on; remembered, since regions within regions ask again."""

    def __init__(self, a: Sequence[Line], b: Sequence[Line], before: Search, ends: tuple[int, int]) -> None:
        self.a, self.b = a, b
        self.before = before.followed
        self.head, self.tail = ends
        self.moved = len(b) - before.size
        self.followed: dict[tuple[int, int], int] = {}

    def follow(self, a_at: int, b_at: int) -> int:
        """How many lines after these two are equal, as far as both texts go."""
        known = self.followed.get((a_at, b_at))
        if known is None:
            known = self._followed_before(a_at, b_at)
            if known is None:
                known = equal_from(self.a, a_at + 1, self.b, b_at + 1)
            self.followed[a_at, b_at] = known
        return known

    def _followed_before(self, a_at: int, b_at: int) -> int | None:
        if b_at >= len(self.b) - self.tail:
            return self.before.get((a_at, b_at - self.moved))
        known = self.before.get((a_at, b_at)) if b_at < self.head else None
        # what ended it must have been in the part that is alike
        return known if known is not None and b_at + 1 + known < self.head else None


class _Searcher:
    """One search. Nothing in it refers back to it: else each would stay, with its text, until garbage is collected."""

    def __init__(
        self,
        a: Sequence[Line],
        positions: Mapping[Line, list[int]],
        b: Sequence[Line],
        before: Search,
        ends: tuple[int, int],
    ) -> None:
        self.a, self.positions, self.b = a, positions, b
        self.before = before
        self.head, self.tail = ends
        self.moved = len(b) - before.size  # how far what lies after the change has moved
        equality = _Equality(a, b, before, ends)
        self.result = Search(len(b), [], followed=equality.followed)
        self.pair = Pair(a, positions, b, equality.follow)
        self.steps = STEPS * (len(a) + len(b))  # that are left

    def search(self) -> Search:
        runs, chosen = self.result.runs, self.result.chosen
        stack: list[tuple[Region, RarityIndex | None]] = []
        if self.a and self.b:
            stack.append(((0, len(self.a), 0, len(self.b)), None))
        while stack:
            region, index = stack.pop()
            a_start, a_end, b_start, b_end = region
            choice = self._recalled(region)
            if choice is None:
                choice, index = self._choose(region, index)
            chosen[region] = choice
            best, others, _ = choice
            if best is None:
                runs += others
                continue
            runs.append(best)
            above = (a_start, best.a, b_start, best.b)
            below = (best.a + best.length, a_end, best.b + best.length, b_end)
            larger, smaller = (above, below) if _size(above) > _size(below) else (below, above)
            if _may_match(smaller):
                stack.append((smaller, None))
            if _may_match(larger):
                index = index if _size(larger) > SMALL else None
                if index is not None:
                    index.shrink(larger)
                stack.append((larger, index))
        runs.sort()
        return replace(self.result, by_myers=any(by_myers for _, _, by_myers in chosen.values()))

    def _recalled(self, region: Region) -> Choice | None:
        """What the search before decided about a region, if nothing in it has changed."""
        if region[3] <= self.head:
            return self.before.chosen.get(region)
        if region[2] < len(self.b) - self.tail:
            return None
        moved = self.moved
        if not moved:
            return self.before.chosen.get(region)
        choice = self.before.chosen.get((region[0], region[1], region[2] - moved, region[3] - moved))
        if choice is None:
            return None
        best, others, by_myers = choice
        return (
            None if best is None else Run(best.a, best.b + moved, best.length),
            [Run(run.a, run.b + moved, run.length) for run in others],
            by_myers,
        )

    def _in_order(self, region: Region) -> list[Run] | None:
        """All runs of equal lines in a region, if no line recurs in the base's part and they follow each other alike in both.

        Whichever run histogram diff keeps first then, the others stay beside it: it keeps them all. None for any other region.
        """
        a_start, a_end, b_start, b_end = region
        places = dict(zip(self.a[a_start:a_end], range(a_start, a_end), strict=True))
        if len(places) < a_end - a_start:
            return None
        runs: list[Run] = []
        a_first = b_first = a_next = b_next = -1  # of the last run, and of what would lengthen it
        for b_at, a_at in enumerate(map(places.get, self.b[b_start:b_end]), b_start):
            if a_at is None:
                continue
            if a_at != a_next or b_at != b_next:
                if a_at < a_next:
                    return None
                if a_next > a_first:
                    runs.append(Run(a_first, b_first, a_next - a_first))
                a_first, b_first = a_at, b_at
            a_next, b_next = a_at + 1, b_at + 1
        if a_next > a_first:
            runs.append(Run(a_first, b_first, a_next - a_first))
        return runs

    def _choose(self, region: Region, index: RarityIndex | None) -> tuple[Choice, RarityIndex | None]:
        """What to do with a region, and its index if there is one."""
        if index is None:
            b, positions, (_, _, b_at, b_end) = self.b, self.positions, region
            if b_end - b_at < SMALL and positions.keys().isdisjoint(b[b_at:b_end]):
                return (None, [], False), None
            walk, most, passed = self.pair.walk(region), max(SCATTERED, self.steps), 0
            while b_at < b_end and walk.compared + passed <= most:
                b_at = walk.visit(b_at) if b[b_at] in positions else b_at + 1
                passed += 1
            self.steps -= walk.compared + passed
            best, too_common = walk.best, walk.too_common
            if b_at < b_end:
                in_order = self._in_order(region)
                if in_order is not None:
                    return (None, in_order, False), None
                index = RarityIndex(self.pair, region)
        if index is not None:
            best, too_common = index.rarest_run()
        return (None, list(_myers(self.a, self.b, region)), True) if too_common else (best, [], False), index


def _size(region: Region) -> int:
    return region[1] - region[0] + region[3] - region[2]


def _may_match(region: Region) -> bool:
    """Whether there may be equal lines in a region beside a run: one line of each text is none, or the run would have it."""
    a_start, a_end, b_start, b_end = region
    return a_start < a_end and b_start < b_end and a_end - a_start + b_end - b_start > 2


def _myers(a: Sequence[Line], b: Sequence[Line], region: Region) -> Iterator[Run]:
    """The runs that Myers' algorithm keeps in a region (libgit2's xdiff, on lines replaced by their numbers)."""
    import pygit2  # here, because hardly any file needs it and it costs 50 ms
    from pygit2.enums import DiffOption

    a_start, a_end, b_start, b_end = region
    numbers: dict[Line, int] = {}

    def numbered(lines: Iterable[Line]) -> bytes:
        return b"".join(b"%d\n" % numbers.setdefault(line, len(numbers)) for line in lines)

    old, new = numbered(a[a_start:a_end]), numbered(b[b_start:b_end])
    patch = pygit2.Patch.create_from(old, new, flag=DiffOption.FORCE_TEXT, context_lines=0, interhunk_lines=0)
    a_at, b_at = a_start, b_start
    for hunk in patch.hunks:
        # An empty side is given as the line before it, as in every unified diff.
        a_hunk = a_start + hunk.old_start - (1 if hunk.old_lines else 0)
        b_hunk = b_start + hunk.new_start - (1 if hunk.new_lines else 0)
        if a_hunk > a_at:
            yield Run(a_at, b_at, a_hunk - a_at)
        a_at, b_at = a_hunk + hunk.old_lines, b_hunk + hunk.new_lines
    if a_end > a_at:
        yield Run(a_at, b_at, a_end - a_at)
