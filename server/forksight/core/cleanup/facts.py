"""Cleaning up as values: what is known of forks, and a plan that says what goes, what would be lost and what holds it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from forksight.core.git.snapshot import Worktree
from forksight.core.problems import Problem
from forksight.core.sessions.session import Node
from forksight.core.store.ledger import Fork


class Why(StrEnum):
    """Why a fork is proposed."""

    IDLE = "idle"
    MERGED = "merged"
    BRANCH_GONE = "branch-gone"
    WORKTREE_GONE = "worktree-gone"
    EMPTY = "empty"
    NEVER_STARTED = "never-started"
    REFRESH = "refresh"
    ASKED = "asked"


class Merged(StrEnum):
    """How a branch's work got into its target."""

    HISTORY = "history"  # its commits are there
    CONTENT = "content"  # merging it would change nothing: squashed, rebased, or done there too


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


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a fork is proposed, for programs and for people."""

    why: Why
    text: str


@dataclass(frozen=True, slots=True)
class Hold:
    """What holds a fork. `pid` is the process behind it, `alive` whether that runs; both None where there is none."""

    bar: Bar
    text: str
    pid: int | None = None
    alive: bool | None = None


@dataclass(frozen=True, slots=True)
class Stash:
    """An entry of `git stash list`, made on a branch."""

    ref: str
    branch: str | None
    subject: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as a person recognises it."""

    id: str
    subject: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a worktree besides its HEAD: paths relative to it, folders with a `/` at the end.

    `ignored` are ignored files that exist nowhere else, `copied` those that the main checkout has too, byte for byte, and
    links to what exists; `caches` can be made again. `unmerged` are paths in the middle of a merge, `operation` is what
    was begun and not finished (`rebase`).
    """

    uncommitted: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    caches: tuple[str, ...] = ()
    unmerged: tuple[str, ...] = ()
    operation: str | None = None
    submodules: bool = False


@dataclass(frozen=True, slots=True)
class Lock:
    """A worktree's lock. `pid` is the process that its reason names, `alive` whether that still runs."""

    reason: str
    pid: int | None = None
    alive: bool | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A worktree as cleaning sees it. `missing`: its folder is gone; `broken`: something is there that is no worktree.

    `inside` are other worktrees that lie in it. `made` is when, in seconds since the epoch; None if that is not known.
    `contents` is None where nobody looked.
    """

    worktree: Worktree
    missing: bool = False
    broken: bool = False
    lock: Lock | None = None
    inside: tuple[str, ...] = ()
    made: float | None = None
    contents: Contents | None = None


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """A local branch as cleaning sees it. `target` is what it is to be merged into, by name.

    `worked`: it has had commits of its own. `kept`: it stays whatever becomes of the fork, and why.
    `settings` are what the repository's config says of it.
    """

    name: str
    commit: str
    target: str | None = None
    merged: Merged | None = None
    worked: bool = True
    kept: str | None = None
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one fork. `expected` is the branch it is for; `branch` that branch, None if there is none.

    `blank`: it inherited nothing although what it was made of is there. `company` says who else needs its worktree.
    `here`: the person is in it. `restored` is when it was brought back last.
    """

    node: Node
    fork: Fork | None = None
    place: Place | None = None
    expected: str | None = None
    branch: BranchFacts | None = None
    blank: bool = False
    company: tuple[str, ...] = ()
    here: bool = False
    restored: float | None = None

    @property
    def started(self) -> bool:
        """Whether there is a transcript."""
        return self.node.session is not None

    @property
    def touched(self) -> float:
        """When anything last happened to the fork, in seconds since the epoch."""
        fork = self.fork
        made = (fork.created, fork.started or 0.0) if fork else ()
        return max(self.node.last_active, self.restored or 0.0, *made)


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
        known = {commit.id for commit in other.commits}
        subjects = {stash.subject for stash in other.stashes}
        return Lost(
            _without(self.uncommitted, other.uncommitted),
            _without(self.untracked, other.untracked),
            _without(self.ignored, other.ignored),
            tuple(stash for stash in self.stashes if stash.subject not in subjects),
            tuple(commit for commit in self.commits if commit.id not in known),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One fork in a plan to clean up, decided from facts.

    `worktree`, `branch` and `transcript` are what goes, None for what stays or is not there; `stays` says why. `fresh`:
    it was made a moment ago and may be about to begin. An entry that is held is only shown.
    """

    facts: Facts
    reasons: tuple[Reason, ...]
    worktree: str | None = None
    branch: BranchFacts | None = None
    transcript: str | None = None
    lost: Lost = Lost()
    holds: tuple[Hold, ...] = ()
    stays: tuple[str, ...] = ()
    fresh: bool = False

    @property
    def session(self) -> str:
        """The fork's id."""
        return self.facts.node.id

    @property
    def at_risk(self) -> bool:
        """Whether it goes only with a yes of its own."""
        return bool(self.lost) or self.fresh


@dataclass(frozen=True, slots=True)
class CleanPlan:
    """What cleaning up comes to: everything decided, nothing done yet. `repository` is the common dir."""

    repository: str
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()


def _without(paths: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    known = frozenset(known)
    return tuple(path for path in paths if path not in known)
