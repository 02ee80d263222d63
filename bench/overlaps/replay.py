"""Replays merges in two real worktrees, and compares what three rules predict with what git does."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import TypeVar

from bench import gitway
from bench.overlaps.histories import Merge, Side
from bench.repositories import blobs, git
from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.features.overlaps.engine import OverlapEngine

T = TypeVar("T")
Names = frozenset[str]  # the paths of one file on both sides
Place = tuple[Names, int, int]  # lines of our side, half-open
GRAINS = ("files", "regions", "lines")


@dataclass(frozen=True)
class Warned:
    """The files and places that a rule warns of in one merge, or at which git stops."""

    files: Sequence[Names] = ()
    places: Sequence[Place] = ()


@dataclass
class Score:
    """How often a rule was right, by grain: `files`, `regions` (that touch git's) and `lines` (regions equal to git's)."""

    # Warnings that git confirms; all warnings; conflicts of git that were warned of; all conflicts of git.
    confirmed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GRAINS, 0))
    warned: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GRAINS, 0))
    predicted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GRAINS, 0))
    true: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GRAINS, 0))

    def precision(self, grain: str) -> float:
        """The share of the rule's warnings that git confirms; 1 without warnings."""
        return self.confirmed[grain] / self.warned[grain] if self.warned[grain] else 1.0

    def recall(self, grain: str) -> float:
        """The share of git's conflicts that the rule warned of; 1 without conflicts."""
        return self.predicted[grain] / self.true[grain] if self.true[grain] else 1.0

    def add(self, warned: Warned, truth: Warned) -> None:
        """Count one merge."""
        self._count("files", warned.files, truth.files, lambda ours, other: bool(ours & other))
        self._count("regions", warned.places, truth.places, _touch)
        self._count(
            "lines",
            warned.places,
            truth.places,
            lambda ours, other: _touch(ours, other) and ours[1:] == other[1:],
        )

    def _count(self, grain: str, warned: Sequence[T], truth: Sequence[T], same: Callable[[T, T], bool]) -> None:
        self.warned[grain] += len(warned)
        self.true[grain] += len(truth)
        self.confirmed[grain] += sum(any(same(span, other) for other in truth) for span in warned)
        self.predicted[grain] += sum(any(same(span, other) for span in warned) for other in truth)


def _touch(place: Place, other: Place) -> bool:
    return bool(place[0] & other[0]) and place[1] <= other[2] and other[1] <= place[2]


@dataclass(frozen=True)
class Replay:
    """A replayed history: the score of each rule, the number of merges and of those that git stops at, and those where Forksight differs."""

    scores: dict[str, Score]
    merges: int
    stopped: int
    differing: Sequence[tuple[Merge, Warned, Warned]]


OURS, SAME_FILE, HEADS = "Forksight", "same file changed", "HEADs merged"


def replay(repository: Path, merges: Sequence[Merge]) -> Replay:
    """Apply every rule to every merge. Adds two worktrees to the repository; only their HEADs are moved."""
    truth = where_git_stops(repository, [(merge.ours.holds, merge.theirs.holds) for merge in merges])
    warned_by = {
        OURS: where_we_warn(repository, merges),
        SAME_FILE: [changed_on_both(repository, merge) for merge in merges],
        HEADS: where_git_stops(repository, [(merge.ours.head, merge.theirs.head) for merge in merges]),
    }
    scores = {rule: Score() for rule in warned_by}
    for rule, warnings in warned_by.items():
        for warned, true in zip(warnings, truth, strict=True):
            scores[rule].add(warned, true)
    differing = [
        (merge, ours, true)
        for merge, ours, true in zip(merges, warned_by[OURS], truth, strict=True)
        if not _same_files(ours.files, true.files)
    ]
    return Replay(scores, len(merges), sum(bool(verdict.files) for verdict in truth), differing)


def _same_files(ours: Sequence[Names], true: Sequence[Names]) -> bool:
    return all(any(our & other for other in true) for our in ours) and all(
        any(our & other for our in ours) for other in true
    )


# ---------------------------------------------------------------------------------------------- the rules


