"""Where worktrees of one repository meet: the engine behind the warnings, `forksight overlaps` and `forksight matrix`.

The engine scans worktrees (`refresh`, which runs git) and answers from what it scanned. Everything derived is cached by
identity of the scans and of the contents, so that a save elsewhere costs that one worktree's part alone. `file_plan`
hands the key-stroke path a value that needs the engine no more.
"""

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import combinations

from forksight.core.git.snapshot import REGULAR, Attributes, Snapshot, Worktree
from forksight.core.merge.diff import join_lines
from forksight.core.overlaps.check import ABSENT, FilePlan, check
from forksight.core.overlaps.overlap import FileReport, Matrix, Overlap, Pair, Report, Side
from forksight.core.ports.git import Repository
from forksight.core.problems import GitError, Problem
from forksight.features.overlaps.pairs import (
    Met,
    States,
    busy,
    compare,
    driver_of,
    for_document,
    not_compared,
    not_here,
    side,
    states,
)
from forksight.features.overlaps.texts import Texts
from forksight.features.overlaps.verdicts import Verdict, as_git_says, verdict

_SCANNERS = (os.cpu_count() or 2) + 1  # a scan mostly waits for its git


@dataclass(frozen=True)
class _Landscape:
    """What the last scans saw. `others` are what can be met: worktrees, and compared refs as clean ones."""

    worktrees: tuple[Worktree, ...] = ()
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    refs: tuple[Snapshot, ...] = ()
    listing_problems: tuple[Problem, ...] = ()
    scan_problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[Problem, ...]:
        scanned = [problem for each in self.worktrees for problem in self.scan_problems.get(each.path, ())]
        unresolved = [problem for snapshot in self.snapshots.values() for problem in busy(snapshot)]
        return (*self.listing_problems, *scanned, *unresolved)


