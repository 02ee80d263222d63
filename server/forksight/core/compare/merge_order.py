"""The order of merging branches with which the fewest merges conflict, and then the fewest break something."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

_EXACT = 24  # branches of one group; a bigger one is ordered greedily


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge in the order."""

    # The number of the branch, and of the branches merged before that it will conflict with.
    branch: int
    conflicts: tuple[int, ...] = ()
    # It conflicts with the target itself, whenever it is merged.
    stops: bool = False
    # Those merged before with which it breaks something, though git merges them cleanly.
    breaks: tuple[int, ...] = ()


def merge_order(
    count: int,
    conflicts: Mapping[tuple[int, int], int],
    stopped: Collection[int] = (),
    breaks: Collection[tuple[int, int]] = (),
) -> tuple[Merge, ...]:
    """The branches 0 … count-1 in an order in which the fewest merges stop; ties keep the given order.

    `conflicts` maps pairs (a < b) to the number of files in which they conflict; the branches in `stopped` conflict with the
    target; `breaks` are pairs that break something. A conflict of two branches is met by whichever is merged second. So a
    largest set of branches without conflicts goes first, and within it a largest set without breaks.
    """
    conflicting, breaking = _by_branch(count, conflicts), _by_branch(count, dict.fromkeys(breaks, 1))
    free = [number for number in range(count) if number not in stopped]
    clean = {number for group in _groups(free, conflicting) for number in _most_apart(group, conflicting)}
    whole = {number for group in _groups(sorted(clean), breaking) for number in _most_apart(group, breaking)}
    order = sorted(clean, key=lambda number: (number not in whole, number))
    rest = [number for number in range(count) if number not in clean]
    while rest:
        merged = set(order)
        nearest = min(
            rest,
            key=lambda n: (n in stopped, sum(files for other, files in conflicting[n].items() if other in merged), n),
        )
        order.append(nearest)
        rest.remove(nearest)
    return tuple(
        Merge(
            number,
            tuple(other for other in order[:position] if other in conflicting[number]),
            number in stopped,
            tuple(other for other in order[:position] if other in breaking[number]),
        )
        for position, number in enumerate(order)
    )


def _by_branch(count: int, pairs: Mapping[tuple[int, int], int]) -> dict[int, dict[int, int]]:
    """For each branch, the other branches of its pairs and their values."""
    by_branch: dict[int, dict[int, int]] = {number: {} for number in range(count)}
    for (a, b), files in pairs.items():
        by_branch[a][b] = by_branch[b][a] = files
    return by_branch


def _groups(numbers: Sequence[int], conflicting: Mapping[int, Collection[int]]) -> list[list[int]]:
    """The connected components: branches that conflict, directly or through others, are in one group."""
    remaining, groups = set(numbers), []
    for number in numbers:
        if number in remaining:
            remaining.discard(number)
            group, waiting = [number], [number]
            while waiting:
                for other in conflicting[waiting.pop()]:
                    if other in remaining:
                        remaining.discard(other)
                        group.append(other)
                        waiting.append(other)
            groups.append(sorted(group))
    return groups


def _most_apart(group: Sequence[int], conflicting: Mapping[int, Mapping[int, int]]) -> set[int]:
    """A largest subset without conflicts, preferring the first branches. Groups above `_EXACT` branches are solved greedily."""
    if len(group) > _EXACT:
        chosen: set[int] = set()
        for number in sorted(group, key=lambda n: (len(conflicting[n]), n)):
            if chosen.isdisjoint(conflicting[number]):
                chosen.add(number)
        return chosen
    bit = {number: 1 << position for position, number in enumerate(group)}
    against = [sum(bit[other] for other in conflicting[number] if other in bit) for number in group]
    best = _largest((1 << len(group)) - 1, against)
    return {number for number in group if best & bit[number]}


def _largest(remaining: int, against: Sequence[int]) -> int:
    """A largest subset of `remaining` (a bit set) of which no two are against each other."""
    if not remaining:
        return 0
    lowest = (remaining & -remaining).bit_length() - 1
    me = 1 << lowest
    with_me = me | _largest(remaining & ~me & ~against[lowest], against)
    if (against[lowest] & remaining).bit_count() <= 1:  # at most one foe left: taking me is never worse
        return with_me
    without_me = _largest(remaining & ~me, against)
    return with_me if with_me.bit_count() >= without_me.bit_count() else without_me
