"""The best common ancestors of many pairs of commits at once, from one walk over the history they do not all share."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations


def merge_bases(
    parents: Mapping[str, Sequence[str]], heads: Iterable[str], shared: Iterable[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """All best common ancestors of every two different heads, in both orders; () without one.

    `shared` are the best common ancestors of all heads together (perhaps none); `parents` holds every other commit that a
    head reaches and no shared one does, each after its children (as `git rev-list --topo-order --parents HEADS --not SHARED`).
    """
    bit = {head: 1 << number for number, head in enumerate(dict.fromkeys(heads))}
    names = list(bit)
    everyone = (1 << len(names)) - 1
    reached_by = dict.fromkeys(parents, 0) | dict.fromkeys(shared, everyone)
    for head in names:
        reached_by[head] = reached_by.get(head, 0) | bit[head]
    children: dict[str, set[int]] = {}  # which sets of heads reach a commit's children
    for commit, its_parents in parents.items():
        mask = reached_by[commit]
        for parent in its_parents:
            if parent in reached_by:  # else below a shared one: an ancestor of a common ancestor is not the best
                reached_by[parent] |= mask
                children.setdefault(parent, set()).add(mask)
    bases: dict[tuple[str, str], list[str]] = {}
    for commit, mask in reached_by.items():
        # A common ancestor is the best one exactly if none of its children is common too.
        below = children.get(commit, set())
        if mask.bit_count() < 2 or mask in below:
            continue
        for first, second in combinations(_members(mask), 2):
            both = 1 << first | 1 << second
            if not any(child & both == both for child in below):
                bases.setdefault((names[first], names[second]), []).append(commit)
    return {
        (head, other): tuple(bases.get((head, other), bases.get((other, head), ())))
        for head in names
        for other in names
        if head != other
    }


def _members(mask: int) -> list[int]:
    return [number for number in range(mask.bit_length()) if mask >> number & 1]
