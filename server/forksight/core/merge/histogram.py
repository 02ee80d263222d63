"""The lines that two texts keep, as git's histogram diff finds them (Bloch's patience diff, extended by Pearce in JGit).

Of all runs of equal lines it keeps the longest of those that contain the rarest line, then does the same on either side of
it. What it decides about a part of the texts depends on nothing outside that part: so a search leaves behind its
decisions, and the next search in nearly the same text (the one after a key stroke) makes anew only those around the change.

Where histogram gives up (every common line occurs more than 64 times), git falls back to Myers, and so do we, with libgit2's.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Line = bytes
Region = tuple[int, int, int, int]  # lines of the base, then lines of the other text, both half-open
_MAX_OCCURRENCES = 64


class Run(NamedTuple):
    """`length` lines from `a` on in the base equal those from `b` on in the other text."""

    a: int
    b: int
    length: int


@dataclass(frozen=True, slots=True)
class Search:
    """What a search in `lines` found, and what it decided on the way. Not to be changed.

    `same` is how many lines at the start and at the end `lines` shares with the text searched before.
    """

    lines: Sequence[Line]
    runs: list[Run]
    same: tuple[int, int] = (0, 0)
    chosen: dict[Region, tuple[Run | None, list[Run]]] = field(default_factory=dict)
    followed: dict[tuple[int, int], int] = field(default_factory=dict)


_NO_SEARCH = Search([], [])


def search(
    a: Sequence[Line], positions: Mapping[Line, list[int]], b: Sequence[Line], before: Search | None = None
) -> Search:
    """The runs to keep, in order. `positions` says where each line of `a` occurs; `before` searched for the same in a text like `b`."""
    return _Searcher(a, positions, b, before or _NO_SEARCH).search()


class _Searcher:
    """One search. `followed` remembers how far two texts stay equal from a place on: regions within regions ask again."""

    def __init__(
        self, a: Sequence[Line], positions: Mapping[Line, list[int]], b: Sequence[Line], before: Search
    ) -> None:
        self.a, self.positions, self.b = a, positions, b
        self.before = before
        self.head, self.tail = common_ends(before.lines, b)
        self.moved = len(b) - len(before.lines)  # how far what lies after the change has moved
        self.found = Search(b, [], (self.head, self.tail))

    def search(self) -> Search:
        runs, chosen = self.found.runs, self.found.chosen
        stack = [(0, len(self.a), 0, len(self.b))]
        while stack:
            region = stack.pop()
            a_start, a_end, b_start, b_end = region
            if a_start == a_end or b_start == b_end:
                continue
            choice = self._recalled(region) or self._choose(region)
            chosen[region] = choice
            best, others = choice
            if best is not None:
                runs.append(best)
                stack.append((a_start, best.a, b_start, best.b))
                stack.append((best.a + best.length, a_end, best.b + best.length, b_end))
            else:
                runs += others
        runs.sort()
        return self.found

    def _recalled(self, region: Region) -> tuple[Run | None, list[Run]] | None:
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
        best, others = choice
        return (
            None if best is None else Run(best.a, best.b + moved, best.length),
            [Run(run.a, run.b + moved, run.length) for run in others],
        )

    def _choose(self, region: Region) -> tuple[Run | None, list[Run]]:
        """The run to split a region at; or none, and the runs that Myers keeps where all common lines are too common."""
        best, too_common = self._rarest_run(region)
        return (None, list(_myers(self.a, self.b, region))) if too_common else (best, [])

    def _rarest_run(self, region: Region) -> tuple[Run | None, bool]:
        """The longest of the common runs that contain the rarest line, and whether every common line is too common."""
        a, b, positions, followed = self.a, self.b, self.positions, self.found.followed
        a_start, a_end, b_start, b_end = region
        whole = a_start == 0 and a_end == len(a)
        best: Run | None = None
        lowest = _MAX_OCCURRENCES + 1
        has_common = False
        b_at = b_start
        while b_at < b_end:
            occurrences = positions.get(b[b_at])
            b_next = b_at + 1
            if occurrences is None:
                b_at = b_next
                continue
            first, last = (0, len(occurrences)) if whole else _within(occurrences, a_start, a_end)
            count = last - first
            if count == 0:
                b_at = b_next
                continue
            has_common = True
            if count <= lowest:
                done = a_start  # occurrences below this lie in a run that was already followed
                for a_at in occurrences[first:last]:
                    if a_at < done:
                        continue
                    room = min(a_at - a_start, b_at - b_start)
                    before = equal_before(a, a_at, b, b_at, room) if room and a[a_at - 1] == b[b_at - 1] else 0
                    known = followed.get((a_at, b_at))
                    after = self._follow(a_at, b_at) if known is None else known
                    after = min(after, a_end - a_at - 1, b_end - b_at - 1)
                    run = Run(a_at - before, b_at - before, before + 1 + after)
                    done = a_at + after + 1
                    rarity = count if count == 1 else self._rarity(run, region)
                    b_next = max(b_next, b_at + after + 1)
                    if best is None or run.length > best.length or rarity < lowest:
                        best, lowest = run, rarity
            b_at = b_next
        return best, has_common and lowest > _MAX_OCCURRENCES

    def _follow(self, a_at: int, b_at: int) -> int:
        """How many lines after these two are equal, as far as both texts go; remembered."""
        known = self._followed_before(a_at, b_at)
        if known is None:
            known = equal_from(self.a, a_at + 1, self.b, b_at + 1)
        self.found.followed[a_at, b_at] = known
        return known

    def _followed_before(self, a_at: int, b_at: int) -> int | None:
        if b_at >= len(self.b) - self.tail:
            return self.before.followed.get((a_at, b_at - self.moved))
        known = self.before.followed.get((a_at, b_at)) if b_at < self.head else None
        # what ended it must have been in the part that is the same
        return known if known is not None and b_at + 1 + known < self.head else None

    def _rarity(self, run: Run, region: Region) -> int:
        """How often the rarest line of a run occurs within the base's part of a region; stops looking at 1."""
        lowest = region[1] - region[0]
        for line in self.a[run.a : run.a + run.length]:
            first, last = _within(self.positions[line], region[0], region[1])
            lowest = min(lowest, last - first)
            if lowest == 1:
                break
        return lowest


