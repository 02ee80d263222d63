"""Several snapshots against each other and against a target: where merging any two would stop, and line by line where they meet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from forksight.core.compare.comparison import FileChange, SharedFile
from forksight.core.git.snapshot import Attributes, Change, Snapshot, Worktree
from forksight.core.overlaps.check import ABSENT, meetings
from forksight.core.overlaps.overlap import Kind, Pair
from forksight.core.overlaps.pairing import overlay
from forksight.core.ports.git import Repository
from forksight.core.problems import Problem
from forksight.features.overlaps.pairs import Met, States, compare, driver_of, states
from forksight.features.overlaps.texts import Texts
from forksight.features.overlaps.verdicts import verdict


@dataclass(frozen=True)
class Arena:
    """The snapshots, by number; `pairs` are those at which a merge would stop. A target is the last one."""

    snapshots: tuple[Snapshot, ...]
    met: Mapping[tuple[int, int], Met]
    attributes: Mapping[tuple[int, int], Mapping[str, Attributes]]
    pairs: tuple[Pair, ...]
    texts: Texts
    problems: tuple[Problem, ...] = field(default=())

    def shared(self, a: int, b: int) -> tuple[SharedFile, ...]:
        """The files that both changed, by path, with the lines where they meet."""
        met, attributes = self.met[a, b], self.attributes[a, b]
        stops = {file.path: file.kind for pair in self.pairs if (pair.a, pair.b) == (a, b) for file in pair.files}
        found = []
        for path in sorted(met.meeting_paths):
            state = states(met, path)
            conflicting, identical = self._lines(state, attributes.get(path)) if state is not None else (0, 0)
            found.append(SharedFile(path, stops.get(path), conflicting if path in stops else 0, identical))
        return tuple(found)

    def _lines(self, found: States, attributes: Attributes | None) -> tuple[int, int]:
        """How many lines conflict, and how many are the same change."""
        opponent = self.texts.opponent(found, (), driver_of(attributes))
        ours = self.texts.version(found, opponent.base, found.ours)
        conflicting = identical = 0
        for kind, here, there in meetings(found.ours.mode if found.ours else ABSENT, ours, opponent):
            if here is None or there is None:
                continue
            size = max(here.end - here.start, there.end - there.start)
            if kind is Kind.IDENTICAL:
                identical += size
            else:
                conflicting += size
        return conflicting, identical


def open_arena(
    repository: Repository, snapshots: Sequence[Snapshot], target: Sequence[Snapshot], main: str | None
) -> Arena:
    """Let them meet. `main` is a checkout whose gitattributes are in force for what is checked out nowhere."""
    everybody = (*snapshots, *target)
    numbers = list(combinations(range(len(everybody)), 2))
    met = compare(repository, [(everybody[a], everybody[b]) for a, b in numbers])
    texts = Texts(repository)
    attributes = [_attributes(repository, one, main) for one in met]
    texts.read(state for one in met for path in one.meeting_paths if (state := states(one, path)))
    verdicts = [verdict(one, each, texts) for one, each in zip(met, attributes, strict=True)]
    return Arena(
        everybody,
        dict(zip(numbers, met, strict=True)),
        dict(zip(numbers, attributes, strict=True)),
        tuple(Pair(a, b, each.files) for (a, b), each in zip(numbers, verdicts, strict=True) if each.files),
        texts,
        tuple(dict.fromkeys(problem for each in verdicts for problem in each.problems)),
    )


def changes(repository: Repository, arena: Arena, base: str | None, count: int) -> list[tuple[FileChange, ...]]:
    """What each of the first `count` snapshots changed of a commit (None: everything is new), uncommitted work included."""
    snapshots = arena.snapshots[:count]
    origin = repository.trees([base])[0] if base is not None else None
    trees = [(origin, snapshot.tree) for snapshot in snapshots if origin is not None and snapshot.tree is not None]
    committed = iter(repository.tree_changes(trees))
    found = []
    for snapshot in snapshots:
        known = next(committed) if origin is not None and snapshot.tree is not None else {}
        found.append(_changes(arena.texts, snapshot, overlay(known, snapshot.changes)))
    return found


def _changes(texts: Texts, snapshot: Snapshot, edits: Mapping[str, Change]) -> tuple[FileChange, ...]:
    # What a deletion removes is the base's text: both sides are named, so that it is read.
    covered = {
        path: States(change.old, change.old or change.new, change.new)
        for path, change in edits.items()
        if path not in snapshot.not_covered
    }
    texts.read(covered.values())
    found = []
    for path in sorted(edits):
        added, removed = _count(texts, covered[path]) if path in covered else (None, None)
        found.append(FileChange(path, added, removed, path in snapshot.changes))
    return tuple(found)


def _count(texts: Texts, found: States) -> tuple[int | None, int | None]:
    """Lines added and removed; (None, None) for what has none."""
    base = texts.base(found)
    version = texts.version(found, base, found.theirs)
    if base.binary or version.text.binary:
        return None, None
    added = sum(hunk.end - hunk.start for hunk in version.hunks)
    removed = sum(hunk.base_end - hunk.base_start for hunk in version.hunks)
    return added, removed


def _attributes(repository: Repository, met: Met, main: str | None) -> Mapping[str, Attributes]:
    """What gitattributes say of the paths where a pair meets: those of this side's checkout, or of the main one's."""
    paths = sorted(met.meeting_paths)
    worktree = met.ours.worktree
    if not worktree.git_dir and main is not None:
        worktree = Worktree(main, "", None, None, main=True)
    return repository.attributes(worktree, paths) if paths and worktree.path.startswith("/") else {}
