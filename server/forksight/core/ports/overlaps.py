"""What the features need of the outside world, as protocols that the adapters fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # names of values cost nothing at start-up
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from forksight.core.git.snapshot import Attributes, Branch, Change, MergeResult, Snapshot, Worktree
    from forksight.core.git.watching import Attempt, FileEvent
    from forksight.core.problems import Problem
    from forksight.core.savings.spending import Spending
    from forksight.core.sessions.session import Activity, LiveProcess, Scope, Session


class Repository(Protocol):
    """One repository, read through git without leaving a trace. Every method may be called from any thread.

    All raise `GitError` when git can't be run at all; what concerns one worktree comes back as a `Problem`.
    """

    @property
    def common_dir(self) -> str:
        """The git common dir: absolute, resolved, what makes two worktrees one repository."""

    def worktrees(self) -> tuple[tuple[Worktree, ...], tuple[Problem, ...]]:
        """All usable worktrees, main first, then by path. Bare, missing, prunable and unreadable ones are problems."""

    def scan(self, worktree: Worktree) -> tuple[Snapshot, tuple[Problem, ...]]:
        """What `git add -A` would record there now. The worktree's head and branch are read anew.

        Raises `GitError` if this worktree can't be read (the caller turns that into `worktree-unreadable`).
        """

    def tree_changes(self, pairs: Sequence[tuple[str, str]]) -> list[Mapping[str, Change]]:
        """For each pair of tree ids the paths that differ, renames not followed. Cached by the pair."""

    def trees(self, commits: Sequence[str]) -> list[str]:
        """The tree id of each commit (or ref). Raises `GitError` for one that does not exist."""

    def merge_bases(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
        """All best common ancestors of each pair of commits, in no order; () without one. Cached by the pair."""

    def blobs(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of blobs: dirty content from the last scans, everything else from the object database.

        An object that is missing (a partial clone's) is left out of the answer; nothing is fetched.
        """

    def directories(self, commit: str) -> frozenset[str]:
        """The directories of a commit's tree, relative, without the top itself. Cached by the commit."""

    def ref_directories(self, *, everything: bool) -> tuple[str, ...]:
        """The folders that loose refs lie in, relative to the common dir: those of branches, or `everything`."""

    def entries(self) -> tuple[str, ...]:
        """The git dirs of linked worktrees, also of those that are being made, or are gone."""

    def attributes(self, worktree: Worktree, paths: Sequence[str]) -> Mapping[str, Attributes]:
        """The gitattributes in force for these paths in that worktree. Spawns only if there are attributes at all.

        `merge` is told as git would apply it: a driver that is not configured is no driver, `merge.default` is honoured.
        """

    def clean(self, worktree: Worktree, path: str, data: bytes) -> bytes | None:
        """What git would record for these working-tree bytes (line endings, ident); None if only a program could tell.

        Spawns nothing once `prepare_clean` was called for the path in its worktree; it is on the key-stroke path.
        """

    def prepare_clean(self, worktree: Worktree, paths: Sequence[str]) -> None:
        """Read what `clean` needs for these paths (attributes, config, what the index holds)."""

    def merges(self, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[MergeResult | None]:
        """`git merge-tree --write-tree` of each pair (ours, theirs), with everything written to a temporary object
        directory that is gone afterwards; None where git itself fails, as old versions do on some renames. Configured
        merge drivers are not run. For renames and several merge bases."""

    def renames(self, sides: Sequence[tuple[Snapshot, Snapshot]]) -> list[Mapping[str, str]]:
        """Renames as git's merge detects them between a base and what a snapshot would record, for each: old -> new path.

        Cached by what both hold.
        """

    def virtual_bases(self, several: Sequence[tuple[Snapshot, Snapshot, Sequence[str]]]) -> list[Snapshot | None]:
        """For pairs whose HEADs have these several merge bases: the base that git's recursive merge makes of them.

        It is a snapshot on top of the first of them, in no worktree; None where git itself fails. `blobs` has its bytes. Cached
        by the commits and the gitattributes.
        """

    def branches(self) -> tuple[Branch, ...]:
        """Local and remote-tracking branches, the last committed to first. Raises `GitError`."""

    def refs(self, names: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
        """(name, commit id) of refs; a pattern such as `origin/*` matches as `for-each-ref` does. Unknown: a problem."""


class Watch(Protocol):
    """One subscriber's directories. Every method may be called from any thread."""

    def replace(self, directories: Sequence[str]) -> Collection[str]:
        """Watch these directories (not what lies below them) from now on and no others, the first ones first.

        Those that exist and can't be watched come back. Call it again when directories came, went or moved.
        """

    def close(self) -> None:
        """Watch nothing any more."""


class Watcher(Protocol):
    """Tells when something in a directory changes."""

    @property
    def capacity(self) -> int | None:
        """How many directories may be watched in all; None if that does not matter here."""

    def subscribe(self, changed: Callable[[Sequence[FileEvent]], None]) -> Watch:
        """A subscriber that watches nothing yet. `changed` is called on the watcher's thread, and must be quick."""


class Mutes(Protocol):
    """The branches (or folder names of detached worktrees) whose overlaps are ignored; kept across restarts.

    Every method may be called from any thread; all raise `LedgerError` when the record can't be written.
    """

    def muted(self) -> frozenset[str]:
        """The muted labels (`Side.label`)."""

    def mute(self, label: str) -> None:
        """Ignore overlaps with it from now on."""

    def unmute(self, label: str) -> None:
        """Show overlaps with it again."""


class SessionReader(Protocol):
    """Claude Code's sessions, read and never written. Every method may be called from any thread; none raises."""

    def sessions(self, scope: Scope) -> tuple[tuple[Session, ...], tuple[Problem, ...]]:
        """The sessions of a repository, oldest first. What changed since the last call is read, and nothing else."""

    def activity(self, session: Session) -> tuple[Activity, tuple[Problem, ...]]:
        """What happened in a session, read from its whole transcript."""

    def spending(self, session: Session) -> tuple[Spending, tuple[Problem, ...]]:
        """What a session and its subagents were billed for, read from their whole transcripts."""

    def live(self) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
        """The Claude Code processes of this user that are really running, whatever repository they are in."""


class Machine(Protocol):
    """This machine, as the doctor looks at it."""

    def git_version(self) -> str:
        """Git's version. Raises `GitError` if it is missing or too old."""

    def claude_version(self, path: str) -> str:
        """What the claude binary at a path calls itself. Raises `ClaudeError`."""

    def try_watching(self, directories: Sequence[str]) -> Attempt:
        """Watch these directories as the server does, and stop again."""
