"""The merge bases of pairs of worktrees, as if both were committed now."""

from collections.abc import Sequence
from itertools import product

from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.overlaps.pairing import Changes, Pairing
from forksight.core.ports.git import Repository

_EMPTY_TREES = {  # by the length of an object id: SHA-1, SHA-256
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
NOTHING = Snapshot(Worktree("", "", None, None), None)  # the base of histories that have none in common


def best_ancestors(git: Repository, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[tuple[str, ...]]:
    """The merge bases of each pair, as if both were committed now.

    In the middle of a merge such a commit has several parents. () where git would refuse to merge: a side has no commit, or
    they have none in common.
    """
    head_pairs = [tuple(product(ours.worktree.parents, theirs.worktree.parents)) for ours, theirs in pairs]
    tips = list(dict.fromkeys(tip for of_pair in head_pairs for tip in of_pair))
    bases_of_tips = dict(zip(tips, git.merge_bases(tips) if tips else (), strict=True))
    return [_best(git, [commit for tip in of_pair for commit in bases_of_tips[tip]]) for of_pair in head_pairs]


def _best(git: Repository, commits: Sequence[str]) -> tuple[str, ...]:
    """Those of the commits that are in the history of no other one: the best of several common ancestors."""
    distinct = tuple(dict.fromkeys(commits))
    pairs = [(commit, other) for commit in distinct for other in distinct if commit != other]
    inside = {pair[0] for pair, bases in zip(pairs, git.merge_bases(pairs), strict=True) if bases == (pair[0],)}
    return tuple(commit for commit in distinct if commit not in inside)


def empty_tree(tree: str) -> str:
    """The id of the empty tree, with the same hash algorithm as the given tree's id."""
    return _EMPTY_TREES[len(tree) or 40]


def bases_of(
    git: Repository, pairs: Sequence[tuple[Snapshot, Snapshot]], commits: Sequence[tuple[str, ...]]
) -> list[Snapshot]:
    """The base of each pair: none, one merge base, or the virtual one that git makes of several (if it can't, their first)."""
    several = [(*pair, pair_bases) for pair, pair_bases in zip(pairs, commits, strict=True) if len(pair_bases) > 1]
    virtual = iter(git.virtual_bases(several) if several else ())
    firsts = [pair_bases[0] for pair_bases in commits if pair_bases]
    trees = iter(git.trees(firsts) if firsts else ())
    bases = []
    for pair_bases in commits:
        first = Snapshot(Worktree("", "", pair_bases[0], None), next(trees)) if pair_bases else NOTHING
        bases.append((next(virtual) if len(pair_bases) > 1 else None) or first)
    return bases


def settled_paths(git: Repository, pairing: Pairing, edits: Changes, bases: Sequence[str]) -> frozenset[str]:
    """The paths at which both sides have what one of several merge bases has. `edits` are ours since the first of these."""
    first, *others = git.trees(bases)
    apart = git.tree_changes([(first, other) for other in others])
    ours, theirs = pairing.ours, pairing.theirs
    return frozenset(
        path
        for path in ours.keys() & theirs.keys()
        if ours[path].new == theirs[path].new
        and (path not in edits or any(path in changes and changes[path].new == edits[path].new for changes in apart))
    )
