"""Finds the overlaps between worktrees of one repository, for warnings, `forksight overlaps` and `forksight matrix`.

`refresh` scans worktrees with git; all other methods answer from the last scans. Results are cached by the identity of
snapshots and of contents, so that after a save only that worktree's pairs are computed again. A key stroke only needs the value
that `file_plan` returns.
"""

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from forksight.core.git.paths import checkout_of
from forksight.core.git.snapshot import Change, Snapshot, Worktree
from forksight.core.merge.diff import join_lines
from forksight.core.overlaps.check import FilePlan
from forksight.core.overlaps.overlap import FileReport, Matrix, Overlap, Pair, Report
from forksight.core.ports.git import Repository
from forksight.core.problems import GitError, Problem
from forksight.features.overlaps.file_plans import FilePlans
from forksight.features.overlaps.first_look import Precedence, compared_at
from forksight.features.overlaps.landscape import Colleagues, Landscape, scan
from forksight.features.overlaps.pairs.pair import (
    ComparedPair,
    compare,
    edited_there,
    for_document,
    states,
)
from forksight.features.overlaps.pairs.unsaved import as_if_saved, text_decides
from forksight.features.overlaps.texts import Texts
from forksight.features.overlaps.verdicts import Verdicts

if TYPE_CHECKING:
    from forksight.features.overlaps.semantic.engine import SemanticOverlaps, SemanticPlan


