"""git's histogram diff: which lines two texts have in common, and in which order (xdiff/xhistogram.c; Pearce's for JGit).

The algorithm splits a region of both texts at one run of equal lines (the longest of those that contain the region's rarest
line), then splits what is above and below the run in the same way. How it splits a region depends on nothing outside that
region. So a search keeps its decisions, by region, and a search in nearly the same text (after a key stroke) only decides
about regions that the edit touches. A region in which no line recurs, and whose common lines have the same order on both
sides, is decided at once.

Where every common line of a region occurs more than 64 times, git falls back to Myers' algorithm. So do we, with libgit2's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from forksight.core.frozen import dataclass
from forksight.core.merge.equal_runs import Line, Region, Run, equal_from
from forksight.core.merge.rarity_index import Pair, RarityIndex

# A region is indexed once a walk through it takes more steps than `SCATTERED` and all walks together took more than `STEPS`
# for each line of both texts: about what an index costs.
SCATTERED = 48
STEPS = 0.25
SMALL = 16  # lines of both texts; a smaller region is quicker to walk through than to keep an index of

# What was decided about a region: the run to split it at, or None with all runs to keep in it; whether Myers' algorithm was used.
Choice = tuple[Run | None, list[Run], bool]


@dataclass(frozen=True, slots=True)
class Search:
    """A search's result and the decisions that led to it. Its lists and dicts must not be changed."""

    size: int  # of the second text, in lines
    runs: list[Run]  # the runs of equal lines that the diff keeps, in order
    chosen: dict[Region, Choice] = field(default_factory=dict)
    # For pairs of equal lines (index in `a`, index in `b`): how many of the lines that follow are equal too.
    followed: dict[tuple[int, int], int] = field(default_factory=dict)
    by_myers: bool = False  # whether any region was left to Myers' algorithm


_NO_SEARCH = Search(0, [])


def search(
    a: Sequence[Line],
    positions: Mapping[Line, list[int]],
    b: Sequence[Line],
    before: Search | None = None,
    ends: tuple[int, int] = (0, 0),
) -> Search:
    """Search for the lines that `a` and `b` have in common. `positions` maps each line of `a` to its ascending indices.

    `before` is the search of `a` and a text that differs little from `b`. `ends` is how many lines of the two are alike at the
    start and at the end: equal, or both not in `a`. Where `before` used Myers' algorithm only equal lines count as alike.
    """
    return _Searcher(a, positions, b, before or _NO_SEARCH, ends).search()


class _Equality:
    """How many lines are equal after two equal ones; remembered, since nested regions ask for the same lines again."""

    def __init__(self, a: Sequence[Line], b: Sequence[Line], before: Search, ends: tuple[int, int]) -> None:
        self.a, self.b = a, b
        self.before = before.followed
        self.head, self.tail = ends
        self.moved = len(b) - before.size
        self.followed: dict[tuple[int, int], int] = {}

    def follow(self, a_at: int, b_at: int) -> int:
        """How many lines after `a[a_at]` and `b[b_at]` are equal, whatever region they are in."""
        length = self.followed.get((a_at, b_at))
        if length is None:
            length = self._followed_before(a_at, b_at)
            if length is None:
                length = equal_from(self.a, a_at + 1, self.b, b_at + 1)
            self.followed[a_at, b_at] = length
        return length

    def _followed_before(self, a_at: int, b_at: int) -> int | None:
        if b_at >= len(self.b) - self.tail:
            return self.before.get((a_at, b_at - self.moved))
        length = self.before.get((a_at, b_at)) if b_at < self.head else None
        # the line that ended the run must be one of those that are alike
        return length if length is not None and b_at + 1 + length < self.head else None


class _Searcher:
    """One search. It must not be part of a reference cycle, which would keep its texts in memory until the next collection."""

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
        self.moved = len(b) - before.size  # by how many lines the part below the edit moved
        equality = _Equality(a, b, before, ends)
        self.result = Search(len(b), [], followed=equality.followed)
        self.pair = Pair(a, positions, b, equality.follow)
        self.steps = STEPS * (len(a) + len(b))  # how many are left before regions are indexed

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
        """What the last search decided about a region, if all of it is alike."""
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
        """All runs of equal lines in a region, if none of its lines recurs in `a` and the runs have the same order in both texts.

        The algorithm keeps all of them then, at whichever it splits first. None for any other region.
        """
        a_start, a_end, b_start, b_end = region
        places = dict(zip(self.a[a_start:a_end], range(a_start, a_end), strict=True))
        if len(places) < a_end - a_start:
            return None
        runs: list[Run] = []
        a_first = b_first = a_next = b_next = -1  # where the last run starts, and where it ends
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
        """Decide about a region. Returns its index too, if it has one."""
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
    """Whether a region above or below a run may have equal lines. A single line in each text can't be: the run would have it."""
    a_start, a_end, b_start, b_end = region
    return a_start < a_end and b_start < b_end and a_end - a_start + b_end - b_start > 2


def _myers(a: Sequence[Line], b: Sequence[Line], region: Region) -> Iterator[Run]:
    """The runs that Myers' algorithm keeps in a region: libgit2's xdiff, on texts that have a number for each distinct line."""
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
        # As in every unified diff, the start of an empty side is the line above it.
        a_hunk = a_start + hunk.old_start - (1 if hunk.old_lines else 0)
        b_hunk = b_start + hunk.new_start - (1 if hunk.new_lines else 0)
        if a_hunk > a_at:
            yield Run(a_at, b_at, a_hunk - a_at)
        a_at, b_at = a_hunk + hunk.old_lines, b_hunk + hunk.new_lines
    if a_end > a_at:
        yield Run(a_at, b_at, a_end - a_at)
