"""Two worktrees as differences to their merge base: which paths meet, and which only git itself can pair.

ort resolves a path by its three entries alone, unless a rename, a directory in a file's way or a submodule is in play.
`needs_git` says when that may be so; it errs towards git, never away from it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import GITLINK, Change, Entry, MergeMessage, MergeResult
from forksight.core.overlaps.overlap import Kind

Changes = Mapping[str, Change]


def overlay(committed: Changes, dirty: Changes) -> Changes:
    """Base to HEAD and HEAD to working tree, as one difference from base to working tree."""
    if not dirty:
        return committed
    if not committed:
        return dirty
    merged = dict(committed)
    for path, change in dirty.items():
        before = committed.get(path)
        old = before.old if before else change.old
        if old == change.new:
            merged.pop(path, None)
        else:
            merged[path] = Change(old, change.new)
    return merged


def since(base: Changes, edits: Changes) -> Changes:
    """The difference from a base to a side, where both are differences from one tree: the base as `base`, the side as `edits`."""
    if not base:
        return edits
    changes = {path: change for path, change in edits.items() if path not in base}
    for path, in_base in base.items():
        new = edits[path].new if path in edits else in_base.old
        if new != in_base.new:
            changes[path] = Change(in_base.new, new)
    return changes


def needs_git(ours: Changes, theirs: Changes) -> bool:
    """Whether what git would do with this pair depends on more than each path's three entries."""
    if not ours or not theirs:
        return False
    return (
        _may_rename(ours, theirs)
        or _may_rename(theirs, ours)
        or _in_the_way(ours, theirs)
        or _in_the_way(theirs, ours)
        or any(_gitlink(ours[path].new) and _gitlink(theirs[path].new) for path in ours.keys() & theirs.keys())
    )


def _gitlink(entry: Entry | None) -> bool:
    return entry is not None and entry.mode == GITLINK


def _may_rename(side: Changes, other: Changes) -> bool:
    """Whether a rename on one side can matter: its source changed on the other side, or its folder gained a file there."""
    deleted = [path for path, change in side.items() if change.new is None]
    if not deleted or not any(change.old is None for change in side.values()):
        return False
    if any(path in other for path in deleted):
        return True
    emptied = set(_folders(deleted))
    return any(
        folder in emptied for path, change in other.items() if change.old is None for folder in _folders((path,))
    )


def _in_the_way(side: Changes, other: Changes) -> bool:
    """Whether one side added a file below a path that is a changed file on the other side."""
    files = {path for path, change in other.items() if change.new is not None}
    return any(
        folder in files for path, change in side.items() if change.old is None for folder in _folders((path,)) if folder
    )


def _folders(paths: Iterable[str]) -> Iterable[str]:
    """Every folder above each path, and `""` for the top."""
    for path in paths:
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            yield folder


@dataclass(frozen=True)
class Pairing:
    """How a pair's paths belong together."""

    ours: Changes  # from the base to ours
    theirs: Changes  # from the base to theirs
    our_renames: Mapping[str, str] = field(default_factory=dict)  # as git detects them: old path -> new path
    their_renames: Mapping[str, str] = field(default_factory=dict)
    # The paths that `git merge-tree` stops at, by this side's path; None where each path's three entries decide.
    stopped: Mapping[str, Kind] | None = None
    # Paths that both sides have as one of several merge bases has them: both took that over, neither edited it.
    settled: frozenset[str] = frozenset()

    def base_path(self, path: str) -> str:
        """The base's path of a path here; itself, where it meets a file that the other side added at this very path."""
        if self.stopped and self.stopped.get(path) is Kind.ADD_ADD:
            return path
        return next((old for old, new in self.our_renames.items() if new == path), path)

    def their_path(self, path: str) -> str:
        """The other side's path of a path here."""
        base = self.base_path(path)
        return self.their_renames.get(base, base)

    def paths_here(self) -> set[str]:
        """The paths that exist here, of those that either side changed."""
        gone = {path for path, change in self.ours.items() if change.new is None}
        unchanged = {path for path, change in self.theirs.items() if change.old is not None}
        return (self.ours.keys() | unchanged) - gone

    def meeting_paths(self) -> set[str]:
        """The paths here (deleted ones by their last path) whose file the other side changed too."""
        if not self.our_renames and not self.their_renames:
            return set(self.ours.keys() & self.theirs.keys())
        theirs = set(self.theirs) | set(self.their_renames)
        return {path for path in self.ours if self.base_path(path) in theirs and path not in self.our_renames}


