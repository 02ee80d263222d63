"""What is known of a fork, or of a worktree without a session, before anything is decided: its branch, its worktree and what is in that."""

from dataclasses import dataclass
from enum import StrEnum

from forksight.core.git.snapshot import Worktree
from forksight.core.sessions.session import LiveProcess, Node, is_worktree
from forksight.core.store.ledger import Fork


class Merged(StrEnum):
    """How a branch's work got into its target."""

    HISTORY = "history"  # its commits are there
    CONTENT = "content"  # merging it would change nothing: squashed, rebased, or done there too


@dataclass(frozen=True, slots=True)
class Stash:
    """An entry of `git stash list`."""

    ref: str  # stash@{0}
    branch: str | None  # the branch it was made on, None if that is not known
    subject: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as a person recognises it."""

    id: str
    subject: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a worktree besides its HEAD. Paths are relative to it, folders have a `/` at the end."""

    uncommitted: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    # Ignored files that exist nowhere else.
    ignored: tuple[str, ...] = ()
    # Ignored files that the main checkout has too, byte for byte, and links to what exists.
    copied: tuple[str, ...] = ()
    # Ignored folders that can be made again, such as `__pycache__/`.
    caches: tuple[str, ...] = ()
    # Paths in the middle of a merge.
    unmerged: tuple[str, ...] = ()
    # What was begun and not finished: `rebase`, `merge`, `bisect` …; None: nothing.
    operation: str | None = None
    # Whether a submodule is checked out that has a history of its own.
    submodules: bool = False


@dataclass(frozen=True, slots=True)
class Lock:
    """A worktree's lock (`git worktree lock`)."""

    reason: str
    # The process that the reason names, and whether that still runs; None where it names none, or nobody can tell.
    pid: int | None = None
    alive: bool | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A worktree that may be removed."""

    worktree: Worktree
    # Its folder is gone: git calls it prunable.
    missing: bool = False
    # Something is in its folder that is no worktree.
    broken: bool = False
    # It can't be looked at; then it counts as broken too.
    unreadable: bool = False
    lock: Lock | None = None
    # The paths of other worktrees that lie in it.
    inside: tuple[str, ...] = ()
    # The folder that a missing one is missing from, if that was looked at and is no mount point that may be empty; else None.
    missing_from: str | None = None
    # When it was made, in seconds since the epoch; None if that is not known.
    made: float | None = None
    # None where nobody has read it.
    contents: Contents | None = None


@dataclass(frozen=True, slots=True)
class Keepers:
    """The names of the branches that stay and have the commits of what goes."""

    # Those that it is to be merged into.
    targets: tuple[str, ...] = ()
    # The others: what was pushed for review, somebody's copy.
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """A local branch that may be deleted."""

    name: str
    commit: str
    # The name of the branch that it is to be merged into; None if there is none.
    target: str | None = None
    # The names of all branches that it may be merged into.
    targets: tuple[str, ...] = ()
    # How its work got into the target; None if it did not.
    merged: Merged | None = None
    # Whether it has had commits of its own: one that never had is merged by definition.
    worked: bool = True
    # Whether it points at where it was made.
    untouched: bool = False
    # Why it stays whatever becomes of the fork; None if it may go.
    kept: str | None = None
    # What the repository's config says of it: names and values.
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one fork."""

    node: Node
    # The record that we made of it; None for a fork made elsewhere.
    fork: Fork | None = None
    # Its worktree; None if git knows none.
    place: Place | None = None
    # The name of the branch that it is for, and that branch; None if there is none of that name.
    expected: str | None = None
    branch: BranchFacts | None = None
    # It inherited nothing although the session that it was forked from is there.
    blank: bool = False
    # Who else needs its worktree, a phrase each.
    company: tuple[str, ...] = ()
    # The person is in its worktree.
    here: bool = False
    # A Claude Code that works in its worktree and may run it: which session that is is not known.
    stranger: LiveProcess | None = None
    # Why its session may be at work where nobody looked; None if it is known where it is.
    unfound: str | None = None
    # When it was brought back from the archive last, in seconds since the epoch.
    restored: float | None = None

    @property
    def is_worktree(self) -> bool:
        """Whether it is a worktree that no session works in."""
        return is_worktree(self.node.id)

    @property
    def started(self) -> bool:
        """Whether there is a transcript."""
        return self.node.session is not None

    @property
    def touched(self) -> float:
        """When anything last happened to the fork, in seconds since the epoch."""
        fork = self.fork
        recorded = (fork.created, fork.started or 0.0) if fork else ()
        return max(self.node.last_active, self.restored or 0.0, *recorded)
