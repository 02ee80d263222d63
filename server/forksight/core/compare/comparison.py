"""Forks side by side, as values: what each changed, what both did, how they merge, what they cost."""

from dataclasses import dataclass, field

from forksight.core.cleanup.facts import Commit
from forksight.core.compare.merge_order import Merge
from forksight.core.compare.test_runs import Run
from forksight.core.overlaps.overlap import Kind, PairFile
from forksight.core.problems import Problem
from forksight.core.sessions.session import Node


@dataclass(frozen=True, slots=True)
class FileChange:
    """What a fork changed of a file. `added` and `removed` count lines, None for what has none (binary, not covered).

    `uncommitted`: not all of it is committed.
    """

    path: str
    added: int | None
    removed: int | None
    uncommitted: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """What a session did by itself, as its transcript tells: seconds from its first to its last own turn, its commands."""

    seconds: float
    commands: int
    failed: int
    tests: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the forks that are compared. `node` is its session, None for a branch without one.

    `worktree` is None if it is gone: then only what is committed counts. `stops` are the files that merging it into the
    target would stop at.
    """

    label: str
    branch: str | None
    worktree: str | None
    head: str
    node: Node | None
    changes: tuple[FileChange, ...] = ()
    commits: tuple[Commit, ...] = ()
    work: Work | None = None
    stops: tuple[PairFile, ...] = ()

    @property
    def added(self) -> int:
        """Lines added, in all files together."""
        return sum(change.added or 0 for change in self.changes)

    @property
    def removed(self) -> int:
        """Lines removed, in all files together."""
        return sum(change.removed or 0 for change in self.changes)


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that two forks changed. `kind` is what merging them would stop at, None if it would not.

    `conflicting` and `identical` count lines where they meet, of the side that has more of them.
    """

    path: str
    kind: Kind | None = None
    conflicting: int = 0
    identical: int = 0


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two of the contenders, by number. `stops` are the files that merging one into the other would stop at."""

    a: int
    b: int
    shared: tuple[SharedFile, ...] = ()
    stops: tuple[PairFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An active fork in the suggested order of merges."""

    label: str
    branch: str | None
    session: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`base` is the commit that all contenders come from, None without one; `ancestor` the session that they were forked from.

    `target` is what they are to be merged into. `order` numbers `candidates`.
    """

    repository: str
    base: str | None
    ancestor: Node | None
    target: str | None
    contenders: tuple[Contender, ...]
    meetings: tuple[Meeting, ...]
    candidates: tuple[Candidate, ...] = ()
    order: tuple[Merge, ...] = ()
    problems: tuple[Problem, ...] = field(default=())

    @property
    def order_title(self) -> str:
        """What the suggested order is an order of: others than the contenders may be in it."""
        return (
            "Merge in this order"
            if len(self.candidates) == len(self.contenders)
            else "Merge all active forks in this order"
        )

    @property
    def clean(self) -> bool:
        """Whether each of them merges into the target, and with each other."""
        return not any(one.stops for one in self.contenders) and not any(one.stops for one in self.meetings)


def ancestor_of(parents: dict[str, str | None], sessions: list[str]) -> str | None:
    """The nearest session that all of these descend from (or are); None without one."""
    lines = [_line(parents, session) for session in sessions]
    return next((each for each in lines[0] if all(each in line for line in lines)), None) if lines else None


def _line(parents: dict[str, str | None], session: str) -> list[str]:
    """A session and those above it."""
    found: list[str] = []
    above: str | None = session
    while above is not None and above not in found:
        found.append(above)
        above = parents.get(above)
    return found