def where_we_warn(repository: Path, merges: Sequence[Merge]) -> list[Warned]:
    """What Forksight reports in the first worktree about the second, with the last commit of each uncommitted."""
    places = [repository.parent / f"{repository.name}-{name}" for name in ("ours", "theirs")]
    for place in places:
        git(repository, "worktree", "add", "--quiet", "--detach", "--no-checkout", str(place))
    git_repository = GitRepository(find_common_dir(str(repository)))
    engine = OverlapEngine(git_repository, ignore=[str(repository)])
    warned: list[Warned] = []
    for merge in merges:
        for place, side in zip(places, (merge.ours, merge.theirs), strict=True):
            put(place, side)
        engine.refresh({str(place) for place in places} if warned else None)
        warned.append(_warned(engine, str(places[0])))
    git_repository.close()
    return warned


def put(worktree: Path, side: Side) -> None:
    """Make a worktree hold a commit's files, with another as its HEAD."""
    git(worktree, "read-tree", "--reset", "-u", side.holds)
    git(worktree, "update-ref", "--no-deref", "HEAD", side.head)


def _warned(engine: OverlapEngine, worktree: str) -> Warned:
    report = engine.overlaps(worktree)
    assert not report.problems, report.problems
    stopping = [overlap for overlap in report.overlaps if overlap.kind.stops_merge]
    named = [(frozenset((overlap.path, overlap.other.path)), overlap) for overlap in stopping]
    with_lines = [
        (names, overlap.lines.start, overlap.lines.end)
        for names, overlap in named
        if overlap.kind.value in ("conflict", "add-add")
    ]
    return Warned(list(dict.fromkeys(names for names, _ in named)), with_lines)


def changed_on_both(repository: Path, merge: Merge) -> Warned:
    """What a tool says that knows who writes to which file: everything that both sides changed, as a whole."""

    def changed(side: Side) -> set[str]:
        listed = git(repository, "diff-tree", "-r", "--name-only", "--no-renames", "-z", merge.base, side.holds)
        return set(os.fsdecode(listed).split("\0")) - {""}

    paths = sorted(changed(merge.ours) & changed(merge.theirs))
    texts = blobs(repository, [f"{merge.ours.holds}:{path}" for path in paths]) if paths else []
    names = [frozenset((path,)) for path in paths]
    return Warned(names, [(name, 0, text.count(b"\n") if text else 0) for name, text in zip(names, texts, strict=True)])


def where_git_stops(repository: Path, pairs: Sequence[tuple[str, str]]) -> list[Warned]:
    """Where `git merge` leaves conflicts: files, and in those that have markers the places."""
    answers = gitway.merges(repository, pairs)
    conflicts = [
        (number, path, f"{merged.tree}:{path}", stages[2])
        for number, merged in enumerate(answers)
        for path, stages in merged.stages.items()
        if {2, 3} <= stages.keys()
    ]
    texts = iter(
        blobs(repository, [name for _, _, merged, ours in conflicts for name in (merged, ours)]) if conflicts else ()
    )
    places: dict[int, list[Place]] = {}
    for (number, path, _, _), merged, ours in zip(conflicts, texts, texts, strict=False):
        if merged is not None and ours is not None:
            names = frozenset((path,))
            places.setdefault(number, []).extend((names, *lines) for lines in between_markers(merged, ours))
    return [
        Warned([frozenset((path,)) for path in sorted(merged.stopped)], places.get(number, []))
        for number, merged in enumerate(answers)
    ]


def between_markers(merged: bytes, ours: bytes) -> list[tuple[int, int]]:
    """The lines of `ours` that stand between conflict markers in the merged file."""
    kept: list[bytes] = []  # the merged file with our side of each conflict
    conflicts: list[list[int]] = []  # where those are in `kept`: the first line, and the one after the last
    theirs = False
    for line in merged.splitlines():
        if line.startswith(b"<<<<<<< "):
            conflicts.append([len(kept), 0])
        elif line == b"=======" and conflicts and not conflicts[-1][1] and not theirs:
            conflicts[-1][1] = len(kept)
            theirs = True
        elif line.startswith(b">>>>>>> ") and theirs:
            theirs = False
        elif not theirs:
            kept.append(line)
    blocks = SequenceMatcher(None, kept, ours.splitlines(), autojunk=False).get_matching_blocks()

    def here(number: int, *, end: bool) -> int:
        """Where a line of `kept` is in `ours`; with `end`, the place after the line before it."""
        at = number - end
        block = next((block for block in blocks if block.a <= at < block.a + block.size), None)
        return -1 if block is None else block.b + at - block.a + end

    places = []
    for start, end in conflicts:
        first = here(start, end=False) if start < end else here(start, end=True) if start else 0
        places.append((first, here(end, end=True) if start < end else first))
    return places
