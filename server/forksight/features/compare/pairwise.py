"""Compares several snapshots with each other and with a target: conflicts, and the lines at which changes meet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from forksight.core.compare.comparison import FileChange, SharedFile
from forksight.core.git.snapshot import Attributes, Change, Snapshot, Worktree
from forksight.core.overlaps.check import ABSENT, meetings
from forksight.core.overlaps.overlap import WHOLE, Kind, Lines, Pair, Region
from forksight.core.overlaps.pairing import overlay
from forksight.core.ports.git import Repository
from forksight.core.problems import Problem
from forksight.features.overlaps.pairs.pair import ComparedPair, States, compare, driver_of, states
from forksight.features.overlaps.texts import Reading, Texts
from forksight.features.overlaps.verdicts import verdict

if TYPE_CHECKING:
    from forksight.features.overlaps.semantic.engine import SemanticOverlaps


@dataclass(frozen=True)
class Pairwise:
    """The results of comparing snapshots pairwise. Snapshots are given by their index; in a pair the lower one comes first."""

    # A target is the last one.
    snapshots: tuple[Snapshot, ...]
    # The paths that both sides changed, and gitattributes of those.
    compared: Mapping[tuple[int, int], ComparedPair]
    attributes: Mapping[tuple[int, int], Mapping[str, Attributes]]
    # Those at which a merge would stop, with the files.
    pairs: tuple[Pair, ...]
    # Those that a merge breaks though it is clean, with the places on the first one's side.
    breaks: Mapping[tuple[int, int], tuple[Region, ...]]
    texts: Reading  # of the paths where pairs meet
    reader: Texts  # for what else is asked about the same files
    problems: tuple[Problem, ...] = field(default=())

    def shared(self, a: int, b: int) -> tuple[SharedFile, ...]:
        """The files that both changed, sorted by path, with the numbers of lines at which they meet."""
        compared, attributes = self.compared[a, b], self.attributes[a, b]
        stops = {file.path: file.kind for pair in self.pairs if (pair.a, pair.b) == (a, b) for file in pair.files}
        files = []
        for path in sorted(compared.meeting_paths):
            state = states(compared, path)
            conflicting, identical = self._lines(state, attributes.get(path)) if state is not None else (0, 0)
            files.append(SharedFile(path, stops.get(path), conflicting if path in stops else 0, identical))
        return tuple(files)

    def conflict_lines(self, a: int, b: int, path: str) -> tuple[Lines, ...]:
        """The conflicting lines of a file on the side of `a` (0-based, half-open); line 0 for a conflict without lines."""
        pair, attributes = self.compared[min(a, b), max(a, b)], self.attributes[min(a, b), max(a, b)]
        state = states(pair, path)
        if state is None:
            return (WHOLE,)
        opponent = self.texts.opponent(state, (), driver_of(attributes.get(path)))
        ours = self.texts.version(state, opponent.base, state.ours)
        mode = state.ours.mode if state.ours else ABSENT
        met_there = [
            (here, there) for kind, here, there in meetings(mode, ours, opponent) if kind is not Kind.IDENTICAL
        ]
        lines = [(here if a < b else there) or WHOLE for here, there in met_there]
        return tuple(dict.fromkeys(lines)) or (WHOLE,)

    def _lines(self, file_states: States, attributes: Attributes | None) -> tuple[int, int]:
        """The numbers of lines that conflict, and of lines that both changed alike."""
        opponent = self.texts.opponent(file_states, (), driver_of(attributes))
        ours = self.texts.version(file_states, opponent.base, file_states.ours)
        conflicting = identical = 0
        for kind, here, there in meetings(file_states.ours.mode if file_states.ours else ABSENT, ours, opponent):
            if here is None or there is None:
                continue
            size = max(here.end - here.start, there.end - there.start)
            if kind is Kind.IDENTICAL:
                identical += size
            else:
                conflicting += size
        return conflicting, identical


def compare_pairwise(
    repository: Repository,
    snapshots: Sequence[Snapshot],
    target: Sequence[Snapshot],
    main: str | None,
    languages: Collection[str] = (),
) -> Pairwise:
    """Compare all snapshots with each other and with the target (a tuple of none or one).

    `main` is the path of the checkout whose gitattributes apply to snapshots that are checked out nowhere; `languages` are
    those in which semantic overlaps are found.
    """
    all_snapshots = (*snapshots, *target)
    numbers = list(combinations(range(len(all_snapshots)), 2))
    compared = compare(repository, [(all_snapshots[a], all_snapshots[b]) for a, b in numbers])
    reader, semantic = _reader(repository, tuple(languages))
    reader.turn()
    attributes = [_attributes(repository, pair, main) for pair in compared]
    texts = reader.read(state for pair in compared for path in pair.meeting_paths if (state := states(pair, path)))
    verdicts = [
        verdict(pair, pair_attributes, texts) for pair, pair_attributes in zip(compared, attributes, strict=True)
    ]
    return Pairwise(
        all_snapshots,
        dict(zip(numbers, compared, strict=True)),
        dict(zip(numbers, attributes, strict=True)),
        tuple(
            Pair(a, b, pair_verdict.files)
            for (a, b), pair_verdict in zip(numbers, verdicts, strict=True)
            if pair_verdict.files
        ),
        _breaks(semantic, dict(zip(numbers, compared, strict=True))) if semantic else {},
        texts,
        reader,
        tuple(dict.fromkeys(problem for pair_verdict in verdicts for problem in pair_verdict.problems)),
    )


def clean_snapshot(repository: Repository, worktree: Worktree) -> Snapshot:
    """The snapshot of a clean worktree at `worktree.head`; the worktree need not exist. Raises `GitError`."""
    return Snapshot(worktree, repository.trees([worktree.head or ""])[0])


class _Reader(NamedTuple):
    """Reads the texts of comparisons, and caches them between comparisons."""

    texts: Texts
    semantic: "SemanticOverlaps | None"


@lru_cache(maxsize=1)  # whoever compares forks again and again reads and compares only what changed since
def _reader(repository: Repository, languages: tuple[str, ...]) -> _Reader:
    """The last comparison's reader, if it was for the same repository and languages; else a new one."""
    texts = Texts(repository)
    if not languages:
        return _Reader(texts, None)
    from forksight.features.overlaps.semantic.engine import SemanticOverlaps

    return _Reader(texts, SemanticOverlaps(repository, texts, languages))


