"""Pairs of worktrees made comparable: what each changed since their merge base, path by path, and where only git knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from forksight.core.filecheck import Driver
from forksight.core.overlaps import Kind, Side
from forksight.core.pairs import Pairing, from_several, moved_along, needs_git, overlay, stopped_paths
from forksight.core.ports import Repository
from forksight.core.problems import GitError, Problem
from forksight.core.snapshot import REGULAR, Attribute, Attributes, Change, Entry, Snapshot

_GIT_DECIDES = (Kind.RENAME, Kind.TYPE, Kind.SUBMODULE)
_BUILT_IN_DRIVERS = ("text", "union", "binary")
_EMPTY_TREES = {  # by the length of an object id: SHA-1, SHA-256
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


@dataclass(frozen=True)
class Met:
    """A pair of snapshots, made comparable. `base` is the one merge base, None with several or none.

    `problems`: git was to be asked about the pair, and could not tell.
    """

    ours: Snapshot
    theirs: Snapshot
    base: str | None
    pairing: Pairing
    problems: tuple[Problem, ...] = ()

    @property
    def names(self) -> tuple[str, str]:
        """The paths of both worktrees."""
        return self.ours.worktree.path, self.theirs.worktree.path

    @cached_property
    def meeting_paths(self) -> frozenset[str]:
        """The paths here that may meet: changed on both sides, stopped at by git, or beyond comparing."""
        return frozenset(self.pairing.meeting_paths() | set(self.pairing.stopped or ()) | _beyond_comparing(self))


@dataclass(frozen=True)
class States:
    """One path of a pair: its entry in the base, here and there. `fixed` is what git decides from more than these;
    `settled` as in `Opponent`.

    `virtual` holds the base's bytes where there are several merge bases; `base` is then made up.
    """

    base: Entry | None
    ours: Entry | None
    theirs: Entry | None
    fixed: Kind | None = None
    virtual: bytes | None = None
    settled: bool = False


def compare(git: Repository, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[Met]:
    """Make pairs comparable; git is asked once for all of them, and for renames and the like only where they may be.

    A pair that git can't tell about (objects are missing) meets nowhere, with a problem. Raises `GitError` if git can't be run.
    """
    try:
        return _compare(git, pairs)
    except GitError as error:
        if error.code != GitError.code:
            raise
        if len(pairs) == 1:
            ((ours, theirs),) = pairs
            message = f"{_names(ours, theirs)} are not compared: {error.sentence}."
            return [Met(ours, theirs, None, Pairing({}, {}), (Problem("not-covered", message, theirs.worktree.path),))]
    half = len(pairs) // 2
    return compare(git, pairs[:half]) + compare(git, pairs[half:])


def _compare(git: Repository, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[Met]:
    heads = [(ours.worktree.head, theirs.worktree.head) for ours, theirs in pairs]
    asked = [(ours, theirs) for ours, theirs in heads if ours and theirs]
    found = iter(git.merge_bases(asked) if asked else ())
    bases = [next(found) if ours and theirs else () for ours, theirs in heads]
    commits = list(dict.fromkeys(base for each in bases for base in each))
    trees = dict(zip(commits, git.trees(commits), strict=True)) if commits else {}
    met = [
        Met(ours, theirs, each[0] if len(each) == 1 else None, pairing)
        for (ours, theirs), each, pairing in zip(pairs, bases, _pairings(git, pairs, bases, trees), strict=True)
    ]
    hard = [
        index
        for index, one in enumerate(met)
        if one.pairing.virtual is not None or needs_git(one.pairing.ours, one.pairing.theirs)
    ]
    if not hard:
        return met
    results = git.merges([(met[index].ours, met[index].theirs) for index in hard])
    sides = [
        (trees[one.base], side) for one in (met[index] for index in hard) if one.base for side in (one.ours, one.theirs)
    ]
    renamed = iter(git.renames(sides) if sides else ())
    for index, result in zip(hard, results, strict=True):
        one = met[index]
        if one.base:
            pairing = replace(one.pairing, our_renames=next(renamed), their_renames=next(renamed))
        else:
            pairing = _with_virtual_base(git, one)
        one = replace(one, pairing=pairing)
        if result is None:
            met[index] = replace(one, problems=(_untold(one),))
            continue
        pairing = replace(pairing, their_renames=moved_along(result, pairing))
        told = stopped_paths(result, pairing).items()
        left_out = {path for path, _ in told if _unmerged(one, path)} | _beyond_comparing(one)
        stopped = {path: kind for path, kind in told if path not in left_out}  # git saw those as in HEAD
        met[index] = replace(one, pairing=replace(pairing, stopped=stopped))
    return met


def _pairings(
    git: Repository,
    pairs: Sequence[tuple[Snapshot, Snapshot]],
    bases: Sequence[tuple[str, ...]],
    trees: Mapping[str, str],
) -> list[Pairing]:
    sides: list[tuple[str, str]] = []
    for (ours, theirs), each in zip(pairs, bases, strict=True):
        nothing = _EMPTY_TREES[len(ours.tree or theirs.tree or 40 * "0")]
        our_tree, their_tree = ours.tree or nothing, theirs.tree or nothing
        for base in [trees[commit] for commit in each] or [nothing]:
            sides += [(base, our_tree), (base, their_tree)]
    committed = iter(git.tree_changes(sides) if sides else ())
    pairings = []
    for (ours, theirs), each in zip(pairs, bases, strict=True):
        found = [
            (overlay(next(committed), ours.changes), overlay(next(committed), theirs.changes)) for _ in each or [None]
        ]
        if len(each) > 1:
            our_side, their_side, alike = from_several(found)
            pairings.append(Pairing(our_side, their_side, virtual={}, alike=alike))
        else:
            pairings.append(Pairing(*found[0]))
    return pairings


def _with_virtual_base(git: Repository, met: Met) -> Pairing:
    """The pairing with the base that git makes up, if there are several merge bases."""
    ours, theirs = met.ours.worktree.head, met.theirs.worktree.head
    if met.pairing.virtual is None or ours is None or theirs is None:
        return met.pairing
    return replace(met.pairing, virtual=git.virtual_bases(ours, theirs, sorted(met.pairing.ours)))


def for_document(git: Repository, met: Sequence[Met], path: str) -> list[Met]:
    """The pairs, fit to check a file here whose text may be any: one that nobody has changed here counts as changed.

    So it is followed to its new name on the other side, and where there are several merge bases to the one that git makes of them.
    """
    followed = {index: one for index, one in enumerate(met) if one.base and _may_be_renamed(one, path)}
    trees = git.trees([one.base for one in followed.values() if one.base]) if followed else []
    sides = [(tree, one.theirs) for tree, one in zip(trees, followed.values(), strict=True)]
    renamed = dict(zip(followed, git.renames(sides) if sides else (), strict=True))
    return [
        replace(one, pairing=replace(one.pairing, their_renames=renamed[index]))
        if index in renamed
        else _with_alike(git, one, path)
        for index, one in enumerate(met)
    ]


def _may_be_renamed(met: Met, path: str) -> bool:
    """Whether the other side may have given a new name to a file that is as in the base here: git was not asked then."""
    change = met.pairing.theirs.get(path)
    return (
        met.pairing.stopped is None
        and change is not None
        and change.new is None
        and any(each.old is None for each in met.pairing.theirs.values())
    )


def _with_alike(git: Repository, met: Met, path: str) -> Met:
    """The pair with a path that is the same on both sides, and not in every base."""
    pairing = met.pairing
    if path not in pairing.alike:
        return met
    same = {path: Change(None, pairing.alike[path])}
    pairing = replace(pairing, ours={**pairing.ours, **same}, theirs={**pairing.theirs, **same})
    return replace(met, pairing=_with_virtual_base(git, replace(met, pairing=pairing)))


def states(met: Met, path: str) -> States | None:
    """One path's entries; None if they changed nothing about it, or if it can't be compared."""
    pairing = met.pairing
    if path in pairing.our_renames or _unmerged(met, path) or path in _beyond_comparing(met):
        return None
    kind = (pairing.stopped or {}).get(path)
    fixed = kind if kind in _GIT_DECIDES else None
    base_path, their_path = pairing.base_path(path), pairing.their_path(path)
    their_change = pairing.theirs.get(their_path)
    if their_change is None and fixed is None:
        return None
    known = pairing.theirs.get(base_path) or pairing.ours.get(base_path)
    base = known.old if known else None
    virtual = (pairing.virtual or {}).get(path)
    if virtual is not None:
        base = Entry(REGULAR, "")
    our_change = pairing.ours.get(path)
    return States(
        base,
        our_change.new if our_change else base,
        their_change.new if their_change else base,
        fixed,
        virtual,
        path in pairing.alike,
    )


def side(met: Met, path: str, found: States) -> Side:
    """The other side of a path, without lines; `found` are the path's states."""
    theirs = met.theirs
    their_path = met.pairing.their_path(path)
    return Side(
        theirs.worktree.path,
        theirs.worktree.branch,
        their_path,
        uncommitted=their_path in theirs.changes,
        since=theirs.since.get(their_path),
        gone=found.theirs is None,
    )


