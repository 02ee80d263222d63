"""A plan to clean up, as a value: which forks go and why, what would be lost with each, what keeps one from going."""

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
    """What keeps a fork from being cleaned up, whatever is asked for."""

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
    """Why a fork is proposed, for programs and for people."""

    why: Why
    text: str


@dataclass(frozen=True, slots=True)
class Hold:
    """What holds a fork, for programs and for people."""

    bar: Bar
    text: str
    # The process behind it, and whether that runs; None where there is none, or nobody can tell.
    pid: int | None = None
    alive: bool | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """What would be lost with a fork, if nobody kept it. Paths are relative to its worktree."""

    uncommitted: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    stashes: tuple[Stash, ...] = ()
    commits: tuple[Commit, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.uncommitted or self.untracked or self.ignored or self.stashes or self.commits)

    def beyond(self, other: "Lost") -> "Lost":
        """What this has that the other has not."""
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
    """One fork in a plan to clean up, decided from facts. An entry that is held is only shown."""

    facts: Facts
    reasons: tuple[Reason, ...]
    # What goes: the worktree's path, the branch, the transcript's path; None for what stays or is not there.
    worktree: str | None = None
    branch: BranchFacts | None = None
    transcript: str | None = None
    lost: Lost = Lost()
    holds: tuple[Hold, ...] = ()
    # What stays although the fork goes, and why.
    stays: tuple[str, ...] = ()
    # It was made a moment ago and may be about to begin.
    fresh: bool = False
    # What was seen that makes it safe to let it go, and what nobody saw that would have to be: a phrase each.
    seen: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def session(self) -> str:
        """The fork's id."""
        return self.facts.node.id

    @property
    def at_risk(self) -> bool:
        """Whether it goes only with a yes of its own."""
        return bool(self.lost or self.unseen) or self.fresh


@dataclass(frozen=True, slots=True)
class CleanPlan:
    """What cleaning up comes to: everything decided, nothing done yet."""

    repository: str  # the common dir
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()


def _without(paths: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    known = frozenset(known)
    return tuple(path for path in paths if path not in known)