def _breaks(
    semantic: "SemanticOverlaps", compared: Mapping[tuple[int, int], ComparedPair]
) -> Mapping[tuple[int, int], tuple[Region, ...]]:
    semantic.keep({name for pair in compared.values() for name in pair.names})
    return {numbers: regions for numbers, pair in compared.items() if (regions := semantic.regions(pair))}


def changes(repository: Repository, pairwise: Pairwise, base: str | None, count: int) -> list[tuple[FileChange, ...]]:
    """What each of the first `count` snapshots changed since a commit (None: everything is new), uncommitted work included."""
    snapshots = pairwise.snapshots[:count]
    origin = repository.trees([base])[0] if base is not None else None
    trees = [(origin, snapshot.tree) for snapshot in snapshots if origin is not None and snapshot.tree is not None]
    committed = iter(repository.tree_changes(trees))
    edits = [
        overlay(next(committed) if origin is not None and snapshot.tree is not None else {}, snapshot.changes)
        for snapshot in snapshots
    ]
    renames = _renames(repository, base, origin, list(zip(snapshots, edits, strict=True)))
    return [
        _changes(pairwise.reader, snapshot, edited, renamed)
        for snapshot, edited, renamed in zip(snapshots, edits, renames, strict=True)
    ]


def _renames(
    repository: Repository,
    base: str | None,
    origin: str | None,
    edited: Sequence[tuple[Snapshot, Mapping[str, Change]]],
) -> list[Mapping[str, str]]:
    """Each snapshot's renames, old -> new path. git is only asked if paths were both deleted and added."""
    if base is None or origin is None:
        return [{}] * len(edited)
    before = Snapshot(Worktree(base, "", base, None), origin)
    numbers = [
        number
        for number, (_, edits) in enumerate(edited)
        if any(change.new is None for change in edits.values()) and any(change.old is None for change in edits.values())
    ]
    answers = repository.renames([(before, edited[number][0]) for number in numbers]) if numbers else ()
    renames = dict(zip(numbers, answers, strict=True))
    return [renames.get(number, {}) for number in range(len(edited))]


def _changes(
    reader: Texts, snapshot: Snapshot, edits: Mapping[str, Change], renames: Mapping[str, str]
) -> tuple[FileChange, ...]:
    renamed = {new: old for old, new in renames.items() if {old, new} <= edits.keys() - snapshot.not_covered.keys()}
    edits = {
        path: replace(change, old=edits[renamed[path]].old) if path in renamed else change
        for path, change in edits.items()
        if path not in renamed.values()
    }
    # What a deletion removes is the base's text: both sides are named, so that it is read.
    covered = {
        path: States(change.old, change.old or change.new, change.new)
        for path, change in edits.items()
        if path not in snapshot.not_covered
    }
    texts = reader.read(covered.values(), here=True)
    file_changes = []
    for path in sorted(edits):
        added, removed = _count(texts, covered[path]) if path in covered else (None, None)
        before = renamed.get(path)
        uncommitted = path in snapshot.changes or before in snapshot.changes
        file_changes.append(FileChange(path, added, removed, uncommitted, before))
    return tuple(file_changes)


def _count(texts: Reading, file_states: States) -> tuple[int | None, int | None]:
    """The numbers of added and removed lines; (None, None) for files without lines."""
    base = texts.base(file_states)
    version = texts.version(file_states, base, file_states.theirs)
    if base.binary or version.text.binary:
        return None, None
    added = sum(hunk.end - hunk.start for hunk in version.hunks)
    removed = sum(hunk.base_end - hunk.base_start for hunk in version.hunks)
    return added, removed


def _attributes(repository: Repository, pair: ComparedPair, main: str | None) -> Mapping[str, Attributes]:
    """The gitattributes of the paths at which a pair meets, from this side's checkout or else the main one."""
    paths = sorted(pair.meeting_paths)
    worktree = pair.ours.worktree
    if not worktree.git_dir and main is not None:
        worktree = Worktree(main, "", None, None, main=True)
    return repository.attributes(worktree, paths) if worktree.path.startswith("/") else {}
