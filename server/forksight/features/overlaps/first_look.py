"""The first opened file, before everything else: its own path in each worktree decides, if no rename can be in play.

What `git status` says of one path costs a fraction of what it says of a large worktree. An answer is given only where the
whole scans would give the same.
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
    """Lets one look go before the whole scans: those that have not begun wait until it is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._granted = False
        self._over = threading.Event()
        self._over.set()

    @contextmanager
    def first(self) -> Iterator[bool]:
        """Whether this is the first to ask; scans stand back while the block of the first one runs."""
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
        """Wait while somebody else goes first."""
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
    """The worktree at `top` against all others, fit for this one path; None if the path alone does not decide.

    The snapshots hold the uncommitted state of that path and of no other.
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
    """Whether git would merge this path by its three entries, whatever else changed: it is a file in all three.

    Only a path that one side lacks can be a rename's old or new name, or have a folder in its way.
    """
    if any(path in side.unmerged or path in side.not_covered for side in pair.sides):
        return False
    changes = (pair.pairing.ours.get(path), pair.pairing.theirs.get(path))
    return all(change is None or _edited(change) for change in changes)


def _edited(change: Change) -> bool:
    return all(entry is not None and entry.regular for entry in (change.old, change.new))
