"""Line diffs as git's merge computes them: a histogram diff, followed by xdiff's compaction of the changed lines.

`git merge` (ort) diffs with the histogram algorithm (`core.merge.histogram`). xdiff then compacts the result: it slides each
group of changed lines up or down as far as the text allows (`xdl_change_compact`). The indent heuristic of `git diff` is not
applied. Whether two changes touch, and so conflict, depends on both steps; both are reproduced exactly. Pure functions over lines.
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
    """A text as lines without their `\\n`. An unterminated last line is stored *with* a `\\n`, so that it equals no terminated line."""

    lines: list[Line]
    binary: bool = False  # git's heuristic: a NUL among the first 8,000 bytes
    _positions: dict[Line, list[int]] = field(default_factory=dict)
    _own: dict[Line, Line] = field(default_factory=dict)

    @property
    def positions(self) -> dict[Line, list[int]]:
        """The line numbers at which each distinct line occurs, ascending. Computed at first use: only bases need it."""
        if not self._positions and self.lines:
            positions = self._positions
            for number, line in enumerate(self.lines):
                positions.setdefault(line, []).append(number)
        return self._positions

    @property
    def own(self) -> dict[Line, Line]:
        """Maps any line to this text's equal line object, for `sharing`. Computed at first use."""
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
    """Like `split_lines(data)`, reusing the line objects of `text` (`before`, split) outside the edited lines.

    Also returns a lower bound of how many lines the two texts share at the start and at the end.
    """
    head = equal_bytes(data, before)
    first = data.rfind(b"\n", 0, head) + 1  # where the line with the first difference begins
    tail = equal_bytes_at_end(data, before, min(len(data), len(before)) - head)
    newline = data.find(b"\n", len(data) - tail) if tail else -1
    last = newline + 1 if newline >= 0 else len(data)  # where the line with the last difference ends
    last_before = len(before) - (len(data) - last)
    if last == len(data):
        top, rest = before.count(b"\n", 0, first), 0
    elif first < len(data) - last:  # newlines are counted in the shorter of the two shared parts
        top = before.count(b"\n", 0, first)
        rest = len(text.lines) - top - before.count(b"\n", first, last_before)
    else:
        rest = before.count(b"\n", last_before) + (not before.endswith(b"\n"))
        top = len(text.lines) - rest - before.count(b"\n", first, last_before)
    middle = split_lines(data[first:last]).lines
    lines = text.lines[:top] + middle + text.lines[len(text.lines) - rest :]
    return Text(lines, binary=b"\0" in data[:8000]), (top, rest)


def sharing(base: Text, text: Text) -> Text:
    """A copy of `text` that shares the base's line objects where lines are equal, so that fifty versions take little more memory than one."""
    return Text(list(map(base.own.get, text.lines, text.lines)), binary=text.binary)


def join_lines(lines: Sequence[Line]) -> bytes:
    """The bytes of these lines: the inverse of `split_lines`."""
    if not lines:
        return b""
    joined = b"\n".join(lines)
    return joined[:-1] if lines[-1].endswith(b"\n") else joined + b"\n"


def diff(base: Text, other: Text) -> list[Hunk]:
    """The hunks in which `other` differs from `base`, in order. No two of them touch."""
    return diff_again(base, other)[0]


def diff_again(
    base: Text, other: Text, before: Search | None = None, ends: tuple[int, int] = (0, 0)
) -> tuple[list[Hunk], Search]:
    """Like `diff`, reusing `before`: the search of an earlier diff of `base` with a text that differs little from `other`.

    Also returns this diff's own search. `ends` is how many lines of that earlier text and of `other` are alike at the start and
    at the end, as `search` takes it.
    """
    blocks = search(base.lines, base.positions, other.lines, before, ends)
    return _compacted(base.lines, other.lines, _between(blocks.runs, len(base.lines), len(other.lines))), blocks


def equal_bytes(data: bytes, other: bytes) -> int:
    """The length of the common prefix, found by bisection: comparing slices is what is quick."""
    low, high = 0, min(len(data), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if data[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def equal_bytes_at_end(data: bytes, other: bytes, limit: int) -> int:
    """The length of the common suffix, at most `limit`."""
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
    """Changed lines `start <= n < end` of one text.

    `kept` counts the unchanged lines before them. Groups of the two texts with the same `kept` form one hunk.
    """

    __slots__ = ("end", "kept", "start")

    def __init__(self, kept: int, start: int, end: int) -> None:
        self.kept, self.start, self.end = kept, start, end


def _between(runs: Iterable[Run], a_size: int, b_size: int) -> list[Hunk]:
    """The hunks between the runs of kept lines, before compaction. `a_size` and `b_size` are the texts' numbers of lines."""
    hunks: list[Hunk] = []
    a_at = b_at = 0
    for a_start, b_start, length in (*runs, Run(a_size, b_size, 0)):
        if a_start > a_at or b_start > b_at:
            hunks.append(Hunk(a_at, a_start, b_at, b_start))
        a_at, b_at = a_start + length, b_start + length
    return hunks


def _compacted(a: Sequence[Line], b: Sequence[Line], hunks: list[Hunk]) -> list[Hunk]:
    """The hunks after xdiff's compaction.

    Each group slides up as far as it can and merges with the groups it meets, then down likewise. It then moves back up to the
    last position at which it faced a group of the other text, if there was one (`xdl_change_compact`).
    """
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
    """Whether any group of changed lines, given as half-open ranges, can slide up or down by a line."""
    size = len(lines)
    return any(
        start < end
        and ((start > 0 and lines[start - 1] == lines[end - 1]) or (end < size and lines[start] == lines[end]))
        for start, end in changes
    )


def _slid(lines: Sequence[Line], groups: list[_Group], facing: set[int]) -> list[_Group]:
    """The groups of one text after sliding. `facing` holds the `kept` of the other text's groups."""
    slid: list[_Group] = []
    todo = groups[::-1]
    while todo:
        group = todo.pop()
        while True:
            size = group.end - group.start
            _slide_up(lines, group, slid)
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
        slid.append(group)
    return slid


def _slide_up(lines: Sequence[Line], group: _Group, before: list[_Group]) -> None:
    """Slide a group up as far as it goes; it absorbs each group of `before` that it reaches."""
    while group.start > 0 and lines[group.start - 1] == lines[group.end - 1]:
        group.start -= 1
        group.end -= 1
        group.kept -= 1
        if before and before[-1].kept == group.kept:
            group.start = before.pop().start


def _hunks(a_groups: Iterable[_Group], b_groups: Iterable[_Group]) -> list[Hunk]:
    """The hunks made of both texts' groups, paired by their `kept`."""
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
