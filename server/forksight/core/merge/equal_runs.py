"""Runs of equal lines in two texts, and how far texts stay equal. Pure functions over lists of lines."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

Line = bytes
Region = tuple[int, int, int, int]  # lines of the base, then lines of the other text, both half-open


class Run(NamedTuple):
    """`length` lines of the base from line `a` on that equal those of the other text from line `b` on (0-based)."""

    a: int
    b: int
    length: int


def within(positions: list[int], start: int, end: int) -> tuple[int, int]:
    """The indices, half-open, of the ascending positions with `start <= position < end`."""
    if len(positions) == 1:
        return (0, 1) if start <= positions[0] < end else (0, 0)
    first = bisect_left(positions, start)
    return first, bisect_left(positions, end, first)


def common_ends(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """The numbers of lines that two texts share at the start and, not counting those again, at the end."""
    head = equal_from(old, 0, new, 0)
    return head, equal_before(old, len(old), new, len(new), min(len(old), len(new)) - head)


def equal_from(a: Sequence[object], i: int, b: Sequence[object], j: int) -> int:
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


def equal_before(a: Sequence[object], i: int, b: Sequence[object], j: int, limit: int) -> int:
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
