"""Line differences as git's merge computes them: histogram diff, then each group of changed lines slid into its place.

`git merge` (ort) diffs with the histogram algorithm (Bloch's patience diff, extended by Pearce in JGit's HistogramDiff, as
git's xhistogram applies it) and slides groups of changed lines as xdiff's compaction does, without the indent
heuristic that `git diff` adds. Whether two changes touch depends on both, so both are done exactly here.

Pure functions over lines. Where histogram gives up (every common line occurs more than 64 times), git falls back to
Myers, and so do we, with libgit2's.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Line = bytes
_MAX_OCCURRENCES = 64


class Hunk(NamedTuple):
    """Base lines `base_start <= n < base_end` became lines `start <= n < end`; 0-based, half-open."""

    base_start: int
    base_end: int
    start: int
    end: int


class _Run(NamedTuple):
    """`length` lines from `a` on in one text equal those from `b` on in the other."""

    a: int
    b: int
    length: int


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text as lines. A line has no newline, but an unterminated last line ends in one: so it differs from all others.

    `binary` is git's guess: a NUL among the first 8,000 bytes.
    """

    lines: list[Line]
    binary: bool = False
    _positions: dict[Line, list[int]] = field(default_factory=dict)

    @property
    def positions(self) -> dict[Line, list[int]]:
        """Where each line occurs, ascending; made at first use, since only a base needs it."""
        if not self._positions and self.lines:
            positions = self._positions
            for number, line in enumerate(self.lines):
                positions.setdefault(line, []).append(number)
        return self._positions

    def slice(self, start: int, end: int) -> bytes:
        """The bytes of lines `start <= n < end`."""
        return join_lines(self.lines[start:end])


def split_lines(data: bytes) -> Text:
    """The lines of a file's bytes, split at `\\n` alone."""
    lines = data.split(b"\n")
    if lines[-1]:
        lines[-1] += b"\n"
    else:
        lines.pop()
    return Text(lines, binary=b"\0" in data[:8000])


def sharing(base: Text, text: Text) -> Text:
    """The same text, its lines being the base's own objects where they are equal: fifty versions cost little more than one."""
    own = {line: line for line in base.lines}
    return Text([own.get(line, line) for line in text.lines], binary=text.binary)


def join_lines(lines: Sequence[Line]) -> bytes:
    """The bytes that `split_lines` made these lines of."""
    return b"".join(line[:-1] if line.endswith(b"\n") else line + b"\n" for line in lines)


def diff(base: Text, other: Text) -> list[Hunk]:
    """What `other` changed of `base`, in order; no two hunks touch."""
    return _hunks(_compacted(base.lines, other.lines, _histogram(base, other.lines)))


# ---------------------------------------------------------------------------------------------- histogram


def _histogram(base: Text, b: Sequence[Line]) -> list[_Run]:
    """The runs of lines that histogram diff keeps, in order."""
    a, positions = base.lines, base.positions
    runs: list[_Run] = []
    followed: dict[tuple[int, int], int] = {}
    stack = [(0, len(a), 0, len(b))]
    while stack:
        a_start, a_end, b_start, b_end = stack.pop()
        if a_start == a_end or b_start == b_end:
            continue
        best, too_common = _rarest_run(a, positions, b, (a_start, a_end, b_start, b_end), followed)
        if too_common:
            runs += _myers(a, b, (a_start, a_end, b_start, b_end))
        elif best:
            runs.append(best)
            stack.append((a_start, best.a, b_start, best.b))
            stack.append((best.a + best.length, a_end, best.b + best.length, b_end))
    runs.sort()
    return runs


def _rarest_run(
    a: Sequence[Line],
    positions: dict[Line, list[int]],
    b: Sequence[Line],
    region: tuple[int, int, int, int],
    followed: dict[tuple[int, int], int],
) -> tuple[_Run | None, bool]:
    """The longest of the common runs that contain the rarest line, and whether every common line is too common.

    `followed` remembers how far two texts stay equal from a place on: regions within regions ask again and again.
    """
    a_start, a_end, b_start, b_end = region
    whole = a_start == 0 and a_end == len(a)
    best: _Run | None = None
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
                before = _equal_before(a, a_at, b, b_at, min(a_at - a_start, b_at - b_start))
                place = (a_at, b_at)
                if place not in followed:
                    followed[place] = _equal_from(a, a_at + 1, b, b_at + 1)
                after = min(followed[place], a_end - a_at - 1, b_end - b_at - 1)
                run = _Run(a_at - before, b_at - before, before + 1 + after)
                done = a_at + after + 1
                rarity = count if count == 1 else _rarity(a, positions, run, region)
                b_next = max(b_next, b_at + after + 1)
                if best is None or run.length > best.length or rarity < lowest:
                    best, lowest = run, rarity
        b_at = b_next
    return best, has_common and lowest > _MAX_OCCURRENCES


