"""A plan to clean up, as a value: which forks are proposed and why, what would be lost with each, what prevents it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from forksight.core.cleanup.facts import BranchFacts, Commit, Facts, Stash
from forksight.core.problems import Problem


class Why(StrEnum):
    """Why a fork is proposed."""

    IDLE = "idle"
    MERGED = "merged"
    BRANCH_GONE = "branch-gone"
    WORKTREE_GONE = "worktree-gone"
    EMPTY = "empty"
    NEVER_STARTED = "never-started"
    REFRESH = "refresh"
    FINDINGS = "findings"
    ASKED = "asked"


class Bar(StrEnum):
    """What prevents a fork from being cleaned up, whatever the person says."""

    LIVE = "live"
    LOCKED = "locked"
    HERE = "here"
    OPERATION = "operation"
    UNMERGED = "unmerged"
    NESTED = "nested"
    SUBMODULES = "submodules"
    UNBORN = "unborn"
    BROKEN = "broken"
    STRANDED = "stranded"


class Fate(StrEnum):
    """What became of a fork in the plan."""

    PROPOSED = "proposed"
    CLEANED = "cleaned"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a fork is proposed, as a code and as a sentence."""

    why: Why
    text: str


@dataclass(frozen=True, slots=True)
class Hold:
    """What prevents a fork from being cleaned up, as a code and as a sentence."""

    bar: Bar
    text: str
    # The process behind it, and whether it runs; None if there is none, or if that is unknown.
    pid: int | None = None
    alive: bool | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """What would be lost with a fork if it were not archived. Paths are relative to its worktree."""

    uncommitted: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    stashes: tuple[Stash, ...] = ()
    commits: tuple[Commit, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.uncommitted or self.untracked or self.ignored or self.stashes or self.commits)

    def beyond(self, other: "Lost") -> "Lost":
        """The losses that are not among the other's."""
        commits = {commit.id for commit in other.commits}
        subjects = {stash.subject for stash in other.stashes}
        return Lost(
            _without(self.uncommitted, other.uncommitted),
            _without(self.untracked, other.untracked),
            _without(self.ignored, other.ignored),
            tuple(stash for stash in self.stashes if stash.subject not in subjects),
            tuple(commit for commit in self.commits if commit.id not in commits),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One fork in a plan to clean up. An entry with `holds` is only shown."""

    facts: Facts
    reasons: tuple[Reason, ...]
    # What is removed: the worktree's path, the branch, the transcript's path; None for what stays or does not exist.
    worktree: str | None = None
    branch: BranchFacts | None = None
    transcript: str | None = None
    lost: Lost = Lost()
    holds: tuple[Hold, ...] = ()
    stays: tuple[str, ...] = ()  # which parts stay although the fork is cleaned up, and why
    fresh: bool = False  # it was made a moment ago and may be about to start
    # The evidence that makes it safe, and the evidence that is missing (`core.cleanup.evidence`): a phrase each.
    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def session(self) -> str:
        """The fork's id."""
        return self.facts.node.id

    @property
    def at_risk(self) -> bool:
        """Whether it is only cleaned up if the person agrees to this fork by itself."""
        return bool(self.lost or self.unseen) or self.fresh


@dataclass(frozen=True, slots=True)
class CleanPlan:
    """What cleaning up would do."""

    repository: str  # the common dir
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()


def _without(paths: Sequence[str], others: Collection[str]) -> tuple[str, ...]:
    excluded = frozenset(others)
    return tuple(path for path in paths if path not in excluded)
