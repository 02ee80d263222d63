"""The order in which the fewest merges stop, against trying all orders."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from forksight.core.compare.merge_order import merge_order

PAIRS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] < pair[1]), max_size=12)


def stops(order: tuple[int, ...], conflicts: set[tuple[int, int]], stopped: set[int]) -> int:
    """How many merges stop."""
    return sum(
        number in stopped or any((min(number, other), max(number, other)) in conflicts for other in order[:place])
        for place, number in enumerate(order)
    )


@given(st.integers(0, 6), PAIRS, st.sets(st.integers(0, 5), max_size=3))
def test_no_order_stops_less_often(count: int, pairs: list[tuple[int, int]], stopped: set[int]) -> None:
    conflicts = {pair for pair in pairs if pair[1] < count}
    stopped = {number for number in stopped if number < count}
    merged = merge_order(count, dict.fromkeys(conflicts, 1), stopped)
    order = tuple(merge.branch for merge in merged)
    assert sorted(order) == list(range(count))
    least = min((stops(permutation, conflicts, stopped) for permutation in permutations(range(count))), default=0)
    assert stops(order, conflicts, stopped) == least
    assert sum(bool(merge.conflicts) or merge.stops for merge in merged) == least


def test_the_given_order_where_it_does_not_matter() -> None:
    assert [merge.branch for merge in merge_order(4, {})] == [0, 1, 2, 3]
    assert [merge.branch for merge in merge_order(3, {(0, 1): 1})] == [0, 2, 1]
    assert [merge.branch for merge in merge_order(3, {}, {0})] == [1, 2, 0]


def test_whoever_is_in_everybodys_way_comes_last() -> None:
    order = merge_order(4, {(0, 1): 1, (0, 2): 1, (0, 3): 1})
    assert [(merge.branch, merge.conflicts) for merge in order] == [(1, ()), (2, ()), (3, ()), (0, (1, 2, 3))]


def test_a_tangle_too_big_to_try_everything() -> None:
    conflicts = {(number, number + 1): 1 for number in range(59)}
    order = merge_order(60, conflicts)
    assert sum(bool(merge.conflicts) for merge in order) == 30
    everybody = {(a, b): 1 for a in range(200) for b in range(a + 1, 200)}
    assert [merge.branch for merge in merge_order(200, everybody)] == list(range(200))


def test_breaks_stop_nothing_and_come_after_what_breaks_nothing() -> None:
    order = merge_order(4, {(2, 3): 1}, (), [(0, 1), (0, 2)])
    assert [(merge.branch, merge.conflicts, merge.breaks) for merge in order] == [
        (1, (), ()),
        (2, (), ()),
        (0, (), (1, 2)),
        (3, (2,), ()),
    ]
