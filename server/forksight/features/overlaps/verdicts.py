"""The files at which merging a pair of worktrees would stop, for the matrix."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import Attributes
from forksight.core.overlaps.check import ABSENT, meetings
from forksight.core.overlaps.overlap import Kind, PairFile
from forksight.core.ports.git import Repository
from forksight.core.problems import Problem
from forksight.features.overlaps.pairs.pair import ComparedPair, States, driver_of, not_compared, not_here, states
from forksight.features.overlaps.texts import Reading, Texts


@dataclass(frozen=True)
class Verdict:
    """The files at which merging a pair would stop, with problems, and the facts that the verdict depends on."""

    pair: ComparedPair
    attributes: Mapping[str, Attributes]
    files: tuple[PairFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    complete: bool = True  # False: a text was not to be had, so it is asked for again the next time

    def stands(self, pair: ComparedPair, attributes: Mapping[str, Attributes]) -> bool:
        """Whether the verdict is still valid for this pair and these attributes."""
        return (
            self.complete
            and self.pair is pair
            and all(self.attributes[path] == attributes[path] for path in pair.meeting_paths)
        )


class Verdicts:
    """One repository's verdicts, cached while the facts that they depend on stay the same. Thread-safe."""

    def __init__(self, repository: Repository, texts: Texts) -> None:
        self._repository = repository
        self._texts = texts
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Verdict] = {}  # by the paths of both worktrees

    def of(self, pairs: Sequence[ComparedPair]) -> list[Verdict]:
        """The verdict on each pair. Cached verdicts on all other pairs are dropped."""
        attributes = self._attributes_of(pairs)
        with self._lock:
            current = {pair.names: self._known[pair.names] for pair in pairs if pair.names in self._known}
            new = [
                pair
                for pair in pairs
                if pair.names not in current
                or not current[pair.names].stands(pair, attributes[pair.ours.worktree.path])
            ]
            texts = self._texts.read(
                state for pair in new for path in pair.meeting_paths if (state := states(pair, path))
            )
            current |= {pair.names: verdict(pair, attributes[pair.ours.worktree.path], texts) for pair in new}
            self._known = current
            return [current[pair.names] for pair in pairs]

    def _attributes_of(self, pairs: Sequence[ComparedPair]) -> dict[str, Mapping[str, Attributes]]:
        """The gitattributes of all paths at which pairs meet, by worktree."""
        meeting: dict[str, set[str]] = {}
        for pair in pairs:
            meeting.setdefault(pair.ours.worktree.path, set()).update(pair.meeting_paths)
        worktrees = {pair.ours.worktree.path: pair.ours.worktree for pair in pairs}
        return {path: self._repository.attributes(worktrees[path], sorted(paths)) for path, paths in meeting.items()}


def verdict(pair: ComparedPair, attributes: Mapping[str, Attributes], texts: Reading) -> Verdict:
    """The verdict on a pair. `attributes` are those of its meeting paths; its texts must have been read."""
    stopped = pair.pairing.stopped
    files, problems = [], []
    complete = True
    for path in sorted(pair.meeting_paths):
        problem = not_compared(pair, path, attributes.get(path))
        if problem:
            problems.append(problem)
            continue
        state = states(pair, path)
        if state and texts.missing(state):
            problems.append(not_here(pair, path))
            complete = False
            continue
        kind = stops(state, attributes.get(path), texts) if state else None
        if stopped is not None:  # git decides whether it stops; the kind is ours where we found one
            kind = (kind or stopped[path]) if path in stopped else None
        if kind:
            files.append(PairFile(path, kind))
    return Verdict(pair, attributes, tuple(files), (*pair.problems, *problems), complete)


def as_git_says(pair: ComparedPair, path: str, attributes: Attributes | None, texts: Reading) -> States | None:
    """A path's states, adjusted so that comparing them agrees with git's own answer, if git was asked about the pair.

    None if the sides don't meet. The texts of `states(pair, path)` must have been read.
    """
    state = states(pair, path)
    stopped = pair.pairing.stopped
    if stopped is None:
        return state
    kind = stopped.get(path)
    if state and bool(kind) == bool(stops(state, attributes, texts)):
        return state
    if kind is None:
        return None
    ours = pair.pairing.ours.get(path)
    theirs = pair.pairing.theirs.get(pair.pairing.their_path(path))
    made_up = States(None, ours.new if ours else None, theirs.new if theirs else None, style=pair.style)
    return replace(state or made_up, fixed=kind)


def stops(state: States, attributes: Attributes | None, texts: Reading) -> Kind | None:
    """The kind of the first conflict in merging these states; None if the merge is clean."""
    opponent = texts.opponent(state, (), driver_of(attributes))
    ours = texts.version(state, opponent.base, state.ours)
    kinds = (kind for kind, _, _ in meetings(state.ours.mode if state.ours else ABSENT, ours, opponent))
    return next((kind for kind in kinds if kind.stops_merge), None)
