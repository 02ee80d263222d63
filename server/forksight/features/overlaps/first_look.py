"""Compares the first opened file before the first scan, by looking only at its own path in each worktree.

`git status` of one path takes a fraction of the time that it takes for a large worktree. There is only an answer if whole scans
would give the same one: no rename can be involved.
"""

import threading
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

from forksight.core.git.snapshot import Change, Snapshot, Worktree
from forksight.core.ports.git import Repository
from forksight.features.overlaps.landscape import Landscape, scan_all
from forksight.features.overlaps.pairs.bases import best_ancestors
from forksight.features.overlaps.pairs.pair import ComparedPair, by_entries, for_document


class Precedence:
    """Gives one look precedence over the whole scans: scans that have not begun wait until it is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._granted = False
        self._over = threading.Event()
        self._over.set()

    @contextmanager
    def first(self) -> Iterator[bool]:
        """A context manager that yields whether the caller is the first one ever; during the first one's block, scans wait."""
        with self._lock:
            first = not self._granted
            if first:
                self._granted = True
                self._over.clear()
        try:
            yield first
        finally:
            if first:
                self._over.set()

    def give(self) -> None:
        """Wait while the first look is going on."""
        self._over.wait()


def compared_at(
    git: Repository,
    worktrees: Sequence[Worktree],
    top: str,
    path: str,
    *,
    ignore: Sequence[str],
    muted: AbstractSet[str],
) -> tuple[Snapshot, list[ComparedPair]] | None:
    """The worktree at `top`, and its pairs with all others for this one path; None if the path alone does not decide.

    The snapshots only have the uncommitted state of that path.
    """
    scans = scan_all(worktrees, lambda worktree: git.scan(worktree, path))
    snapshots = {place: snapshot for place, (snapshot, _) in scans.items() if snapshot is not None}
    if len(snapshots) < len(worktrees):
        return None
    ours = snapshots[top]
    others = Landscape(tuple(worktrees), snapshots).others(ours, ignore=ignore, muted=muted)
    pairs = [(ours, other) for other in others]
    if any(len(bases) != 1 for bases in best_ancestors(git, pairs)):
        return None
    compared = for_document(git, by_entries(git, pairs), path)
    return (ours, compared) if all(_decided(pair, path) for pair in compared) else None


def _decided(pair: ComparedPair, path: str) -> bool:
    """Whether git merges this path by its three entries alone, because it is a file in all three.

    Only a path that a side lacks can be the old or new name of a rename, or collide with a folder.
    """
    if any(path in side.unmerged or path in side.not_covered for side in pair.sides):
        return False
    changes = (pair.pairing.ours.get(path), pair.pairing.theirs.get(path))
    return all(change is None or _edited(change) for change in changes)


def _edited(change: Change) -> bool:
    return all(entry is not None and entry.regular for entry in (change.old, change.new))