class OverlapEngine:
    """The overlaps of one repository. Thread-safe.

    `refresh` runs git and may take a while. No other method waits for it, nor for the texts that another call compares.
    """

    def __init__(
        self,
        repository: Repository,
        *,
        refs: Sequence[str] = (),
        ignore: Sequence[str] = (),
        muted: Callable[[], Collection[str]] = tuple,
        semantic: Collection[str] = (),
        colleagues: Colleagues = lambda: ((), ()),
    ) -> None:
        """`semantic`: languages in which semantic overlaps are found, too. `colleagues` is called at each refresh."""
        self._repository = repository
        self._ref_names = tuple(refs)
        self._colleagues = colleagues
        self._ignore = tuple(ignore)
        self._muted = muted
        self._scanning = threading.Lock()  # a scan that began earlier must not replace one that began later
        self._precedence = Precedence()
        self._lock = threading.Lock()  # guards the attributes below; never held while texts are read or compared
        self._seen = Landscape()
        self._pairs: dict[tuple[str, str], ComparedPair] = {}
        self._texts = Texts(repository)
        self._verdicts = Verdicts(repository, self._texts)
        self._plans = FilePlans(repository, self._texts, self._tell_incomplete)
        self._languages = tuple(semantic)
        self._making = threading.Lock()
        self._made: SemanticOverlaps | None = None
        # Called when an answer lacks something that can't be read now.
        self.incomplete: Callable[[], None] = _do_nothing

    @property
    def _semantic(self) -> "SemanticOverlaps | None":
        """The semantic overlaps; None if they are off. Loaded at first use: the first diagnostics don't need them."""
        if self._made is None and self._languages:
            from forksight.features.overlaps.semantic.engine import SemanticOverlaps

            with self._making:
                self._made = self._made or SemanticOverlaps(self._repository, self._texts, self._languages)
        return self._made

    def _tell_incomplete(self) -> None:
        self.incomplete()

    # ------------------------------------------------------------------------------------------ scanning

    def refresh(self, changed: Collection[str] | None = None) -> bool:
        """Scan the worktrees with the paths `changed` again; None: list the worktrees and scan all of them, and all refs.

        Returns whether anything has changed. Raises `GitError` only if git can't be run at all.
        """
        with self._scanning:
            last = self._seen
            now = scan(
                self._repository,
                last,
                ref_names=self._ref_names,
                colleagues=self._colleagues,
                changed=changed,
                stand_back=self._precedence.give,
            )
            with self._lock:
                if now == last:
                    return False
                self._seen = now
                self._texts.turn()
                self._plans.turn()
                live = now.places
                still_valid = self._pairs if now.merge_state == last.merge_state else {}
                self._pairs = {key: pair for key, pair in still_valid.items() if live.issuperset(key)}
            if self._made:
                self._made.keep(live)
            return True

    # ------------------------------------------------------------------------------------------ answers

    def worktrees(self) -> tuple[Worktree, ...]:
        """The worktrees of the last refresh, main first."""
        return self._seen.worktrees

    def snapshots(self) -> tuple[Snapshot, ...]:
        """This machine's worktrees as last scanned."""
        return tuple(self._seen.snapshots.values())

    def colleagues(self) -> tuple[Snapshot, ...]:
        """The worktrees that other machines share, as last fetched."""
        return self._seen.colleagues

    def problems(self) -> tuple[Problem, ...]:
        """What the last refresh could not cover."""
        return self._seen.problems

    def changes(self, worktree: str) -> Mapping[str, Change]:
        """The uncommitted changes of a worktree by path, as last scanned; empty for an unknown worktree."""
        snapshot = self._seen.snapshots.get(worktree)
        return snapshot.changes if snapshot else {}

    def file_plan(self, worktree: str, path: str, unsaved: Callable[[], bytes | None] = lambda: None) -> FilePlan:
        """Everything that checking one file of a worktree takes besides its text (`core.overlaps.check.check_text`).

        `unsaved` returns the file's unsaved text as git would record it, None if that is what is on disk. It is only called if
        git's rename detection looks at this text; the plan is only valid for that text then (`FilePlan.text`). May read blobs.
        The plan of an unknown worktree or file has no opponents.
        """
        ours, others = self._compared(worktree)
        if ours is None:
            return FilePlan(path)
        text = unsaved() if any(text_decides(pair, path) for pair in others) else None
        pairs = others if text is None else as_if_saved(self._repository, others, path, text)
        plans, _ = self._plans.of(ours, {path: for_document(self._repository, pairs, path)})
        for pair in pairs:
            change = pair.pairing.ours.get(path) if pair.ours is not ours else None
            if change and change.new:  # the next key stroke has another text
                self._texts.drop(change.new.oid)
        return replace(plans[path], text=text)

    def edited_elsewhere(self, worktree: str, paths: Collection[str]) -> list[str]:
        """Those of the paths whose files other worktrees may have changed, in order; the plans of all others have no opponents.

        Cheap even for thousands of paths: no file is read, and git is not asked more than for any comparison.
        """
        _, others = self._compared(worktree)
        edited = set[str]().union(*(edited_there(pair, paths) for pair in others))
        return [path for path in paths if path in edited]

    def first_plan(self, file: str) -> tuple[Worktree, FilePlan] | None:
        """A file's worktree and its plan before the first `refresh` has completed; the same that `file_plan` returns after it.

        `file` is absolute and resolved. Only this path is looked at in each worktree, while scans wait. None for every file but
        the first one asked about, and if the path alone does not decide.
        """
        if self._ref_names or self._seen.worktrees or self._colleagues()[0]:
            return None
        with self._precedence.first() as first:
            if not first:
                return None
            try:
                worktrees, _ = self._repository.worktrees()
                top = checkout_of([worktree.path for worktree in worktrees], self._repository.common_dir, file)
                if top is None:
                    return None
                path = os.path.relpath(file, top)
                muted = set(self._muted())
                looked = compared_at(self._repository, worktrees, top, path, ignore=self._ignore, muted=muted)
                if looked is None:
                    return None
                ours, others = looked
                plans, _ = self._plans.of(ours, {path: others})
            except GitError:  # the scan fails likewise, and reports it
                return None
        return ours.worktree, plans[path]

    def report(self, worktree: str) -> tuple[FileReport, ...]:
        """The textual overlaps of a worktree's files as they are on disk, sorted by path."""
        ours, others = self._compared(worktree)
        return self._plans.report(ours, others) if ours else ()

    def semantic_report(self, worktree: str) -> tuple[FileReport, ...]:
        """The semantic overlaps of a worktree's files as they are on disk, sorted by path; without lines that conflict anyway."""
        if self._semantic is None:
            return ()
        _, others = self._compared(worktree)
        return self._semantic.reports(others)

    def semantic_plan(self, worktree: str, path: str, last: "SemanticPlan | None" = None) -> "SemanticPlan | None":
        """Everything that checking one file for semantic overlaps takes besides its text; None if there can't be any.

        `last` is the file's previous plan, if there was one, whose cached work is reused.
        """
        if self._semantic is None:
            return None
        _, others = self._compared(worktree)
        return self._semantic.plan(for_document(self._repository, others, path), path, last)

    def check_semantic(
        self, plan: "SemanticPlan", text: bytes, stale: Callable[[], bool] = lambda: False, *, likely: bool = False
    ) -> FileReport | None:
        """The semantic overlaps of a file with this text (as git would record it); with `likely`, uncertain ones too.

        May read blobs. Returns None if `stale()` became true meanwhile.
        """
        return self._semantic.check(plan, text, stale, likely=likely) if self._semantic else FileReport(plan.path)

    def breaks_nothing(self, plan: "SemanticPlan", text: bytes) -> bool:
        """Whether a quick look at the changed words shows that `check_semantic` will find nothing."""
        return self._semantic is None or self._semantic.breaks_nothing(plan, text)

    def text_here(self, worktree: str, path: str) -> bytes:
        """A file's bytes as git would record them; empty if it is deleted or unknown."""
        _, others = self._compared(worktree)
        state = next((state for pair in others if (state := states(pair, path))), None)
        if state is None:  # no other worktree changed it
            changes = [pair.pairing.ours[path].new for pair in others if path in pair.pairing.ours]
            oids = [entry.oid for entry in changes[:1] if entry]
            return b"".join(self._repository.blobs(oids).values())
        return join_lines(self._texts.read([state], here=True).text(state.ours).lines)

    def text_there(self, worktree: str, path: str, theirs: str) -> bytes:
        """The bytes that a colleague's worktree (`theirs`) has of a file; empty if it deleted or did not change the file."""
        _, others = self._compared(worktree)
        state = next((states(pair, path) for pair in others if pair.theirs.worktree.path == theirs), None)
        if state is None:
            return b""
        reading = self._texts.read([state])
        return join_lines(reading.version(state, reading.base(state), state.theirs).text.lines)

    def overlaps(self, worktree: str) -> Report:
        """The overlaps of one worktree with all others, one for each region and other worktree.

        Raises `GitError` if the worktree could not be read.
        """
        ours, others = self._compared(worktree)
        if ours is None:
            (problem, *_) = self._seen.scan_problems[worktree]
            raise GitError(problem.message.rstrip("."))
        reports = (*self._plans.report(ours, others), *(self._semantic.reports(others) if self._semantic else ()))
        bases = {pair.theirs.worktree.path: pair.merge_base for pair in others}
        overlaps = [
            Overlap(
                region.path,
                region.kind,
                region.lines,
                other,
                bases.get(other.worktree),
                region.meaning.symbol if region.meaning else None,
            )
            for report in reports
            for region in report.regions
            for other in region.others
        ]
        problems = dict.fromkeys(
            [
                *(problem for pair in others for problem in pair.problems),
                *(problem for report in reports for problem in report.problems),
            ]
        )
        return Report(ours.worktree, tuple(overlaps), (*self.problems(), *problems))

    def matrix(self) -> Matrix:
        """All pairs of worktrees, colleagues' included, at which `git merge` would stop or break something."""
        with self._lock:
            snapshots = [*self._seen.snapshots.values(), *self._seen.colleagues]
            numbers = [
                (a, b) for a, b in combinations(range(len(snapshots)), 2) if snapshots[a].worktree.colleague is None
            ]
            compared = self._pair_up([(snapshots[a], snapshots[b]) for a, b in numbers])
        verdicts = self._verdicts.of(compared)
        files = [
            (*verdict.files, *(self._semantic.pair_files(pair) if self._semantic else ()))
            for pair, verdict in zip(compared, verdicts, strict=True)
        ]
        pairs = [Pair(a, b, pair_files) for (a, b), pair_files in zip(numbers, files, strict=True) if pair_files]
        problems = dict.fromkeys(problem for verdict in verdicts for problem in verdict.problems)
        worktrees = tuple(snapshot.worktree for snapshot in snapshots)
        return Matrix(worktrees, tuple(pairs), (*self.problems(), *problems))

    # ------------------------------------------------------------------------------------------ pairs

    def _compared(self, worktree: str) -> tuple[Snapshot | None, list[ComparedPair]]:
        """A worktree as last scanned, and its pairs with all worktrees that are neither ignored nor muted."""
        muted = set(self._muted())
        with self._lock:
            ours = self._seen.snapshots.get(worktree)
            if ours is None:
                return None, []
            theirs = self._seen.others(ours, ignore=self._ignore, muted=muted)
            return ours, self._pair_up([(ours, other) for other in theirs])

    def _pair_up(self, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[ComparedPair]:
        """The pairs, made comparable. Cached ones are reused, all others are compared in one go. The lock must be held."""
        new = []
        for ours, theirs in pairs:
            cached = self._pairs.get((ours.worktree.path, theirs.worktree.path))
            if cached is None or cached.ours is not ours or cached.theirs is not theirs:
                new.append((ours, theirs))
        failed: dict[tuple[str, str], ComparedPair] = {}
        for pair in compare(self._repository, new) if new else ():
            memory = failed if pair.failed else self._pairs
            memory[pair.names] = pair
        if failed:
            self._tell_incomplete()
        names = [(ours.worktree.path, theirs.worktree.path) for ours, theirs in pairs]
        return [failed.get(key) or self._pairs[key] for key in names]


def _do_nothing() -> None:
    pass
