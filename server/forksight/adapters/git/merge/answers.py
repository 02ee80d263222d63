"""git's own answers about merging two worktrees, asked in a scratch view and cached. (`merge_tree` is loaded when git is asked.)"""

from collections.abc import Callable, Mapping, Sequence

from forksight.adapters.git.config import Configs
from forksight.adapters.memo import Memo
from forksight.core.git.snapshot import Change, MergeResult, Snapshot

_Held = tuple[str | None, frozenset[tuple[str, Change]]]  # a snapshot's tree, and what is uncommitted on top
_Side = tuple[str, _Held, _Held]  # how many files are compared, a base, and a side
_Heads = tuple[tuple[str, ...], tuple[str, ...], frozenset[tuple[str, Change]]]  # both parents, our gitattributes


class MergeAnswers:
    """git's answers for one repository, given by its common dir. Thread-safe; all methods raise `GitError`.

    `dirty` returns the bytes of a blob that no object database has; `trees` and `tree_changes` are the repository's methods.
    """

    def __init__(
        self,
        common_dir: str,
        configs: Configs,
        dirty: Callable[[str], bytes | None],
        trees: Callable[[Sequence[str]], list[str]],
        tree_changes: Callable[[Sequence[tuple[str, str]]], list[Mapping[str, Change]]],
    ) -> None:
        self._common_dir = common_dir
        self._configs = configs
        self._dirty = dirty
        self._trees = trees
        self._tree_changes = tree_changes
        self._renames: Memo[_Side, Mapping[str, str]] = Memo(1_000)
        self._made_up: Memo[str, bytes] = Memo(10_000)
        self.forget_histories()

    def forget_histories(self) -> None:
        """Drop the answers that depend on the parents of commits."""
        self._virtual: Memo[_Heads, Snapshot | None] = Memo(10_000)

    def made_up(self, oid: str) -> bytes | None:
        """The bytes of a blob that a merge made, or that renormalizing made; None for any other blob."""
        return self._made_up.get([oid], lambda _: {}).get(oid)

    def hold(self, blobs: Mapping[str, bytes]) -> None:
        """Keep the bytes of blobs that no object database has, by id."""
        self._made_up.get(blobs, lambda new: {oid: blobs[oid] for oid in new})

    def merges(self, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[MergeResult | None]:
        """See `core.ports.git.Repository`."""
        if not pairs:
            return []
        from forksight.adapters.git.merge import merge_tree, scratch

        with scratch.opened(self._common_dir, self._configs.shared()) as view:
            return merge_tree.merges(view, pairs, self._dirty)

    def merges_in_turn(self, worktree: str, onto: str, commits: Sequence[str]) -> list[MergeResult | None]:
        """See `core.ports.git.Repository`."""
        config = self._configs.shared()
        if any(key.startswith("merge.") and key.endswith(".driver") for key in config.values):
            return [None for _ in commits]
        from forksight.adapters.git.merge import merge_tree, scratch

        with scratch.opened(self._common_dir, config) as view:
            return merge_tree.merges_in_turn(view, worktree, onto, commits)

    def renames(self, sides: Sequence[tuple[Snapshot, Snapshot]]) -> list[Mapping[str, str]]:
        """See `core.ports.git.Repository`."""
        from forksight.adapters.git.merge import merge_tree, scratch

        config = self._configs.shared()
        limit = merge_tree.rename_limit(config)
        if limit is None:
            return [{} for _ in sides]
        keys = [(limit, _held(base), _held(snapshot)) for base, snapshot in sides]
        by_key = dict(zip(keys, sides, strict=True))

        def ask(unknown: Sequence[_Side]) -> Mapping[_Side, Mapping[str, str]]:
            with scratch.opened(self._common_dir, config) as view:
                detected = merge_tree.renames(view, [by_key[key] for key in unknown], self._dirty, limit)
            return dict(zip(unknown, detected, strict=True))

        renamed = self._renames.get(keys, ask)
        return [renamed[key] for key in keys]

    def virtual_bases(self, several: Sequence[tuple[Snapshot, Snapshot, Sequence[str]]]) -> list[Snapshot | None]:
        """See `core.ports.git.Repository`."""
        keys = [(ours.worktree.parents, theirs.worktree.parents, _attributes(ours)) for ours, theirs, _ in several]
        by_key = dict(zip(keys, several, strict=True))

        def ask(unknown: Sequence[_Heads]) -> Mapping[_Heads, Snapshot | None]:
            return dict(zip(unknown, self._make_bases([by_key[key] for key in unknown]), strict=True))

        bases = self._virtual.get(keys, ask)
        return [bases[key] for key in keys]

    def _make_bases(self, several: Sequence[tuple[Snapshot, Snapshot, Sequence[str]]]) -> list[Snapshot | None]:
        from forksight.adapters.git.merge import merge_tree, scratch

        trees = [self._trees(bases) for _, _, bases in several]
        apart = [self._tree_changes([(first, other) for other in others]) for first, *others in trees]
        criss_crosses = [
            merge_tree.CrissCross(ours, theirs, bases[0], base_trees[0], differences)
            for (ours, theirs, bases), base_trees, differences in zip(several, trees, apart, strict=True)
        ]
        with scratch.opened(self._common_dir, self._configs.shared()) as view:
            snapshots, contents = merge_tree.virtual_bases(view, criss_crosses)
        self.hold(contents)
        return snapshots


def _held(snapshot: Snapshot) -> _Held:
    return snapshot.tree, frozenset(snapshot.changes.items())


def _attributes(snapshot: Snapshot) -> frozenset[tuple[str, Change]]:
    """The changed .gitattributes of a snapshot, on which merging texts depends."""
    return frozenset(change for change in snapshot.changes.items() if change[0].endswith(".gitattributes"))
