"""In which order to merge branches so that as few merges as possible stop at a conflict."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

_EXACT = 24  # branches of one tangle; a bigger one is ordered greedily


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge in the order: the branch's number, and the earlier ones that it will conflict with.

    `stops`: it conflicts with the target itself, whenever it is merged.
    """

    branch: int
    conflicts: tuple[int, ...] = ()
    stops: bool = False


def merge_order(
    count: int, conflicts: Mapping[tuple[int, int], int], stopped: Collection[int] = ()
) -> tuple[Merge, ...]:
    """The branches 0 … count-1 in an order in which the fewest merges stop; the given order where it does not matter.

    `conflicts` maps pairs (a < b) to how many files they conflict in; `stopped` conflict with the target. Whoever merges
    cleanly goes first: a conflict of two branches is met by the one that is merged second, whichever that is.
    """
    foes: dict[int, dict[int, int]] = {number: {} for number in range(count)}
    for (a, b), files in conflicts.items():
        foes[a][b] = foes[b][a] = files
    free = [number for number in range(count) if number not in stopped]
    clean = {number for tangle in _tangles(free, foes) for number in _most_apart(tangle, foes)}
    done = [number for number in free if number in clean]
    rest = [number for number in range(count) if number not in clean]
    while rest:
        merged = set(done)
        nearest = min(
            rest, key=lambda n: (n in stopped, sum(files for foe, files in foes[n].items() if foe in merged), n)
        )
        done.append(nearest)
        rest.remove(nearest)
    return tuple(
        Merge(number, tuple(foe for foe in done[:place] if foe in foes[number]), number in stopped)
        for place, number in enumerate(done)
    )


def _tangles(numbers: Sequence[int], foes: Mapping[int, Collection[int]]) -> list[list[int]]:
    """Groups of branches that are tied to each other by conflicts."""
    left, found = set(numbers), []
    for number in numbers:
        if number in left:
            left.discard(number)
            group, waiting = [number], [number]
            while waiting:
                for foe in foes[waiting.pop()]:
                    if foe in left:
                        left.discard(foe)
                        group.append(foe)
                        waiting.append(foe)
            found.append(sorted(group))
    return found


def _most_apart(tangle: Sequence[int], foes: Mapping[int, Mapping[int, int]]) -> set[int]:
    """As many of these as possible of which no two conflict, the first ones where several choices are as good."""
    if len(tangle) > _EXACT:
        chosen: set[int] = set()
        for number in sorted(tangle, key=lambda n: (len(foes[n]), n)):
            if chosen.isdisjoint(foes[number]):
                chosen.add(number)
        return chosen
    bit = {number: 1 << place for place, number in enumerate(tangle)}
    against = [sum(bit[foe] for foe in foes[number] if foe in bit) for number in tangle]
    best = _largest((1 << len(tangle)) - 1, against)
    return {number for number in tangle if best & bit[number]}


def _largest(left: int, against: Sequence[int]) -> int:
    """The largest set within `left` (bits) without two that are against each other."""
    if not left:
        return 0
    place = (left & -left).bit_length() - 1
    me = 1 << place
    with_me = me | _largest(left & ~me & ~against[place], against)
    if (against[place] & left).bit_count() <= 1:  # at most one foe left: taking me is never worse
        return with_me
    without_me = _largest(left & ~me, against)
    return with_me if with_me.bit_count() >= without_me.bit_count() else without_me
