"""A comparison of forks, as values: what each changed, what two of them changed both, how they merge, what they cost."""

from dataclasses import dataclass, field

from forksight.core.cleanup.facts import Commit
from forksight.core.compare.merge_order import Merge
from forksight.core.compare.test_runs import Run
from forksight.core.overlaps.overlap import Kind, PairFile
from forksight.core.problems import Problem
from forksight.core.sessions.session import Node
from forksight.core.sessions.tree import ancestors


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that a fork changed."""

    path: str
    # Lines; None for what has none (binary, not covered).
    added: int | None
    removed: int | None
    # Not all of it is committed.
    uncommitted: bool = False
    # Its path before it was renamed; None if it was not.
    renamed_from: str | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What a session did itself, without the inherited part, from its transcript."""

    # From its first to its last own turn.
    seconds: float
    # Shell commands, and those of them that failed.
    commands: int
    failed: int
    tests: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedFork:
    """One of the compared forks."""

    label: str
    branch: str | None
    # None if it is gone: then only what is committed counts.
    worktree: str | None
    head: str
    # Its session; None for a branch without one.
    node: Node | None
    changes: tuple[FileChange, ...] = ()
    commits: tuple[Commit, ...] = ()
    work: Work | None = None
    # The files that merging it into the target would stop at, and what it would break there though it is clean.
    stops: tuple[PairFile, ...] = ()
    breaks: tuple[PairFile, ...] = ()

    @property
    def added(self) -> int:
        """The number of added lines, summed over all files."""
        return sum(change.added or 0 for change in self.changes)

    @property
    def removed(self) -> int:
        """The number of removed lines, summed over all files."""
        return sum(change.removed or 0 for change in self.changes)


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that two forks both changed."""

    path: str
    # What merging them would stop at; None if it would not.
    kind: Kind | None = None
    # Lines where their changes meet, counted on the side that has more of them.
    conflicting: int = 0
    identical: int = 0


@dataclass(frozen=True, slots=True)
class ForkPair:
    """Two of the compared forks."""

    # Their numbers in `Comparison.forks`.
    a: int
    b: int
    shared: tuple[SharedFile, ...] = ()
    # The files that merging one into the other would stop at, and what it would break though it is clean.
    stops: tuple[PairFile, ...] = ()
    breaks: tuple[PairFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An active fork in the suggested order of merges."""

    label: str
    branch: str | None
    session: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of two or more forks."""

    repository: str  # the common dir
    # The commit that all of them come from; None without one.
    base: str | None
    # The session that all of them were forked from; None without one.
    ancestor: Node | None
    # The name of what they are to be merged into; None without one.
    target: str | None
    forks: tuple[ComparedFork, ...]
    pairs: tuple[ForkPair, ...]
    # All active forks, and the order in which to merge them, which names them by their numbers.
    candidates: tuple[Candidate, ...] = ()
    order: tuple[Merge, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    @property
    def order_title(self) -> str:
        """The title of the suggested order, which may contain other branches than the compared forks."""
        return (
            "Merge in this order" if len(self.candidates) == len(self.forks) else "Merge all active forks in this order"
        )

    @property
    def clean(self) -> bool:
        """Whether each fork merges into the target and with each other fork, without a conflict or a break."""
        forks, pairs = self.forks, self.pairs
        return not any(fork.stops or fork.breaks for fork in forks) and not any(
            pair.stops or pair.breaks for pair in pairs
        )


def ancestor_of(parents: dict[str, str | None], sessions: list[str]) -> str | None:
    """The nearest session that all of these sessions are or descend from; None if there is none."""
    lines = [(session, *ancestors(parents, session)) for session in sessions]
    return next((member for member in lines[0] if all(member in line for line in lines)), None) if lines else None
