"""What landing forks would do: everything is decided, nothing is done yet."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from forksight.core.cleanup.facts import Commit
from forksight.core.overlaps.overlap import Kind, Lines
from forksight.core.problems import Problem

Method = Literal["merge", "squash", "rebase"]


class Bar(StrEnum):
    """What keeps a fork from being landed."""

    LIVE = "live"
    UNCOMMITTED = "uncommitted"
    OPERATION = "operation"
    UNREADABLE = "unreadable"
    NO_TARGET = "no-target"
    TARGET_ELSEWHERE = "target-not-checked-out"
    TARGET_UNCOMMITTED = "target-uncommitted"


class Fate(StrEnum):
    """What became of a fork in the plan."""

    PROPOSED = "proposed"
    LANDED = "landed"
    STOPS = "stops"  # merging it would stop at a conflict
    WAITS = "waits"  # it comes after one that stops
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Hold:
    """What keeps a fork from being landed."""

    bar: Bar
    text: str  # for people
    command: str | None = None  # a shell line that ends it; None without one


@dataclass(frozen=True, slots=True)
class Stop:
    """A file at which merging a fork would stop, or that a clean merge breaks."""

    path: str
    kind: Kind
    lines: tuple[Lines, ...]  # on the fork's side
    other: str  # the label of the fork or target that it meets
    symbol: str | None = None  # what a semantic kind is about


@dataclass(frozen=True, slots=True)
class Target:
    """The branch that forks are merged into, and the worktree that it is checked out in."""

    branch: str
    worktree: str
    commit: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One fork that may be landed."""

    label: str
    branch: str
    commit: str
    # Its session's id; None for a branch without one.
    session: str | None
    # The path of its worktree; None if it has none.
    worktree: str | None
    # What it is to be merged into; None if there is nothing that it can be merged into here.
    target: Target | None
    # What the target has not, newest first.
    commits: tuple[Commit, ...] = ()
    holds: tuple[Hold, ...] = ()
    # Where merging it would stop, after those that come before it in the order.
    stops: tuple[Stop, ...] = ()
    # What merging it would break there, though git merges it cleanly.
    breaks: tuple[Stop, ...] = ()

    @property
    def message(self) -> str:
        """The message of the commit that squashing makes: what was committed in the fork, the oldest first."""
        subjects = [commit.subject for commit in reversed(self.commits)]
        if len(subjects) == 1:
            return subjects[0]
        return "\n".join([f"Merge {self.branch}", "", *(f"* {subject}" for subject in subjects)])


@dataclass(frozen=True, slots=True)
class LandPlan:
    """Forks in the order in which they are landed; those that are held come last."""

    repository: str  # the common dir
    method: Method
    # The shell command that is run after each merge; empty: none.
    test: str
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()

    def fates(self) -> dict[str, Fate]:
        """What would become of each entry, by branch: of each target's, those before the first that stops would land."""
        stopped: set[str] = set()
        fates = {}
        for entry in self.entries:
            target = entry.target.branch if entry.target else ""
            if entry.holds:
                fates[entry.branch] = Fate.HELD
            elif target in stopped:
                fates[entry.branch] = Fate.STOPS if entry.stops else Fate.WAITS
            elif entry.stops:
                stopped.add(target)
                fates[entry.branch] = Fate.STOPS
            else:
                fates[entry.branch] = Fate.PROPOSED
        return fates
