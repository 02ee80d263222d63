"""Worktrees and what they hold, as values that the git adapter yields and the overlap rules consume.

Paths are relative to the worktree's top, with `/`; bytes that are not UTF-8 are surrogate escapes.
"""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from forksight.core.frozen import dataclass

REGULAR, EXECUTABLE, SYMLINK, GITLINK = 0o100644, 0o100755, 0o120000, 0o160000


@dataclass(frozen=True, slots=True)
class Colleague:
    """The owner of a worktree on another machine, as they call themselves: untrusted text."""

    user: str
    host: str
    machine: str  # its id
    commit: str  # of the snapshot

    @property
    def label(self) -> str:
        """The name to show."""
        return f"{self.user} ({self.host})"


@dataclass(frozen=True, slots=True)
class Worktree:
    """A checkout: the main one, a linked one, or a colleague's that their machine shares."""

    path: str  # absolute and resolved, without a trailing slash
    git_dir: str
    head: str | None  # a commit id; None on an unborn branch
    branch: str | None  # its short name; None when detached
    main: bool = False
    locked: str | None = None  # the reason of `git worktree lock`, "" if none was given; None when not locked
    made: float | None = None  # when git made a linked one, in seconds since the epoch; None if unknown
    merging: tuple[str, ...] = ()  # the commits that an unfinished merge brings in (MERGE_HEAD)
    colleague: Colleague | None = None  # its `path` is the ref that it came by, and its own name, then

    @property
    def parents(self) -> tuple[str, ...]:
        """The parents that a commit in it would have now; () on an unborn branch."""
        return (self.head, *self.merging) if self.head is not None else ()

    @property
    def label(self) -> str:
        """The name to show: the branch, else the folder's name; for a colleague's worktree, the colleague's label."""
        if self.colleague:
            return self.colleague.label
        return self.branch or self.path.rpartition("/")[2]

    @property
    def full_label(self) -> str:
        """Like `label`, with the whole path if no branch is checked out."""
        return self.label if self.colleague else self.branch or self.path


@dataclass(frozen=True, slots=True)
class Branch:
    """A local branch (`feature/pay`) or a remote-tracking one (`origin/main`), and the path where it is checked out."""

    name: str
    remote: bool
    worktree: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a tree: git's mode and object id. The ids of dirty files' blobs are computed; the blobs are not written."""

    mode: int
    oid: str

    @property
    def regular(self) -> bool:
        """Whether it is a regular file, executable or not."""
        return self.mode in (REGULAR, EXECUTABLE)


@dataclass(frozen=True, slots=True)
class Change:
    """One path's entries in two trees; None if a tree does not have it."""

    old: Entry | None
    new: Entry | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What `git add -A` would record in a worktree, as a difference from its HEAD."""

    worktree: Worktree
    tree: str | None  # HEAD's tree id; None on an unborn branch
    changes: Mapping[str, Change] = field(default_factory=dict)  # by path, against HEAD
    # A changed file's modification time, seconds since the epoch.
    since: Mapping[str, float] = field(default_factory=dict)
    unmerged: frozenset[str] = frozenset()  # paths that are not compared
    # Changed paths whose recorded bytes can't be told (filter, working-tree-encoding, unreadable), with why.
    not_covered: Mapping[str, str] = field(default_factory=dict)


class Attribute(Enum):
    """The state of an attribute without a value."""

    UNSPECIFIED = "unspecified"
    SET = "set"
    UNSET = "unset"


@dataclass(frozen=True, slots=True)
class Attributes:
    """The gitattributes of a path that affect conversion or merging. A str is the attribute's value."""

    text: Attribute | str = Attribute.UNSPECIFIED
    eol: Attribute | str = Attribute.UNSPECIFIED
    crlf: Attribute | str = Attribute.UNSPECIFIED
    ident: Attribute | str = Attribute.UNSPECIFIED
    filter: Attribute | str = Attribute.UNSPECIFIED
    working_tree_encoding: Attribute | str = Attribute.UNSPECIFIED
    merge: Attribute | str = Attribute.UNSPECIFIED


@dataclass(frozen=True, slots=True)
class MergeMessage:
    """One informational message of `git merge-tree -z`: a stable type such as `CONFLICT (rename/delete)` and its paths."""

    kind: str
    paths: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class MergeResult:
    """The result of `git merge-tree --write-tree` for two snapshots: decisive where there are renames or several merge bases."""

    clean: bool
    tree: str  # the merged tree's id
    stages: Mapping[str, Mapping[int, Entry]]  # of each conflicted path: 1 base, 2 ours, 3 theirs
    messages: tuple[MergeMessage, ...]