def not_compared(met: Met, path: str, attributes: Attributes | None) -> Problem | None:
    """Why this path, changed on both sides, can't be compared; None if it can."""
    their_path = met.pairing.their_path(path)
    why = met.ours.not_covered.get(path) or met.theirs.not_covered.get(their_path)
    merge = attributes.merge if attributes else Attribute.UNSPECIFIED
    if why is None and isinstance(merge, str) and merge not in _BUILT_IN_DRIVERS:
        why = f"the merge driver {merge!r} decides"
    if why is None:
        return None
    where = met.theirs.worktree.branch or met.theirs.worktree.path
    return Problem("not-covered", f"{path} is changed here and in {where}, but not compared: {why}.", path)


def _untold(met: Met) -> Problem:
    return Problem(
        "not-covered",
        f"git itself fails to merge {_names(met.ours, met.theirs)}: their renamed files are compared by name alone."
        " A newer git may do better.",
        met.theirs.worktree.path,
    )


def _names(*snapshots: Snapshot) -> str:
    return " and ".join(each.worktree.branch or each.worktree.path for each in snapshots)


def not_here(met: Met, path: str) -> Problem:
    """A path's texts are not all in this clone."""
    where = met.theirs.worktree.branch or met.theirs.worktree.path
    return Problem(
        "not-covered",
        f"{path} is changed here and in {where}, but not compared: this clone lacks one of its versions. `git merge` will fetch it.",
        path,
    )


