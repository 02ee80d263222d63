"""Makes pairs of worktrees comparable: each side's changes since their merge base, and git's own answer where it is needed."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import Attribute, Attributes, Entry, Snapshot
from forksight.core.merge.three_way import ConflictStyle
from forksight.core.overlaps.check import Driver
from forksight.core.overlaps.overlap import Kind, Side
from forksight.core.overlaps.pairing import Pairing, moved_along, needs_git, overlay, since, stopped_paths
from forksight.core.ports.git import Repository
from forksight.core.problems import GitError, Problem
from forksight.features.overlaps.pairs.bases import NOTHING, bases_of, best_ancestors, empty_tree, settled_paths
from forksight.features.overlaps.pairs.renormalize import renormalized

_GIT_DECIDES = (Kind.RENAME, Kind.TYPE, Kind.SUBMODULE)
_BUILT_IN_DRIVERS = ("text", "union", "binary")


@dataclass(frozen=True)
class ComparedPair:
    """A pair of snapshots that are comparable by their merge base, or by the one that git makes of several.

    Without a merge base they meet nowhere, and there is a problem.
    """

    ours: Snapshot
    theirs: Snapshot
    base: Snapshot
    merge_base: str | None  # its commit; None with several or none
    pairing: Pairing
    problems: tuple[Problem, ...] = ()  # why the pair can't be compared, or not wholly
    style: ConflictStyle = ConflictStyle.MERGE  # where git would put the markers, on our side
    failed: bool = False  # git could not tell: another time it may

    @property
    def sides(self) -> tuple[Snapshot, Snapshot]:
        """Ours and theirs."""
        return self.ours, self.theirs

    @property
    def names(self) -> tuple[str, str]:
        """The paths of both worktrees."""
        return self.ours.worktree.path, self.theirs.worktree.path

    @cached_property
    def meeting_paths(self) -> frozenset[str]:
        """Our paths at which the sides may meet: changed by both, conflicts of git, or not comparable."""
        return frozenset(self.pairing.meeting_paths() | set(self.pairing.stopped or ()) | _beyond_comparing(self))


@dataclass(frozen=True)
class States:
    """One path of a pair: its entries in the base, on our side and on theirs."""

    base: Entry | None
    ours: Entry | None
    theirs: Entry | None
    fixed: Kind | None = None  # what git decides from more than these three
    settled: bool = False  # as in `Opponent`
    style: ConflictStyle = ConflictStyle.MERGE  # as in `Opponent`


def compare(git: Repository, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[ComparedPair]:
    """Make pairs comparable. git is asked once for all of them, and only about pairs that may have renames and the like.

    A pair about which git fails, for lack of objects, meets nowhere, and there is a problem. Raises `GitError` if git can't be
    run.
    """
    try:
        return _compare(git, pairs)
    except GitError as error:
        if error.code != GitError.code:
            raise
        if len(pairs) == 1:
            ((ours, theirs),) = pairs
            message = f"{_names(ours, theirs)} are not compared: {error.sentence}."
            problem = Problem("not-covered", message, theirs.worktree.path)
            return [ComparedPair(ours, theirs, NOTHING, None, Pairing({}, {}), (problem,), failed=True)]
    half = len(pairs) // 2
    return compare(git, pairs[:half]) + compare(git, pairs[half:])


def _compare(git: Repository, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[ComparedPair]:
    compared = by_entries(git, pairs)
    hard = [number for number, pair in enumerate(compared) if needs_git(pair.pairing.ours, pair.pairing.theirs)]
    if not hard:
        return compared
    results = git.merges([(compared[number].ours, compared[number].theirs) for number in hard])
    renamed = iter(git.renames([(compared[number].base, side) for number in hard for side in compared[number].sides]))
    for number, result in zip(hard, results, strict=True):
        pair = compared[number]
        pairing = replace(pair.pairing, our_renames=next(renamed), their_renames=next(renamed))
        if result is None:
            compared[number] = replace(pair, pairing=pairing, problems=(_merge_failed(pair),), failed=True)
            continue
        pair = replace(pair, pairing=replace(pairing, their_renames=moved_along(result, pairing)))
        by_path = stopped_paths(result, pair.pairing).items()
        left_out = {path for path, _ in by_path if _unmerged(pair, path)} | _beyond_comparing(pair)
        stopped = {path: kind for path, kind in by_path if path not in left_out}  # git saw those as in HEAD
        compared[number] = replace(pair, pairing=replace(pair.pairing, stopped=stopped))
    return compared


def by_entries(git: Repository, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[ComparedPair]:
    """The pairs as changes from their bases, path by path, without looking for renames.

    Pairs that git would refuse to merge meet nowhere.
    """
    commits = best_ancestors(git, pairs)
    bases = bases_of(git, pairs, commits)
    trees = [(base.tree, side.tree) for base, pair in zip(bases, pairs, strict=True) for side in pair]
    nothing = empty_tree(next((tree for pair_trees in trees for tree in pair_trees if tree), ""))
    sides = [(base or nothing, side or nothing) for base, side in trees]
    committed = iter(git.tree_changes(sides))
    styles = {worktree: git.conflict_style(worktree) for worktree in {ours.worktree for ours, _ in pairs}}
    compared = []
    for (ours, theirs), base, pair_bases in zip(pairs, bases, commits, strict=True):
        edits, their_edits = (overlay(next(committed), side.changes) for side in (ours, theirs))
        if not pair_bases:
            compared.append(
                ComparedPair(ours, theirs, NOTHING, None, Pairing({}, {}), (_unrelated(git, ours, theirs),))
            )
            continue
        pairing = Pairing(since(base.changes, edits), since(base.changes, their_edits))
        pairing = renormalized(git, ours.worktree, pairing)
        if len(pair_bases) > 1:
            pairing = replace(pairing, settled=settled_paths(git, pairing, edits, pair_bases))
        compared.append(
            ComparedPair(
                ours, theirs, base, pair_bases[0] if len(pair_bases) == 1 else None, pairing, (), styles[ours.worktree]
            )
        )
    return compared


def _unrelated(git: Repository, ours: Snapshot, theirs: Snapshot) -> Problem:
    """The problem of a pair without a merge base, which `git merge` refuses to merge."""
    names = _names(ours, theirs)
    unborn = next((side.worktree for side in (ours, theirs) if not side.worktree.head), None)
    if unborn is not None:
        why = f"nothing is committed on {unborn.label} yet, so it can't be merged"
    elif git.is_shallow():
        why = "no commit that both descend from is in this clone, which has only the newest ones: `git fetch --unshallow` would tell"
    else:
        why = "they have no commit in common, and `git merge` refuses to begin"
    return Problem("no-common-history", f"{names} are not compared: {why}.", theirs.worktree.path)


def for_document(git: Repository, pairs: Sequence[ComparedPair], path: str) -> list[ComparedPair]:
    """The pairs, prepared to check a file of ours with any text: a file that we have not changed is followed to their new name."""
    followed = [_may_be_renamed(pair, path) for pair in pairs]
    sides = [(pair.base, pair.theirs) for pair, follow in zip(pairs, followed, strict=True) if follow]
    renamed = iter(git.renames(sides) if sides else ())
    pairings = [
        replace(pair.pairing, their_renames=next(renamed)) if follow else pair.pairing
        for pair, follow in zip(pairs, followed, strict=True)
    ]
    return [
        replace(pair, pairing=_taken_in_merge(git, pair, pairing, path))
        for pair, pairing in zip(pairs, pairings, strict=True)
    ]


def _taken_in_merge(git: Repository, pair: ComparedPair, pairing: Pairing, path: str) -> Pairing:
    names = {path, pairing.base_path(path), pairing.their_path(path)}
    return renormalized(git, pair.ours.worktree, pairing, names)


def _may_be_renamed(pair: ComparedPair, path: str) -> bool:
    """Whether the other side may have renamed a file that we have not changed. git was not asked about it then."""
    change = pair.pairing.theirs.get(path)
    return (
        pair.pairing.stopped is None
        and change is not None
        and change.new is None
        and any(other.old is None for other in pair.pairing.theirs.values())
    )


def states(pair: ComparedPair, path: str) -> States | None:
    """The entries of our path `path`; None if the other side did not change it, or if the pair can't be compared."""
    pairing = pair.pairing
    if path in pairing.our_renames or _unmerged(pair, path) or path in _beyond_comparing(pair):
        return None
    kind = (pairing.stopped or {}).get(path)
    fixed = kind if kind in _GIT_DECIDES else None
    base_path, their_path = pairing.base_path(path), pairing.their_path(path)
    their_change = pairing.theirs.get(their_path)
    if their_change is None and fixed is None:
        return None
    change = pairing.theirs.get(base_path) or pairing.ours.get(base_path)
    base = change.old if change else None
    our_change = pairing.ours.get(path)
    return States(
        base,
        our_change.new if our_change else base,
        their_change.new if their_change else base,
        fixed,
        path in pairing.settled,
        pair.style,
    )


