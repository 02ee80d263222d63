"""Line differences as git's merge computes them: histogram diff, then each group of changed lines slid into its place.

`git merge` (ort) diffs with the histogram algorithm (`core.merge.histogram`) and slides groups of changed lines as xdiff's compaction
does, without the indent heuristic that `git diff` adds. Whether two changes touch depends on both, so both are done
exactly here. Pure functions over lines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from forksight.core.merge.equal_runs import Line, Run
from forksight.core.merge.histogram import Search, search


class Hunk(NamedTuple):
    """Base lines `base_start <= n < base_end` became lines `start <= n < end`; 0-based, half-open."""

    base_start: int
    base_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text as lines. A line has no newline, but an unterminated last line ends in one: so it differs from all others."""

    lines: list[Line]
    binary: bool = False  # git's guess: a NUL among the first 8,000 bytes
    _positions: dict[Line, list[int]] = field(default_factory=dict)
    _own: dict[Line, Line] = field(default_factory=dict)

    @property
    def positions(self) -> dict[Line, list[int]]:
        """Where each line occurs, ascending; made at first use, since only a base needs it."""
        if not self._positions and self.lines:
            positions = self._positions
            for number, line in enumerate(self.lines):
                positions.setdefault(line, []).append(number)
        return self._positions

    @property
    def own(self) -> dict[Line, Line]:
        """Each line by itself: how to come from an equal line to this text's own; made at first use too."""
        if not self._own:
            self._own.update(zip(self.lines, self.lines, strict=True))
        return self._own

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


def split_again(data: bytes, before: bytes, text: Text) -> tuple[Text, tuple[int, int]]:
    """The lines of `data`, where possible the very objects of `text`, which is `before` split: quicker where little differs.

    Also how many lines at the start and at the end the two share, at least.
    """
    head = equal_bytes(data, before)
    first = data.rfind(b"\n", 0, head) + 1  # the line that holds the first difference begins here
    tail = equal_bytes_at_end(data, before, min(len(data), len(before)) - head)
    newline = data.find(b"\n", len(data) - tail) if tail else -1
    last = newline + 1 if newline >= 0 else len(data)  # and the one that holds the last difference ends here
    last_before = len(before) - (len(data) - last)
    if last == len(data):
        top, rest = before.count(b"\n", 0, first), 0
    elif first < len(data) - last:  # the rest is known by what is above it, or the other way round
        top = before.count(b"\n", 0, first)
        rest = len(text.lines) - top - before.count(b"\n", first, last_before)
    else:
        rest = before.count(b"\n", last_before) + (not before.endswith(b"\n"))
        top = len(text.lines) - rest - before.count(b"\n", first, last_before)
    middle = split_lines(data[first:last]).lines
    lines = text.lines[:top] + middle + text.lines[len(text.lines) - rest :]
    return Text(lines, binary=b"\0" in data[:8000]), (top, rest)


def sharing(base: Text, text: Text) -> Text:
    """A text equal to `text` whose lines are the base's own objects where they are equal: fifty versions cost little more memory than one."""
    return Text(list(map(base.own.get, text.lines, text.lines)), binary=text.binary)


def join_lines(lines: Sequence[Line]) -> bytes:
    """The bytes that `split_lines` made these lines of."""
    if not lines:
        return b""
    joined = b"\n".join(lines)
    return joined[:-1] if lines[-1].endswith(b"\n") else joined + b"\n"


def diff(base: Text, other: Text) -> list[Hunk]:
    """What `other` changed of `base`, in order; no two hunks touch."""
    return diff_again(base, other, None)[0]


def diff_again(
    base: Text, other: Text, before: Search | None, same: tuple[int, int] | None = None
) -> tuple[list[Hunk], Search]:
    """Like `diff`, reusing the search `before`, of the diff with a text that differs little from `other`; also the search that it took.

    `same` is how many lines at the start and at the end those two share, if that is known.
    """
    blocks = search(base.lines, base.positions, other.lines, before, same)
    return _compacted(base.lines, other.lines, _between(blocks.runs, len(base.lines), len(other.lines))), blocks


def equal_bytes(data: bytes, other: bytes) -> int:
    """How many bytes two texts share at the start."""
    low, high = 0, min(len(data), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if data[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def equal_bytes_at_end(data: bytes, other: bytes, limit: int) -> int:
    """How many bytes two texts share at the end, at most `limit`."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if data[len(data) - middle : len(data) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


# ---------------------------------------------------------------------------------------------- compaction


class _Group:
    """Changed lines `start <= n < end` of one text. `kept` is how many kept lines stand before them: it is the same
    number for the group that faces this one in the other text."""

    __slots__ = ("end", "kept", "start")

    def __init__(self, kept: int, start: int, end: int) -> None:
        self.kept, self.start, self.end = kept, start, end


def _between(runs: Iterable[Run], a_size: int, b_size: int) -> list[Hunk]:
    """What lies between runs, none of them empty, in texts of so many lines: the changes as the search left them."""
    hunks: list[Hunk] = []
    a_at = b_at = 0
    for a_start, b_start, length in (*runs, Run(a_size, b_size, 0)):
        if a_start > a_at or b_start > b_at:
            hunks.append(Hunk(a_at, a_start, b_at, b_start))
        a_at, b_at = a_start + length, b_start + length
    return hunks


def _compacted(a: Sequence[Line], b: Sequence[Line], hunks: list[Hunk]) -> list[Hunk]:
    """The changes slid as xdiff slides them: up, joining what they meet, then down, and back to face a change of the other
    side where there is one."""
    if not (_may_slide(a, (hunk[:2] for hunk in hunks)) or _may_slide(b, (hunk[2:] for hunk in hunks))):
        return hunks
    a_groups: list[_Group] = []
    b_groups: list[_Group] = []
    changed = 0
    for a_start, a_end, b_start, b_end in hunks:
        if a_end > a_start:
            a_groups.append(_Group(a_start - changed, a_start, a_end))
        if b_end > b_start:
            b_groups.append(_Group(a_start - changed, b_start, b_end))
        changed += a_end - a_start
    a_groups = _slid(a, a_groups, {group.kept for group in b_groups})
    b_groups = _slid(b, b_groups, {group.kept for group in a_groups})
    return _hunks(a_groups, b_groups)


def _may_slide(lines: Sequence[Line], changes: Iterable[tuple[int, ...]]) -> bool:
    """Whether any of these changed lines (first, behind the last) can be taken for others that begin one line above or below."""
    size = len(lines)
    return any(
        start < end
        and ((start > 0 and lines[start - 1] == lines[end - 1]) or (end < size and lines[start] == lines[end]))
        for start, end in changes
    )


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


def _hunks(a_groups: Iterable[_Group], b_groups: Iterable[_Group]) -> list[Hunk]:
    """The groups of both sides, paired by the kept lines before them."""
    a_by_kept = {group.kept: group.end - group.start for group in a_groups}
    b_by_kept = {group.kept: group.end - group.start for group in b_groups}
    hunks: list[Hunk] = []
    a_changed = b_changed = 0
    for kept in sorted(a_by_kept.keys() | b_by_kept.keys()):
        a_size, b_size = a_by_kept.get(kept, 0), b_by_kept.get(kept, 0)
        a_at, b_at = kept + a_changed, kept + b_changed
        hunks.append(Hunk(a_at, a_at + a_size, b_at, b_at + b_size))
        a_changed += a_size
        b_changed += b_size
    return hunks