def driver_of(attributes: Attributes | None) -> Driver:
    """How two texts of a path are merged."""
    merge = attributes.merge if attributes else None
    if merge in (Attribute.UNSET, "binary"):
        return Driver.BINARY
    return Driver.UNION if merge == "union" else Driver.TEXT


def busy(snapshot: Snapshot) -> tuple[Problem, ...]:
    """What a worktree in the middle of a merge can't tell."""
    if not snapshot.unmerged:
        return ()
    worktree = snapshot.worktree
    names = ", ".join(sorted(snapshot.unmerged)[:3]) + (", …" if len(snapshot.unmerged) > 3 else "")
    message = (
        f"{worktree.branch or worktree.path} is in the middle of a merge: {names} can't be compared until resolved."
    )
    return (Problem("worktree-busy", message, worktree.path),)


def _unmerged(met: Met, path: str) -> bool:
    return path in met.ours.unmerged or met.pairing.their_path(path) in met.theirs.unmerged


def _beyond_comparing(met: Met) -> set[str]:
    """Paths changed on both sides whose recorded bytes only a configured program could tell."""
    ours, theirs = met.ours, met.theirs
    if not ours.not_covered and not theirs.not_covered:
        return set()
    here, there = met.pairing.ours.keys() | ours.not_covered, met.pairing.theirs.keys() | theirs.not_covered
    return here & there & (ours.not_covered.keys() | theirs.not_covered.keys())
