"""Of many other texts about the same lines three have a warning each, the others share one."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from forksight.core.overlaps.foremost import foremost
from forksight.core.overlaps.overlap import Kind, Lines, Region, Side
from forksight.core.overlaps.wording import tell

TODAY = datetime(2026, 5, 1, tzinfo=UTC)


def region(
    name: str,
    start: int = 10,
    *,
    end: int | None = None,
    kind: Kind = Kind.CONFLICT,
    uncommitted: bool = False,
    since: float | None = None,
) -> Region:
    other = Side(f"/w/{name}", name, "app.py", uncommitted=uncommitted, since=since)
    lines = Lines(start, start + 1 if end is None else end)
    return Region("app.py", kind, lines, (other,), b"ours\n", name.encode())


def named(regions: Iterable[Region]) -> list[str]:
    return [" ".join(side.label for side in shown.others) for shown in regions]


def test_three_texts_are_told_one_by_one() -> None:
    three = [region(name) for name in "abc"]
    assert list(foremost(three, ())) == three


def test_a_live_session_matters_most_then_what_is_not_committed_then_the_newest() -> None:
    sides = [
        region("old", uncommitted=True, since=1.0),
        *(region(f"committed-{number}") for number in range(55)),
        region("live"),
        region("new", uncommitted=True, since=2.0),
        region("newest", uncommitted=True, since=3.0),
    ]
    told = foremost(sides, {"/w/live"})
    assert named(told[:3]) == ["live", "new", "newest"]
    assert tell(told[3], TODAY) == "56 other worktrees changed these lines too: merging will conflict"
    assert (len(told), told[3].texts, told[3].theirs) == (4, 56, b"")


def test_a_fourth_text_is_told_as_it_is() -> None:
    four = [region(name) for name in "abcd"]
    assert list(foremost(four, ())) == four


def test_other_worktrees_are_counted_not_their_texts() -> None:
    texts = [*(region(name, uncommitted=True) for name in "abc"), *(region(name, end=30) for name in "xxyy")]
    assert tell(foremost(texts, ())[3], TODAY) == "2 other worktrees changed these lines too: merging will conflict"
    assert tell(foremost(texts[:5], ())[3], TODAY) == "x changed these lines too: merging will conflict"


def test_other_lines_and_other_kinds_are_counted_by_themselves() -> None:
    here, there = [region(name) for name in "abcde"], [region(name, 40) for name in "abc"]
    deleted = [region(name, kind=Kind.MODIFY_DELETE) for name in "xyz"]
    told = foremost([*here, *deleted, *there], ())
    assert [shown.lines.start for shown in told] == [10] * 7 + [40] * 3


@pytest.mark.parametrize("count", [4, 60])
def test_what_is_counted_covers_all_of_their_lines(count: int) -> None:
    sides = [region(f"n{number}", 10, end=12 + number) for number in range(count)]
    (*_, rest) = foremost(sides, {"/w/n0", "/w/n1", "/w/n2"})
    assert (rest.lines, len(rest.others)) == (Lines(10, 11 + count), count - 3)