class OverlapEngine:
    """One repository's worktrees against each other. `refresh` runs git and may take a while; no answer waits for it
    longer than for one that reads blobs. Every method may be called from any thread."""

    def __init__(
        self,
        repository: Repository,
        *,
        refs: Sequence[str] = (),
        ignore: Sequence[str] = (),
        muted: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._repository = repository
        self._ref_names = tuple(refs)
        self._ignore = tuple(ignore)
        self._muted = muted
        self._lock = threading.RLock()
        self._seen = _Landscape()
        self._met: dict[tuple[str, str], Met] = {}
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        self._texts = Texts(repository)

    # ------------------------------------------------------------------------------------------ scanning

    def refresh(self, changed: Collection[str] | None = None) -> bool:
        """Scan the worktrees with these paths anew (None: the list of worktrees, the refs, and every worktree).

        True if anything is different from before. Raises `GitError` only if git can't be run at all.
        """
        seen = self._seen
        worktrees, listing_problems, refs = seen.worktrees, seen.listing_problems, seen.refs
        if changed is None or not worktrees:
            worktrees, listing_problems = self._repository.worktrees()
            refs, ref_problems = self._scan_refs()
            listing_problems += ref_problems
            changed = None
        wanted = [worktree for worktree in worktrees if changed is None or worktree.path in changed]
        with ThreadPoolExecutor(min(_SCANNERS, len(wanted) or 1)) as pool:
            scans = dict(zip((each.path for each in wanted), pool.map(self._scan, wanted), strict=True))
        snapshots: dict[str, Snapshot] = {}
        scan_problems: dict[str, tuple[Problem, ...]] = {}
        for worktree in worktrees:
            before = seen.snapshots.get(worktree.path)
            snapshot, problems = scans.get(worktree.path, (before, seen.scan_problems.get(worktree.path, ())))
            scan_problems[worktree.path] = problems
            if snapshot is not None:
                snapshots[worktree.path] = before if before == snapshot else snapshot
        now = _Landscape(
            tuple(
                snapshots[worktree.path].worktree if worktree.path in snapshots else worktree for worktree in worktrees
            ),
            snapshots,
            seen.refs if refs == seen.refs else refs,
            listing_problems,
            scan_problems,
        )
        with self._lock:
            if now == seen:
                return False
            self._seen = now
            self._texts.turn()
            live = {*snapshots, *(snapshot.worktree.path for snapshot in now.refs)}
            self._met = {key: met for key, met in self._met.items() if live.issuperset(key)}
            self._verdicts = {key: each for key, each in self._verdicts.items() if live.issuperset(key)}
            return True

    def _scan(self, worktree: Worktree) -> tuple[Snapshot | None, tuple[Problem, ...]]:
        try:
            return self._repository.scan(worktree)
        except GitError as error:
            return None, (Problem("worktree-unreadable", f"{error.sentence}.", worktree.path),)

    def _scan_refs(self) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
        if not self._ref_names:
            return (), ()
        named, problems = self._repository.refs(self._ref_names)
        trees = self._repository.trees([commit for _, commit in named])
        snapshots = tuple(
            Snapshot(Worktree(path=name, git_dir="", head=commit, branch=name), tree)
            for (name, commit), tree in zip(named, trees, strict=True)
        )
        return snapshots, problems

    # ------------------------------------------------------------------------------------------ answers

    def worktrees(self) -> tuple[Worktree, ...]:
        """The worktrees of the last refresh, main first."""
        return self._seen.worktrees

    def problems(self) -> tuple[Problem, ...]:
        """What the last refresh could not cover."""
        return self._seen.problems

    def changed_paths(self, worktree: str) -> frozenset[str]:
        """The paths with uncommitted changes in a worktree, as last scanned."""
        snapshot = self._seen.snapshots.get(worktree)
        return frozenset(snapshot.changes) if snapshot else frozenset()

    def file_plan(self, worktree: str, path: str) -> FilePlan:
        """Everything to check one file of a worktree from any text of it (`core.overlaps.check.check_text`).

        Reads blobs that were not read yet. A worktree or file that nobody knows has no opponents.
        """
        with self._lock:
            ours = self._seen.snapshots.get(worktree)
            if ours is None:
                return FilePlan(path)
            others = for_document(self._repository, self._others(ours), path)
            return self._plans(ours, {path: others})[path]

    def report(self, worktree: str) -> tuple[FileReport, ...]:
        """Every file of a worktree that meets others as it is on disk, by path."""
        with self._lock:
            ours = self._seen.snapshots.get(worktree)
            if ours is None:
                return ()
            wanted: dict[str, list[Met]] = {}
            for met in self._others(ours):
                for path in met.meeting_paths:
                    wanted.setdefault(path, []).append(met)
            plans = self._plans(ours, wanted)
            reports = [self._check_on_disk(plans[path], wanted[path]) for path in sorted(wanted)]
            return tuple(report for report in reports if report.regions or report.problems)

    def text_here(self, worktree: str, path: str) -> bytes:
        """A file's bytes as git would record them; empty if it is deleted or unknown."""
        with self._lock:
            ours = self._seen.snapshots.get(worktree)
            found = next((each for met in self._others(ours) if (each := states(met, path))), None) if ours else None
            if found is None:
                return b""
            self._texts.read([found], here=True)
            return join_lines(self._texts.text(found.ours).lines)

    def overlaps(self, worktree: str) -> Report:
        """One worktree against all others, an overlap for each other worktree and region.

        Raises `GitError` if it could not be read.
        """
        with self._lock:
            ours = self._seen.snapshots.get(worktree)
            if ours is None:
                (problem, *_) = self._seen.scan_problems[worktree]
                raise GitError(problem.message.rstrip("."))
            reports = self.report(worktree)
            others = self._others(ours)
            bases = {met.theirs.worktree.path: met.merge_base for met in others}
        overlaps = [
            Overlap(region.path, region.kind, region.lines, other, bases.get(other.worktree))
            for report in reports
            for region in report.regions
            for other in region.others
        ]
        problems = dict.fromkeys(
            [
                *(problem for met in others for problem in met.problems),
                *(each for report in reports for each in report.problems),
            ]
        )
        return Report(ours.worktree, tuple(overlaps), (*self.problems(), *problems))

    def matrix(self) -> Matrix:
        """All worktrees against each other; pairs that `git merge` would stop at."""
        with self._lock:
            snapshots = list(self._seen.snapshots.values())
            met = self._pair_up(list(combinations(snapshots, 2)))
            verdicts = self._judge(met, self._attributes_of(met))
            pairs = [
                Pair(a, b, each.files)
                for (a, b), each in zip(combinations(range(len(snapshots)), 2), verdicts, strict=True)
                if each.files
            ]
            problems = dict.fromkeys(problem for each in verdicts for problem in each.problems)
            worktrees = tuple(snapshot.worktree for snapshot in snapshots)
            return Matrix(worktrees, tuple(pairs), (*self.problems(), *problems))

    def _judge(self, met: Sequence[Met], attributes: Mapping[str, Mapping[str, Attributes]]) -> list[Verdict]:
        """The verdict on each pair; `attributes` by worktree. Those that rest on the same facts as before stand."""
        known = self._verdicts
        in_force = [attributes[one.ours.worktree.path] for one in met]
        new = [
            (one, each)
            for one, each in zip(met, in_force, strict=True)
            if one.names not in known or not known[one.names].stands(one, each)
        ]
        self._texts.read(found for one, _ in new for path in one.meeting_paths if (found := states(one, path)))
        known.update((one.names, verdict(one, each, self._texts)) for one, each in new)
        return [known[one.names] for one in met]

    def _attributes_of(self, met: Sequence[Met]) -> dict[str, Mapping[str, Attributes]]:
        """The attributes of every meeting path, by worktree."""
        meeting: dict[str, set[str]] = {}
        for one in met:
            meeting.setdefault(one.ours.worktree.path, set()).update(one.meeting_paths)
        worktrees = {one.ours.worktree.path: one.ours.worktree for one in met}
        return {path: self._attributes(worktrees[path], sorted(paths)) for path, paths in meeting.items()}

    # ------------------------------------------------------------------------------------------ pairs

    def _others(self, ours: Snapshot) -> list[Met]:
        """The pairs of `ours` with everything it is compared with: what is neither ignored nor muted."""
        hidden = set(self._muted())
        theirs = [
            other
            for other in (*self._seen.snapshots.values(), *self._seen.refs)
            if other.worktree.path != ours.worktree.path
            and other.worktree.label not in hidden
            and not self._ignored(other.worktree)
        ]
        return self._pair_up([(ours, other) for other in theirs])

    def _ignored(self, worktree: Worktree) -> bool:
        names = (worktree.path, worktree.branch or "")
        return any(fnmatchcase(name, glob) for glob in self._ignore for name in names)

    def _pair_up(self, wanted: Sequence[tuple[Snapshot, Snapshot]]) -> list[Met]:
        """The pairs, made comparable; those that were not before are done together."""
        new = []
        for ours, theirs in wanted:
            known = self._met.get((ours.worktree.path, theirs.worktree.path))
            if known is None or known.ours is not ours or known.theirs is not theirs:
                new.append((ours, theirs))
        for met in compare(self._repository, new) if new else ():
            self._met[met.ours.worktree.path, met.theirs.worktree.path] = met
        return [self._met[ours.worktree.path, theirs.worktree.path] for ours, theirs in wanted]

    # ------------------------------------------------------------------------------------------ files

    def _plans(self, ours: Snapshot, wanted: Mapping[str, Sequence[Met]]) -> dict[str, FilePlan]:
        """The plan of each path against these others; blobs are read for all of them together."""
        attributes = self._attributes(ours.worktree, sorted(wanted))
        compared: dict[str, list[Met]] = {}
        problems: dict[str, dict[Problem, None]] = {}
        for path, others in wanted.items():
            compared[path], problems[path] = [], {}
            for met in others:
                meeting = path in met.meeting_paths
                problem = not_compared(met, path, attributes.get(path)) if meeting else None
                problems[path] |= dict.fromkeys([problem] if problem else met.problems if meeting else ())
                if not problem:
                    compared[path].append(met)
        self._texts.read(
            (found for path, each in compared.items() for met in each if (found := states(met, path))), here=True
        )
        plans = {}
        for path, each in compared.items():
            driver = driver_of(attributes.get(path))
            sides: dict[States, list[Side]] = {}
            for met in each:
                found = states(met, path)
                if found and self._texts.missing(found):
                    problems[path][not_here(met, path)] = None
                    continue
                told = as_git_says(met, path, attributes.get(path), self._texts)
                if told:
                    sides.setdefault(told, []).append(side(met, path, told))
            opponents = tuple(self._texts.opponent(found, same, driver) for found, same in sides.items())
            plans[path] = FilePlan(path, _mode_here(each, path), opponents, tuple(problems[path]))
        return plans

    def _attributes(self, worktree: Worktree, paths: Sequence[str]) -> Mapping[str, Attributes]:
        return self._repository.attributes(worktree, paths) if paths else {}

    def _check_on_disk(self, plan: FilePlan, others: Sequence[Met]) -> FileReport:
        found = next((each for met in others if (each := states(met, plan.path))), None)
        return check(plan, plan.mode, self._texts.text(found.ours if found else None))


def _mode_here(others: Sequence[Met], path: str) -> int:
    """A path's mode here, as far as it meets others; `REGULAR` where they know nothing of it."""
    for met in others:
        found = states(met, path)
        if found:
            return found.ours.mode if found.ours else ABSENT
    gone = any((change := met.pairing.ours.get(path)) and change.new is None for met in others)
    return ABSENT if gone else REGULAR