def _within(occurrences: list[int], start: int, end: int) -> tuple[int, int]:
    """The indices of the positions `start <= p < end`, half-open."""
    if len(occurrences) == 1:
        return (0, 1) if start <= occurrences[0] < end else (0, 0)
    first = bisect_left(occurrences, start)
    return first, bisect_left(occurrences, end, first)


def _rarity(a: Sequence[Line], positions: dict[Line, list[int]], run: _Run, region: tuple[int, int, int, int]) -> int:
    """How often the rarest line of a run occurs within the region of `a`; stops looking at 1."""
    lowest = region[1] - region[0]
    for line in a[run.a : run.a + run.length]:
        first, last = _within(positions[line], region[0], region[1])
        lowest = min(lowest, last - first)
        if lowest == 1:
            break
    return lowest


def _equal_from(a: Sequence[Line], i: int, b: Sequence[Line], j: int) -> int:
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


def _equal_before(a: Sequence[Line], i: int, b: Sequence[Line], j: int, limit: int) -> int:
    """How many lines directly before `a[i]` and `b[j]` are equal, at most `limit`."""
    equal = 0
    while equal < limit and a[i - equal - 1] == b[j - equal - 1]:
        equal += 1
    return equal


def _myers(a: Sequence[Line], b: Sequence[Line], region: tuple[int, int, int, int]) -> Iterator[_Run]:
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
        yield _Run(a_at, b_at, a_hunk - a_at)
        a_at, b_at = a_hunk + hunk.old_lines, b_hunk + hunk.new_lines
    yield _Run(a_at, b_at, a_end - a_at)


# ---------------------------------------------------------------------------------------------- compaction


class _Group:
    """Changed lines `start <= n < end` of one text. `kept` is how many kept lines stand before them: it is the same
    number for the group that faces this one in the other text."""

    __slots__ = ("end", "kept", "start")

    def __init__(self, kept: int, start: int, end: int) -> None:
        self.kept, self.start, self.end = kept, start, end


def _compacted(a: Sequence[Line], b: Sequence[Line], runs: Iterable[_Run]) -> tuple[list[_Group], list[_Group]]:
    """The groups of changed lines on each side, slid as xdiff slides them: up, joining what they meet, then down, and
    back to face a change of the other side where there is one."""
    a_groups: list[_Group] = []
    b_groups: list[_Group] = []
    kept = a_at = b_at = 0
    for run in (*runs, _Run(len(a), len(b), 0)):
        if run.a > a_at:
            a_groups.append(_Group(kept, a_at, run.a))
        if run.b > b_at:
            b_groups.append(_Group(kept, b_at, run.b))
        kept += run.length
        a_at, b_at = run.a + run.length, run.b + run.length
    a_groups = _joined(a_groups)
    b_groups = _joined(b_groups)
    a_groups = _slid(a, a_groups, {group.kept for group in b_groups})
    b_groups = _slid(b, b_groups, {group.kept for group in a_groups})
    return a_groups, b_groups


def _joined(groups: list[_Group]) -> list[_Group]:
    """Groups with no kept line between them are one."""
    joined: list[_Group] = []
    for group in groups:
        if joined and joined[-1].kept == group.kept:
            joined[-1].end = group.end
        else:
            joined.append(group)
    return joined


def _slid(lines: Sequence[Line], groups: list[_Group], facing: set[int]) -> list[_Group]:
    done: list[_Group] = []
    todo = groups[::-1]
    while todo:
        group = todo.pop()
        while True:
            size = group.end - group.start
            _slide_up(lines, group, done)
            earliest_end = group.end
            match = group.kept if group.kept in facing else None
            while group.end < len(lines) and lines[group.start] == lines[group.end]:
                group.start += 1
                group.end += 1
                group.kept += 1
                if todo and todo[-1].kept == group.kept:
                    group.end = todo.pop().end
                if group.kept in facing:
                    match = group.kept
            if size == group.end - group.start:
                break
        if group.end != earliest_end and match is not None:
            back = group.kept - match
            group.start -= back
            group.end -= back
            group.kept = match
        done.append(group)
    return done


def _slide_up(lines: Sequence[Line], group: _Group, before: list[_Group]) -> None:
    while group.start > 0 and lines[group.start - 1] == lines[group.end - 1]:
        group.start -= 1
        group.end -= 1
        group.kept -= 1
        if before and before[-1].kept == group.kept:
            group.start = before.pop().start


def _hunks(groups: tuple[list[_Group], list[_Group]]) -> list[Hunk]:
    """The groups of both sides, paired by the kept lines before them."""
    a_by_kept = {group.kept: group.end - group.start for group in groups[0]}
    b_by_kept = {group.kept: group.end - group.start for group in groups[1]}
    hunks: list[Hunk] = []
    a_changed = b_changed = 0
    for kept in sorted(a_by_kept.keys() | b_by_kept.keys()):
        a_size, b_size = a_by_kept.get(kept, 0), b_by_kept.get(kept, 0)
        a_at, b_at = kept + a_changed, kept + b_changed
        hunks.append(Hunk(a_at, a_at + a_size, b_at, b_at + b_size))
        a_changed += a_size
        b_changed += b_size
    return hunks
