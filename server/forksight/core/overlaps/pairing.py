"""Two worktrees as differences from their merge base: which paths both changed, and whether git must be asked about the pair.

ort resolves a path by its three entries (base, ours, theirs) alone, unless a rename, a directory in a file's way or a
submodule is involved. `needs_git` says whether that is possible; in doubt it says yes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import GITLINK, Change, Entry, MergeMessage, MergeResult
from forksight.core.overlaps.overlap import Kind

Changes = Mapping[str, Change]


def overlay(committed: Changes, dirty: Changes) -> Changes:
    """The changes from base to working tree, composed of those from base to HEAD and those from HEAD to working tree."""
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
    """The changes from a base to a side, where `base` and `edits` are the changes from a common tree to the base and to the side."""
    if not base:
        return edits
    changes = {path: change for path, change in edits.items() if path not in base}
    for path, in_base in base.items():
        new = edits[path].new if path in edits else in_base.old
        if new != in_base.new:
            changes[path] = Change(in_base.new, new)
    return changes


def needs_git(ours: Changes, theirs: Changes) -> bool:
    """Whether git's merge of this pair may depend on more than the three entries of each path."""
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
    """Whether `side` may have a rename that matters: the other side changed its source, or added a file to the source's folder."""
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
    """Whether `side` added a file below a path at which the other side changed or added a file."""
    files = {path for path, change in other.items() if change.new is not None}
    return any(
        folder in files for path, change in side.items() if change.old is None for folder in _folders((path,)) if folder
    )


def _folders(paths: Iterable[str]) -> Iterable[str]:
    """Every folder above each path, innermost first; `""` is the top."""
    for path in paths:
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            yield folder


@dataclass(frozen=True)
class Pairing:
    """What both sides of a pair changed, and which paths of theirs correspond to which of ours."""

    ours: Changes  # from the base to ours
    theirs: Changes  # from the base to theirs
    our_renames: Mapping[str, str] = field(default_factory=dict)  # git's rename detection: old path -> new path
    their_renames: Mapping[str, str] = field(default_factory=dict)
    # The conflicts of `git merge-tree`, by this side's path; None if git was not asked: each path's three entries decide.
    stopped: Mapping[str, Kind] | None = None
    # Paths at which both sides have what one of several merge bases has: neither side edited them.
    settled: frozenset[str] = frozenset()

    def base_path(self, path: str) -> str:
        """The base's path of one of our paths. A path with an add/add conflict is its own."""
        if self.stopped and self.stopped.get(path) is Kind.ADD_ADD:
            return path
        return next((old for old, new in self.our_renames.items() if new == path), path)

    def their_path(self, path: str) -> str:
        """Their path of one of our paths."""
        base = self.base_path(path)
        return self.their_renames.get(base, base)

    def paths_here(self) -> set[str]:
        """Of the paths that either side changed, those that exist on our side."""
        gone = {path for path, change in self.ours.items() if change.new is None}
        unchanged = {path for path, change in self.theirs.items() if change.old is not None}
        return (self.ours.keys() | unchanged) - gone

    def meeting_paths(self) -> set[str]:
        """Our paths, deleted ones included, whose files both sides changed."""
        if not self.our_renames and not self.their_renames:
            return set(self.ours.keys() & self.theirs.keys())
        theirs = set(self.theirs) | set(self.their_renames)
        return {path for path in self.ours if self.base_path(path) in theirs and path not in self.our_renames}


# Where a file and a folder, or entries of two types, need the same path, git renames one to `path~commit`.
_MOVED_ASIDE = re.compile(r"~[0-9a-f]{40,64}(_\d+)?$")
_MOVED_ALONG = "CONFLICT (directory rename suggested)"
_BY_FOLDER = re.compile(r"CONFLICT ?\(.*directory rename")  # conflicts that may leave no stages: a collision, a split
_KINDS = (  # the beginning of git's message type, and our kind; the first match wins
    ("CONFLICT (rename", Kind.RENAME),
    ("CONFLICT (directory rename", Kind.RENAME),
    ("CONFLICT (file/directory", Kind.TYPE),
    ("CONFLICT (distinct", Kind.TYPE),
    ("CONFLICT (submodule", Kind.SUBMODULE),
    ("CONFLICT (binary", Kind.BINARY),
)


def stopped_paths(result: MergeResult, pairing: Pairing) -> dict[str, Kind]:
    """The kind of each conflict that git found, by our path.

    git names a renamed file by its new path. Here the key is the path that the file has on our side (its old path, or the one
    that we renamed it to), so that a file renamed on both sides has one entry. Paths with only a base stage are left out: git
    lists the file's new paths as well.
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
    """The kind of each conflict that git found, by the path that git names."""
    stopped = {path: _kind(path, stages, result) for path, stages in result.stages.items() if stages.keys() != {1}}
    return stopped or {path: Kind.RENAME for message in result.messages for path in message.paths}


def moved_along(result: MergeResult, pairing: Pairing) -> Mapping[str, str]:
    """Our path -> their path, of files that they renamed and of files that one side added to a folder which the other renamed.

    For a side that does not have such an added file, it is the path at which git's merge would put the file.
    """
    paths_here = pairing.paths_here()
    moved = [message.paths for message in result.messages if message.kind == _MOVED_ALONG]
    return {**pairing.their_renames, **dict((now, new) if now in paths_here else (new, now) for new, now in moved)}


def _left_alone(message: MergeMessage, pairing: Pairing) -> Sequence[str]:
    """The paths that git does not move with their renamed folder: it was renamed to several places, or the new path is taken.

    The message names the new path followed by these paths; for a folder that was split, only the folder.
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
