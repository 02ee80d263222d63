"""The merge bases of many pairs of commits at once, from one walk over the history that they don't all share."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations


def merge_bases(
    parents: Mapping[str, Sequence[str]], heads: Iterable[str], shared: Iterable[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The merge bases (best common ancestors) of every pair of different heads, for both orders; () if there are none.

    `shared` are the merge bases of all heads together, if any. `parents` maps each commit that a head reaches and no shared
    commit does to its parents, children first: the output of `git rev-list --topo-order --parents HEADS --not SHARED`.
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
