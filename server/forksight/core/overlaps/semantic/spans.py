"""Bisection in sorted, disjoint spans of lines (0-based, half-open); there may be thousands."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter

from forksight.core.syntax.facts import Span

_START, _END = itemgetter(0), itemgetter(1)


def touches(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether lines `start <= n < end` overlap any of the spans, or stand right beside one."""
    at = bisect_left(spans, start, key=_END)
    return at < len(spans) and spans[at][0] <= end


def contains(spans: Sequence[Span], line: int) -> bool:
    """Whether a line is in any of the spans."""
    at = bisect_right(spans, line, key=_START)
    return at > 0 and line < spans[at - 1][1]
