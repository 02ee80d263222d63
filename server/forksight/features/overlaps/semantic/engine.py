"""Finds the semantic overlaps of worktrees: clean merges that break the code. For files on disk, and for unsaved texts."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from forksight.core.merge.diff import Text, split_again, split_lines
from forksight.core.merge.three_way import Version, version_again
from forksight.core.overlaps.overlap import FileReport, PairFile, Region
from forksight.core.overlaps.pairing import Changes
from forksight.core.overlaps.semantic.edits import BaseTree, Edits, FileChange
from forksight.core.overlaps.semantic.rule import Breaks, break_nothing, breaks
from forksight.core.ports.git import Repository
from forksight.core.syntax.language import Language, forget_trees
from forksight.core.syntax.source_file import LastTree, SourceFile
from forksight.features.overlaps.pairs.pair import ComparedPair
from forksight.features.overlaps.semantic.regions import grouped, regions_of
from forksight.features.overlaps.semantic.sources import Sources
from forksight.features.overlaps.texts import Texts


@dataclass(frozen=True, eq=False)
class _Side:
    """One worktree's edits of a base. Pairs with that base share it, unless settings make git convert the files differently."""

    edited: Changes
    renames: Mapping[str, str]
    edits: Edits
    complete: bool  # False: a text could not be read


@dataclass(frozen=True)
class _Pair:
    """A pair of worktrees with each side's edits of the base."""

    compared: ComparedPair
    our_side: _Side
    their_side: _Side

    @property
    def ours(self) -> Edits:
        """Our side's edits of the base."""
        return self.our_side.edits

    @property
    def theirs(self) -> Edits:
        """Their side's edits of the base."""
        return self.their_side.edits


@dataclass(frozen=True)
class _Start:
    """A file in the base of a pair, against which the text of an open file is diffed."""

    path: str | None  # None if the base has no such file
    before: SourceFile | None
    text: Text


@dataclass
class _Memory:
    last: tuple[bytes, Text] | None = None
    versions: dict[int, tuple[Text, Version]] = field(default_factory=dict)  # by the base text's identity
    tree: LastTree = field(default_factory=LastTree)
    checked: "tuple[tuple[_Pair, _Start], ...]" = ()  # the pairs that a text was checked with
    lock: threading.Lock = field(default_factory=threading.Lock)  # of the one that checks a text


@dataclass(frozen=True)
class SemanticPlan:
    """Everything that checking one open file takes besides its text. A check may read more files of the base when a name matches."""

    path: str
    language: Language
    pairs: tuple[tuple[_Pair, _Start], ...]
    memory: _Memory = field(default_factory=_Memory, compare=False, repr=False)