def edited_there(pair: ComparedPair, paths: Iterable[str]) -> set[str]:
    """Those of these paths here of which the other side may have changed the file: of all others `states` knows nothing.

    Costs a look-up for each path.
    """
    pairing = pair.pairing
    old_names = {new: old for old, new in pairing.our_renames.items()}
    changed = (pairing.theirs, pairing.their_renames, pairing.stopped or {})
    return {path for path in paths if any(path in known or old_names.get(path) in known for known in changed)}


def side(pair: ComparedPair, path: str, state: States) -> Side:
    """The other side of a path, without lines; `state` is the result of `states` for the path."""
    theirs = pair.theirs
    their_path = pair.pairing.their_path(path)
    return Side(
        theirs.worktree.path,
        theirs.worktree.branch,
        their_path,
        uncommitted=their_path in theirs.changes,
        since=theirs.since.get(their_path),
        gone=state.theirs is None,
        colleague=theirs.worktree.colleague,
    )


def not_compared(pair: ComparedPair, path: str, attributes: Attributes | None) -> Problem | None:
    """The problem of a path that both sides changed and that can't be compared; None if it can."""
    their_path = pair.pairing.their_path(path)
    why = pair.ours.not_covered.get(path) or pair.theirs.not_covered.get(their_path)
    merge = attributes.merge if attributes else Attribute.UNSPECIFIED
    if why is None and isinstance(merge, str) and merge not in _BUILT_IN_DRIVERS:
        why = f"the merge driver {merge!r} decides"
    if why is None:
        return None
    their_label = pair.theirs.worktree.full_label
    return Problem("not-covered", f"{path} is changed here and in {their_label}, but not compared: {why}.", path)


