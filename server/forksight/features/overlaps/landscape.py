"""The worktrees that are compared with each other, as last scanned: this machine's, refs as clean worktrees, and colleagues'."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from fnmatch import fnmatchcase

from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.ports.git import Repository
from forksight.core.problems import GitError, Problem

_SCANNERS = (os.cpu_count() or 2) + 1  # threads; a scan mostly waits for its git

Colleagues = Callable[[], tuple[tuple[Snapshot, ...], tuple[Problem, ...]]]  # what other machines share now

_Scan = tuple[Snapshot | None, tuple[Problem, ...]]  # None: the worktree could not be read


@dataclass(frozen=True)
class Landscape:
    """The snapshots of the last scan of each worktree. A scan without changes keeps the previous snapshot's identity."""

    worktrees: tuple[Worktree, ...] = ()  # main first; also those that could not be read
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)  # by the worktree's path
    refs: tuple[Snapshot, ...] = ()  # each as a clean worktree whose path and branch are the ref's name
    colleagues: tuple[Snapshot, ...] = ()  # what other machines share
    listing_problems: tuple[Problem, ...] = ()
    scan_problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)  # by the worktree's path
    colleague_problems: tuple[Problem, ...] = ()
    merge_state: object = None  # as `Repository.merge_state` was

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the scans could not cover."""
        scans = [problem for worktree in self.worktrees for problem in self.scan_problems.get(worktree.path, ())]
        unresolved = [problem for snapshot in self.snapshots.values() for problem in _busy(snapshot)]
        return (*self.listing_problems, *scans, *unresolved, *self.colleague_problems)

    @property
    def places(self) -> set[str]:
        """The names of everything that may be compared: paths of worktrees, and names of refs."""
        return {*self.snapshots, *(snapshot.worktree.path for snapshot in (*self.refs, *self.colleagues))}

    def others(self, ours: Snapshot, *, ignore: Sequence[str], muted: AbstractSet[str]) -> list[Snapshot]:
        """The snapshots that a worktree is compared with: all others that no glob of `ignore` matches and that are not muted."""
        return [
            other
            for other in (*self.snapshots.values(), *self.refs, *self.colleagues)
            if other.worktree.path != ours.worktree.path
            and muted.isdisjoint(_labels(other.worktree))
            and not _matches(other.worktree, ignore)
        ]


def scan(
    repository: Repository,
    last: Landscape,
    *,
    ref_names: Sequence[str],
    colleagues: Colleagues,
    changed: Collection[str] | None,
    stand_back: Callable[[], object] = lambda: None,
) -> Landscape:
    """Scan the worktrees with the paths `changed` again; None: list the worktrees and scan all of them, and all refs.

    `stand_back` is called before each worktree's scan. A worktree that can't be read is a problem. Raises `GitError` only if
    git can't be run at all.
    """
    worktrees, listing_problems, refs = last.worktrees, last.listing_problems, last.refs
    merge_state = last.merge_state
    if changed is None or not worktrees:
        merge_state = repository.merge_state()
        worktrees, listing_problems = repository.worktrees()
        refs, ref_problems = _scan_refs(repository, ref_names)
        listing_problems += ref_problems
        changed = None
    to_scan = [worktree for worktree in worktrees if changed is None or worktree.path in changed]

    def scan_whole(worktree: Worktree) -> _Scan:
        stand_back()
        return repository.scan(worktree)

    scans = scan_all(to_scan, scan_whole)
    shared, colleague_problems = colleagues()
    snapshots: dict[str, Snapshot] = {}
    scan_problems: dict[str, tuple[Problem, ...]] = {}
    for worktree in worktrees:
        before = last.snapshots.get(worktree.path)
        snapshot, problems = scans.get(worktree.path, (before, last.scan_problems.get(worktree.path, ())))
        scan_problems[worktree.path] = problems
        if snapshot is not None:
            snapshots[worktree.path] = before if before == snapshot else snapshot
    return Landscape(
        tuple(snapshots[worktree.path].worktree if worktree.path in snapshots else worktree for worktree in worktrees),
        snapshots,
        last.refs if refs == last.refs else refs,
        _as_before(last.colleagues, shared),
        listing_problems,
        scan_problems,
        colleague_problems,
        merge_state,
    )


def scan_all(worktrees: Sequence[Worktree], scan_one: Callable[[Worktree], _Scan]) -> dict[str, _Scan]:
    """Scan these worktrees in parallel; returns the scans by the worktree's path."""

    def scanned(worktree: Worktree) -> _Scan:
        try:
            return scan_one(worktree)
        except GitError as error:
            return None, (Problem("worktree-unreadable", f"{error.sentence}.", worktree.path),)

    with ThreadPoolExecutor(min(_SCANNERS, len(worktrees) or 1)) as pool:
        results = pool.map(scanned, worktrees)
        return dict(zip((worktree.path for worktree in worktrees), results, strict=True))


def _scan_refs(repository: Repository, names: Sequence[str]) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
    if not names:
        return (), ()
    named, problems = repository.refs(names)
    trees = repository.trees([commit for _, commit in named])
    snapshots = tuple(
        Snapshot(Worktree(path=name, git_dir="", head=commit, branch=name), tree)
        for (name, commit), tree in zip(named, trees, strict=True)
    )
    return snapshots, problems


def _as_before(last: tuple[Snapshot, ...], now: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
    """The snapshots of `now`, with equal ones of `last` reused: what is cached by their identity stays valid."""
    by_path = {snapshot.worktree.path: snapshot for snapshot in last}
    snapshots = tuple(
        before if (before := by_path.get(snapshot.worktree.path)) is not None and before == snapshot else snapshot
        for snapshot in now
    )
    return last if snapshots == last else snapshots


def _busy(snapshot: Snapshot) -> tuple[Problem, ...]:
    """The problem of a worktree with unmerged paths, which are not compared."""
    if not snapshot.unmerged:
        return ()
    worktree = snapshot.worktree
    names = ", ".join(sorted(snapshot.unmerged)[:3]) + (", …" if len(snapshot.unmerged) > 3 else "")
    message = f"{worktree.full_label} has unresolved conflicts: {names} can't be compared until resolved."
    return (Problem("worktree-busy", message, worktree.path),)


def _labels(worktree: Worktree) -> tuple[str, ...]:
    """The labels by which a worktree may be muted: a colleague's also by user, by machine and by branch."""
    colleague = worktree.colleague
    if colleague is None:
        return (worktree.label,)
    return (colleague.label, colleague.user, colleague.host, *([worktree.branch] if worktree.branch else []))


def _matches(worktree: Worktree, globs: Sequence[str]) -> bool:
    names = (worktree.path, worktree.branch or "", *(_labels(worktree) if worktree.colleague else ()))
    return any(fnmatchcase(name, glob) for glob in globs for name in names)
