"""The facts about a fork, or about a worktree without a session, from which `rules` decides: its branch, worktree and contents."""

from dataclasses import dataclass
from enum import StrEnum

from forksight.core.git.snapshot import Worktree
from forksight.core.sessions.session import LiveProcess, Node, is_worktree
from forksight.core.store.ledger import Fork


class Merged(StrEnum):
    """How a branch's work got into its target."""

    HISTORY = "history"  # the target has its commits
    # Merging it would change nothing: it was squashed or rebased, or the target made the same changes.
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Stash:
    """An entry of `git stash list`."""

    ref: str  # stash@{0}
    branch: str | None  # the branch it was made on, None if that is not known
    subject: str


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit."""

    id: str
    subject: str  # the first line of its message


@dataclass(frozen=True, slots=True)
class Contents:
    """What a worktree holds besides its HEAD. Paths are relative to the worktree; folders end in `/`."""

    uncommitted: tuple[str, ...] = ()  # changed tracked files
    untracked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()  # ignored files that exist nowhere else
    copied: tuple[
        str, ...
    ] = ()  # ignored files that the main checkout has with the same bytes, and links to existing files
    caches: tuple[str, ...] = ()  # ignored folders that programs make again, such as `__pycache__/`
    unmerged: tuple[str, ...] = ()  # paths with an unresolved conflict
    operation: str | None = None  # an unfinished git operation: `rebase`, `merge`, `bisect` …
    busy: str | None = None  # the path of a lock in its git dir, of a git that is at work or was killed
    submodules: bool = False  # whether a submodule is checked out, which has a history of its own


@dataclass(frozen=True, slots=True)
class Lock:
    """A worktree's lock (`git worktree lock`)."""

    reason: str
    # The process that the reason names, and whether it still runs; None if the reason names none, or if nobody can tell here.
    pid: int | None = None
    alive: bool | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A worktree that git lists, and its state on disk."""

    worktree: Worktree
    missing: bool = False  # its folder is gone (git calls it prunable)
    broken: bool = False  # its folder is there and is no worktree
    unreadable: bool = False  # nobody can look into its folder; `broken` is set as well
    lock: Lock | None = None
    inside: tuple[str, ...] = ()  # the paths of other worktrees inside of it
    # If `missing`: the parent folder that was read and does not have it. None if that could not be read, or may be the mount
    # point of a disk that is not mounted.
    missing_from: str | None = None
    made: float | None = None  # when it was made, in seconds since the epoch; None if unknown
    contents: Contents | None = None  # None if they were not read


@dataclass(frozen=True, slots=True)
class Keepers:
    """The names of the remaining branches that have the commits of what is removed."""

    targets: tuple[str, ...] = ()  # branches that the work is to be merged into
    others: tuple[str, ...] = ()  # any others: a branch that was pushed for review, somebody's copy


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """A local branch that may be deleted."""

    name: str
    commit: str
    target: str | None = None  # the branch that it is to be merged into
    targets: tuple[str, ...] = ()  # all branches that it may be merged into
    merged: Merged | None = None  # how its work got into the target; None if it did not
    worked: bool = True  # whether it ever had commits of its own; without any, being merged means nothing
    untouched: bool = False  # whether it still points at the commit that it was made at
    kept: str | None = None  # why it may not be deleted; None if it may
    settings: tuple[tuple[str, str], ...] = ()  # its `branch.<name>.<key>` settings: key, value


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known about one fork."""

    node: Node
    fork: Fork | None = None  # the ledger's record of it; None for a fork made elsewhere
    place: Place | None = None  # its worktree; None if git lists none
    expected: str | None = None  # the name of the branch that it is for
    branch: BranchFacts | None = None  # that branch; None if it does not exist
    blank: bool = False  # it inherited nothing, although its parent's transcript is there
    company: tuple[str, ...] = ()  # who else needs its worktree, a phrase each
    here: bool = False  # the person is in its worktree
    # A Claude Code process in its worktree that may run it: it does not say which session it runs.
    stranger: LiveProcess | None = None
    unfound: str | None = None  # why its session may be live where nobody can look; None if all places were looked at
    restored: float | None = None  # when it was last restored from the archive, in seconds since the epoch

    @property
    def is_worktree(self) -> bool:
        """Whether it stands for a worktree without a session."""
        return is_worktree(self.node.id)

    @property
    def started(self) -> bool:
        """Whether it has a transcript."""
        return self.node.session is not None

    @property
    def touched(self) -> float:
        """When anything last happened to the fork, in seconds since the epoch."""
        fork = self.fork
        recorded = (fork.created, fork.started or 0.0) if fork else ()
        return max(self.node.last_active, self.restored or 0.0, *recorded)