def _merge_failed(pair: ComparedPair) -> Problem:
    return Problem(
        "not-covered",
        f"git itself fails to merge {_names(*pair.sides)}: their renamed files are compared by name alone."
        " A newer git may do better.",
        pair.theirs.worktree.path,
    )


def _names(*snapshots: Snapshot) -> str:
    return " and ".join(snapshot.worktree.full_label for snapshot in snapshots)


def not_here(pair: ComparedPair, path: str) -> Problem:
    """The problem of a path whose texts are not all in this clone."""
    their_label = pair.theirs.worktree.full_label
    return Problem(
        "not-covered",
        f"{path} is changed here and in {their_label}, but not compared: one of its versions is missing here."
        " In a partial clone `git merge` will fetch it; in any other run `git fsck`.",
        path,
    )


def driver_of(attributes: Attributes | None) -> Driver:
    """How git merges two texts of a path with these attributes."""
    merge = attributes.merge if attributes else None
    if merge in (Attribute.UNSET, "binary"):
        return Driver.BINARY
    return Driver.UNION if merge == "union" else Driver.TEXT


def _unmerged(pair: ComparedPair, path: str) -> bool:
    return path in pair.ours.unmerged or pair.pairing.their_path(path) in pair.theirs.unmerged


def _beyond_comparing(pair: ComparedPair) -> set[str]:
    """Paths that both sides changed and whose recorded bytes are unknown without running a configured program."""
    ours, theirs = pair.ours, pair.theirs
    if not ours.not_covered and not theirs.not_covered:
        return set()
    our_paths, their_paths = (
        pair.pairing.ours.keys() | ours.not_covered,
        pair.pairing.theirs.keys() | theirs.not_covered,
    )
    return our_paths & their_paths & (ours.not_covered.keys() | theirs.not_covered.keys())