class SemanticOverlaps:
    """The semantic overlaps of one repository's worktrees. Thread-safe, and no thread waits for another.

    The result for a pair is cached until a scan changes either side.
    """

    def __init__(self, repository: Repository, texts: Texts, languages: Collection[str]) -> None:
        self._lock = threading.Lock()  # of what follows; never held while texts are read, compared or parsed
        self._sources = Sources(repository, texts, languages)
        # By worktree and tree of the base.
        self._sides: WeakValueDictionary[tuple[str, str], _Side] = WeakValueDictionary()
        self._pairs: dict[tuple[str, str], _Pair] = {}
        self._breaks: dict[tuple[str, str], tuple[ComparedPair, Breaks]] = {}

    def keep(self, live: Collection[str]) -> None:
        """Drop what is cached about all worktrees but these."""
        with self._lock:
            self._pairs = {key: pair for key, pair in self._pairs.items() if set(key) <= set(live)}
            self._breaks = {key: cached for key, cached in self._breaks.items() if set(key) <= set(live)}

    def breaks(self, compared: ComparedPair) -> Breaks:
        """The breaks of merging a pair, with both sides as on disk."""
        with self._lock:
            cached = self._breaks.get(compared.names)
        if cached is not None and cached[0] is compared:
            return cached[1]
        pair = self._pair(compared)
        merge_breaks = breaks(pair.ours, pair.theirs) if pair else Breaks()
        with self._lock:
            if pair is self._pairs.get(compared.names):
                self._breaks[compared.names] = compared, merge_breaks
        return merge_breaks

    def pair_files(self, compared: ComparedPair) -> list[PairFile]:
        """The breaks of merging a pair, as files of the first side."""
        return list(map(PairFile.of, self.regions(compared)))

    def regions(self, compared: ComparedPair) -> tuple[Region, ...]:
        """The breaks of merging a pair, as regions of the first side."""
        return tuple(regions_of(compared, self.breaks(compared)))

    def reports(self, others: Sequence[ComparedPair]) -> tuple[FileReport, ...]:
        """The semantic overlaps of a worktree's files as they are on disk, sorted by path."""
        regions = [region for compared in others for region in self.regions(compared)]
        forget_trees()
        by_path: dict[str, list[Region]] = {}
        for region in regions:
            by_path.setdefault(region.path, []).append(region)
        return tuple(FileReport(path, tuple(grouped(by_path[path]))) for path in sorted(by_path))

    def plan(self, others: Sequence[ComparedPair], path: str, last: SemanticPlan | None = None) -> SemanticPlan | None:
        """The plan of an open file against these pairs; None if its language is not checked.

        `last` is the file's previous plan, whose cached work on the text is reused.
        """
        language = self._sources.language(path)
        if language is None:
            return None
        pairs = []
        for compared in others:
            pair = self._pair(compared)
            start = self._start(pair, path) if pair and pair.theirs.changes else None
            if pair and start:
                pairs.append((pair, start))
        memory = last.memory if last and last.language is language else _Memory()
        return SemanticPlan(path, language, tuple(pairs), memory)

    def check(
        self, plan: SemanticPlan, text: bytes, stale: Callable[[], bool] = lambda: False, *, likely: bool = False
    ) -> FileReport | None:
        """The semantic overlaps of a file with this text (as git would record it); with `likely`, uncertain ones too.

        Returns None if `stale()` became true, which is checked between pairs.
        """
        if not plan.pairs:
            return FileReport(plan.path)
        with plan.memory.lock:
            regions: list[Region] = []
            for pair, ours in self._edited(plan, text):
                if stale():
                    return None
                regions += regions_of(pair.compared, breaks(ours, pair.theirs, likely=likely))
            plan.memory.checked = plan.pairs
            forget_trees()
        return FileReport(plan.path, tuple(grouped(region for region in regions if region.path == plan.path)))

    def breaks_nothing(self, plan: SemanticPlan, text: bytes) -> bool:
        """Whether the changed words alone show that `check` will find nothing. Only for a plan that was checked before."""
        if not plan.pairs:
            return True
        if plan.memory.checked is not plan.pairs or not plan.memory.lock.acquire(blocking=False):
            return False
        try:
            return all(break_nothing(ours, pair.theirs) for pair, ours in self._edited(plan, text))
        finally:
            plan.memory.lock.release()

    # ------------------------------------------------------------------------------------------ pairs

    def _pair(self, compared: ComparedPair) -> _Pair | None:
        """Both sides of a pair; None if there is no base. Not cached if a text's bytes could not be read."""
        with self._lock:
            cached = self._pairs.get(compared.names)
        if cached and cached.compared is compared:
            return cached
        if compared.base.tree is None:
            return None
        base = self._sources.base(compared.base.tree, compared.base.changes)
        pairing = compared.pairing
        ours = self._side((compared.names[0], compared.base.tree), base, pairing.ours, pairing.our_renames)
        theirs = self._side((compared.names[1], compared.base.tree), base, pairing.theirs, pairing.their_renames)
        pair = _Pair(compared, ours, theirs)
        with self._lock:
            if ours.complete and theirs.complete:
                self._pairs[compared.names] = pair
            else:
                self._pairs.pop(compared.names, None)
        return pair

    def _side(self, key: tuple[str, str], base: BaseTree, edited: Changes, renames: Mapping[str, str]) -> _Side:
        """One worktree's edits of a base. Not cached if a text's bytes could not be read."""
        with self._lock:
            cached = self._sides.get(key)
        if cached and cached.edits.base is base and cached.edited == edited and cached.renames == renames:
            return cached
        changes, complete = self._sources.changes(edited, renames)
        side = _Side(edited, renames, Edits(base, changes), complete)
        if complete:
            with self._lock:
                self._sides[key] = side
        return side

    def _start(self, pair: _Pair, path: str) -> _Start | None:
        """The base's file against which a file of our side is diffed; None if it can't be read."""
        change = pair.ours.by_path.get(path)
        base_path = change.base_path if change else path
        before = pair.ours.base.file(base_path) if base_path is not None else None
        if base_path is None or before is None:
            return _Start(None, None, _EMPTY)
        return _Start(base_path, before, self._sources.text_of(before))

    def _edited(self, plan: SemanticPlan, text: bytes) -> Iterator[tuple[_Pair, Edits]]:
        """The pairs of a plan, each with our side's edits if the file has this text. The plan's lock must be held."""
        memory = plan.memory
        lines = split_again(text, *memory.last)[0] if memory.last else split_lines(text)
        now = SourceFile(plan.language, text, lambda: memory.tree.of(plan.language, text))
        changes: dict[int, FileChange] = {}  # by the base text's identity
        edits: dict[tuple[Edits, FileChange], Edits] = {}
        for pair, start in plan.pairs:
            change = changes.get(id(start.text)) or self._changed(plan, start, lines, now)
            changes[id(start.text)] = change
            ours = edits.get((pair.ours, change)) or _with(pair.ours, plan.path, change)
            edits[pair.ours, change] = ours
            yield pair, ours
        memory.last = text, lines
        memory.versions = {
            id(start.text): (start.text, change.version)
            for _, start in plan.pairs
            if (change := changes[id(start.text)]).version
        }

    def _changed(self, plan: SemanticPlan, start: _Start, lines: Text, now: SourceFile) -> FileChange:
        if start.before is None:
            return FileChange(None, plan.path, None, now)
        _, before = plan.memory.versions.get(id(start.text), (None, None))
        version = version_again(start.text, lines, before)
        return FileChange(start.path, plan.path, start.before, now, version)


_EMPTY = Text([])


def _with(edits: Edits, path: str, change: FileChange) -> Edits:
    """A side's edits with the change of one file replaced."""
    return Edits(edits.base, [*(other for other in edits.changes if other.path != path), change])
