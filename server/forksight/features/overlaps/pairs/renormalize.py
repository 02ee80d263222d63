"""merge.renormalize: git merges all three texts as they would be recorded now, so old line endings are no changes."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from forksight.core.git.snapshot import Change, Entry, Worktree
from forksight.core.overlaps.pairing import Changes, Pairing
from forksight.core.ports.git import Repository


def renormalized(
    git: Repository, worktree: Worktree, pairing: Pairing, paths: Collection[str] | None = None
) -> Pairing:
    """A pairing without the changes that renormalizing removes; `worktree` is our side's.

    Only `paths` are renormalized, by default those that both sides changed: no merge stops at others.
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
