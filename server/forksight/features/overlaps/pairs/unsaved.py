"""Pairs of worktrees as they will be when an open document is saved, if git's rename detection depends on its text."""

from collections.abc import Sequence
from dataclasses import replace

from forksight.core.git.snapshot import Change, Entry, Snapshot
from forksight.core.ports.git import Repository
from forksight.features.overlaps.pairs.pair import ComparedPair, compare


def text_decides(pair: ComparedPair, path: str) -> bool:
    """Whether a file's text may decide if git takes it for a renamed file: it is new since the base, and other files are gone."""
    change = pair.pairing.ours.get(path)
    return (
        pair.pairing.stopped is not None
        and change is not None
        and change.old is None
        and change.new is not None
        and change.new.regular
        and path not in pair.ours.not_covered
        and path not in pair.ours.unmerged
        and any(other.new is None for other in pair.pairing.ours.values())
    )


def as_if_saved(git: Repository, pairs: Sequence[ComparedPair], path: str, text: bytes) -> list[ComparedPair]:
    """The pairs of one worktree, with this text (as git would record it) in the file at `path`.

    Pairs in which git finds the same renames as with the file on disk are returned unchanged: their plans are valid for any
    text. Raises `GitError` if git can't be run.
    """
    deciding = [pair for pair in pairs if text_decides(pair, path)]
    if not deciding:
        return list(pairs)
    oid = git.hold(deciding[0].ours.worktree, path, text)
    saved = _saved(deciding[0], path, oid)
    if saved is None:
        return list(pairs)
    renamed = git.renames([(pair.base, saved) for pair in deciding])
    crossed = [pair for pair, renames in zip(deciding, renamed, strict=True) if renames != pair.pairing.our_renames]
    anew = compare(git, [(saved, pair.theirs) for pair in crossed]) if crossed else []
    by_names = {pair.names: pair for pair in anew}
    return [by_names.get(pair.names, pair) for pair in pairs]


def _saved(pair: ComparedPair, path: str, oid: str) -> Snapshot | None:
    """Our snapshot with the file at `path` as blob `oid`; None if that is what it has already."""
    on_disk = pair.pairing.ours[path].new
    if on_disk is None or on_disk.oid == oid:
        return None
    dirty = pair.ours.changes.get(path)
    change = Change(dirty.old if dirty else on_disk, Entry(on_disk.mode, oid))
    return replace(pair.ours, changes={**pair.ours.changes, path: change})
