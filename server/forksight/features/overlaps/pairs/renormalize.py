"""Line endings that a merge does not see: with merge.renormalize, git takes all three texts as they would be recorded now."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from forksight.core.git.snapshot import Change, Entry, Worktree
from forksight.core.overlaps.pairing import Changes, Pairing
from forksight.core.ports.git import Repository


def renormalized(
    git: Repository, worktree: Worktree, pairing: Pairing, paths: Collection[str] | None = None
) -> Pairing:
    """A pairing without the changes that only differ in how they were recorded; `worktree` is that of our side.

    Unless `paths` are named, what changed on both sides is looked at: no merge stops at what changed on one alone.
    """
    shared = pairing.ours.keys() & pairing.theirs.keys() if paths is None else paths
    blobs = {
        (path, entry.oid)
        for side in (pairing.ours, pairing.theirs)
        for path in shared
        if path in side
        for entry in (side[path].old, side[path].new)
        if entry is not None and entry.regular
    }
    normal = git.renormalized(worktree, blobs) if blobs else {}
    if not normal:
        return pairing
    return replace(pairing, ours=_as_recorded(pairing.ours, normal), theirs=_as_recorded(pairing.theirs, normal))


def _as_recorded(changes: Changes, normal: Mapping[tuple[str, str], str]) -> Changes:
    def entry(path: str, before: Entry | None) -> Entry | None:
        return replace(before, oid=normal.get((path, before.oid), before.oid)) if before is not None else None

    recorded = {path: Change(entry(path, change.old), entry(path, change.new)) for path, change in changes.items()}
    return {path: change for path, change in recorded.items() if change.old != change.new}