# Where a file and a folder, or two types, want one path, git moves one aside to `path~commit`.
_MOVED_ASIDE = re.compile(r"~[0-9a-f]{40,64}(_\d+)?$")
_MOVED_ALONG = "CONFLICT (directory rename suggested)"
_BY_FOLDER = re.compile(r"CONFLICT ?\(.*directory rename")  # of a collision or a split git leaves no stages
_KINDS = (  # what git calls it, what we call it; the first that fits wins
    ("CONFLICT (rename", Kind.RENAME),
    ("CONFLICT (directory rename", Kind.RENAME),
    ("CONFLICT (file/directory", Kind.TYPE),
    ("CONFLICT (distinct", Kind.TYPE),
    ("CONFLICT (submodule", Kind.SUBMODULE),
    ("CONFLICT (binary", Kind.BINARY),
)


def stopped_paths(result: MergeResult, pairing: Pairing) -> dict[str, Kind]:
    """The kind of conflict at each path that git stopped at. Keys are this side's paths.

    git names a renamed file by its new path; here the key is the path that this side has it at (its old one, or the one
    this side gave it), so that a file renamed on both sides has one entry. A path of which git lists the base's entry
    alone is left out: git lists what the file became, too.
    """
    paths_here = pairing.paths_here()
    old_names = {new: old for old, new in pairing.their_renames.items()}
    stopped: dict[str, Kind] = {}
    for path, stages in result.stages.items():
        if stages.keys() == {1}:
            continue
        name = path if path in paths_here or path in pairing.theirs else _MOVED_ASIDE.sub("", path)
        kind = Kind.TYPE if name != path else _kind(path, stages, result)
        if name not in paths_here:
            name = old_names.get(name, name)
            name = pairing.our_renames.get(name, name)
        stopped.setdefault(name, kind)
    for message in result.messages:
        if _BY_FOLDER.match(message.kind) and not any(path in result.stages for path in message.paths):
            stopped = dict.fromkeys(_left_alone(message, pairing), Kind.RENAME) | stopped
    return stopped


def stopped_kinds(result: MergeResult) -> dict[str, Kind]:
    """The kind of conflict at each path that git stopped at, by the path that it names."""
    stopped = {path: _kind(path, stages, result) for path, stages in result.stages.items() if stages.keys() != {1}}
    return stopped or {path: Kind.RENAME for message in result.messages for path in message.paths}


def moved_along(result: MergeResult, pairing: Pairing) -> Mapping[str, str]:
    """Their renames, and the files that one side added to a folder that the other renamed: the path here -> the path there.

    A side that does not have the file has the path that git's merge would give it there.
    """
    paths_here = pairing.paths_here()
    moved = [message.paths for message in result.messages if message.kind == _MOVED_ALONG]
    return {**pairing.their_renames, **dict((now, new) if now in paths_here else (new, now) for new, now in moved)}


def _left_alone(message: MergeMessage, pairing: Pairing) -> Sequence[str]:
    """The paths that git leaves as they are because their folder was renamed to more than one place, or their new path is taken.

    The message names the new path and then the paths; or, where a folder went more ways than one, that folder alone.
    """
    folder = f"{message.paths[0]}/"
    added = (path for side in (pairing.ours, pairing.theirs) for path, change in side.items() if not change.old)
    return message.paths[1:] or [path for path in added if path.startswith(folder)] or message.paths


def _kind(path: str, stages: Mapping[int, Entry], result: MergeResult) -> Kind:
    types = [message.kind for message in result.messages if path in message.paths]
    for prefix, kind in _KINDS:
        if any(name.startswith(prefix) for name in types):
            return kind
    if 2 not in stages:
        return Kind.DELETE_MODIFY
    if 3 not in stages:
        return Kind.MODIFY_DELETE
    return Kind.CONFLICT if 1 in stages else Kind.ADD_ADD