def _within(occurrences: list[int], start: int, end: int) -> tuple[int, int]:
    """The indices of the positions `start <= p < end`, half-open."""
    if len(occurrences) == 1:
        return (0, 1) if start <= occurrences[0] < end else (0, 0)
    first = bisect_left(occurrences, start)
    return first, bisect_left(occurrences, end, first)


def common_ends(old: Sequence[Line], new: Sequence[Line]) -> tuple[int, int]:
    """How many lines two texts share at the start, and after those at the end."""
    head = equal_from(old, 0, new, 0)
    return head, equal_before(old, len(old), new, len(new), min(len(old), len(new)) - head)


def equal_from(a: Sequence[Line], i: int, b: Sequence[Line], j: int) -> int:
    """How many lines from `a[i]` and `b[j]` on are equal; compares slices, which is what makes it quick."""
    limit = min(len(a) - i, len(b) - j)
    equal, step = 0, 8
    while equal < limit:
        width = min(step, limit - equal)
        if a[i + equal : i + equal + width] == b[j + equal : j + equal + width]:
            equal += width
            step *= 4
        elif width == 1:
            break
        else:
            limit = equal + width
            step = max(1, width // 8)
    return equal


def equal_before(a: Sequence[Line], i: int, b: Sequence[Line], j: int, limit: int) -> int:
    """How many lines directly before `a[i]` and `b[j]` are equal, at most `limit`."""
    equal, step = 0, 1
    while equal < limit:
        width = min(step, limit - equal)
        if a[i - equal - width : i - equal] == b[j - equal - width : j - equal]:
            equal += width
            step *= 4
        elif width == 1:
            break
        else:
            limit = equal + width
            step = max(1, width // 8)
    return equal


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
    for hunk in patch.hunks if patch else ():
        # An empty side is given as the line before it, as in every unified diff.
        a_hunk = a_start + hunk.old_start - (1 if hunk.old_lines else 0)
        b_hunk = b_start + hunk.new_start - (1 if hunk.new_lines else 0)
        yield Run(a_at, b_at, a_hunk - a_at)
        a_at, b_at = a_hunk + hunk.old_lines, b_hunk + hunk.new_lines
    yield Run(a_at, b_at, a_end - a_at)
