"""The ports to git: protocols that `adapters.git` implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a port costs nothing at start-up
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from forksight.core.cleanup.facts import Commit, Contents, Place, Stash
    from forksight.core.git.branches import Branches, BranchOrigin, Remote
    from forksight.core.git.snapshot import Attributes, Branch, Change, Entry, MergeResult, Snapshot, Worktree
    from forksight.core.merge.three_way import ConflictStyle
    from forksight.core.problems import Problem


class Repository(Protocol):
    """One repository, read through git without writing anything. Thread-safe.

    All methods raise `GitError` if git can't be run at all. What concerns a single worktree is returned as a `Problem`.
    """

    def __hash__(self) -> int:
        """There is one instance for each common dir."""

    @property
    def common_dir(self) -> str:
        """The git common dir, absolute and resolved. Worktrees with the same common dir belong to one repository."""

    def worktrees(self) -> tuple[tuple[Worktree, ...], tuple[Problem, ...]]:
        """All usable worktrees, the main one first, then by path. Bare, missing, prunable and unreadable ones are problems."""

    def container(self, path: str) -> str | None:
        """The folder around a bare repository, or the repository itself, if a resolved path lies in it; else None.

        Only for paths that lie in no worktree: a main checkout's folder leads to the repository, too.
        """

    def scan(self, worktree: Worktree, path: str | None = None) -> tuple[Snapshot, tuple[Problem, ...]]:
        """What `git add -A` would record in a worktree now, with its current head and branch; and problems.

        With a `path`, only that path's uncommitted state; such a scan must not follow a whole one, whose bytes it would
        replace. Raises `GitError` if the worktree can't be read (the caller reports it as `worktree-unreadable`).
        """

    def tree_changes(self, pairs: Sequence[tuple[str, str]]) -> list[Mapping[str, Change]]:
        """For each pair of tree ids the paths that differ. Renames are not detected. Cached by pair."""

    def entry_at(self, tree: str, path: str) -> Entry | None:
        """A tree's entry at a path (file or folder), or None. Only reads the trees on the way; `GitError` if one is missing."""

    def files_of(self, tree: str) -> Mapping[str, Entry]:
        """All files in a tree, by path. Not cached, since it is as large as the tree. Raises `GitError`."""

    def trees(self, commits: Sequence[str]) -> list[str]:
        """Commit or ref -> its tree id. Raises `GitError` if one does not exist."""

    def merge_bases(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
        """The merge bases of each pair of commits, unordered; () if there are none. Cached by pair."""

    def merge_state(self) -> object:
        """A value that changes when the same commits and files would merge differently.

        That happens through settings, replaced or grafted commits, or deepening a shallow clone. Reading it also invalidates
        the caches that depend on it.
        """

    def is_shallow(self) -> bool:
        """Whether this is a shallow clone, in which common ancestors of commits may be missing."""

    def blobs(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of blobs by id: of dirty files from the last scans, all others from the object database.

        Missing objects (in a partial clone) are left out; nothing is fetched.
        """

    def hold(self, worktree: Worktree, path: str, data: bytes) -> str:
        """Hold an unsaved document's bytes in memory; returns the id of the blob that git would record. Nothing is written.

        `data` is the result of `to_git`. `blobs`, `renames` and `merges` know the bytes until `hold` was called twice more for
        this path with other bytes.
        """

    def borrow(self, folder: str) -> None:
        """Read objects from another object directory, too. It need not exist."""

    def on_disk(self, path: str) -> bytes | None:
        """A file's bytes on disk, or None if it is missing, unreadable, too big or no regular file. Links are followed."""

    def directories(self, commit: str) -> frozenset[str]:
        """All directories of a commit's tree as relative paths, without the top itself. Cached by commit."""

    def ref_directories(self, *, everything: bool) -> tuple[str, ...]:
        """The folders with loose refs, relative to the common dir: those of branches, or (`everything`) of all refs."""

    def entries(self) -> tuple[str, ...]:
        """The git dirs of linked worktrees, including worktrees that are being made or whose folder is gone."""

    def attributes(self, worktree: Worktree, paths: Sequence[str]) -> Mapping[str, Attributes]:
        """The effective gitattributes of these paths in that worktree. Starts git only if there are attribute files.

        The attribute `merge` is resolved as git does it: an unconfigured driver counts as none, `merge.default` is applied.
        """

    def to_git(self, worktree: Worktree, path: str, data: bytes) -> bytes | None:
        """The bytes that git would record for these working-tree bytes; None if only a program could tell.

        With merge.renormalize, the bytes that a merge would use. Starts no process once `prepare_conversion` was called for the
        path in its worktree, since key strokes call it.
        """

    def prepare_conversion(self, worktree: Worktree, paths: Sequence[str]) -> None:
        """Read what `to_git` needs for these paths: attributes, configuration, the index."""

    def conflict_style(self, worktree: Worktree) -> ConflictStyle:
        """The merge.conflictStyle in force for a merge in that worktree."""

    def renormalized(self, worktree: Worktree, blobs: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """With merge.renormalize, the blobs that a merge in that worktree replaces by what git would record now.

        (path, blob id) -> the id of the replacement, whose bytes `blobs` knows from then on. Blobs that stay the same are left
        out; without merge.renormalize that is all of them.
        """

    def merges(self, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[MergeResult | None]:
        """The results of `git merge-tree --write-tree` for pairs (ours, theirs); None where git fails, as old versions may.

        For renames and several merge bases. Objects are written to a temporary object directory that is removed afterwards.
        Configured merge drivers are not run.
        """

    def merges_in_turn(self, worktree: str, onto: str, commits: Sequence[str]) -> list[MergeResult | None]:
        """The results of merging commits one after the other into `onto`, each into the result of the clean merges before it.

        As `merges`, with the gitattributes of the files in `worktree`. None where git fails, and everywhere if merge drivers
        are configured.
        """

    def renames(self, sides: Sequence[tuple[Snapshot, Snapshot]]) -> list[Mapping[str, str]]:
        """For each (base, snapshot), the renames that git's merge detects: old -> new path. Cached by the contents of both."""

    def virtual_bases(self, several: Sequence[tuple[Snapshot, Snapshot, Sequence[str]]]) -> list[Snapshot | None]:
        """For pairs whose HEADs have these several merge bases: the virtual base that git's recursive merge makes of them.

        It is a snapshot of no worktree, on top of the first merge base; None where git fails. `blobs` knows its bytes. Cached
        by the commits and the gitattributes.
        """

    def branches(self) -> tuple[Branch, ...]:
        """Local and remote-tracking branches, the one with the latest commit first. Raises `GitError`."""

    def refs(self, names: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
        """(name, commit id) of refs; patterns such as `origin/*` match as in `for-each-ref`. Missing refs are problems."""


class History(Protocol):
    """Questions about the history between two commits. Answers are cached. All methods raise `GitError`."""

    def commits(self, old: str, new: str) -> int:
        """How many commits `new` has that `old` has not."""

    def apart(self, commit: str, other: str) -> tuple[int, int]:
        """(ahead, behind): how many commits `commit` has that `other` has not, and the other way round."""

    def moves(self, old: str, new: str) -> Mapping[str, str]:
        """The files that were renamed between the commits, old path -> new path, as `git diff -M` detects them."""


class WorktreeMaker(Protocol):
    """Makes and removes worktrees and branches as the person's own git would, with their hooks and filters.

    All methods raise `GitError` with one sentence. A method that fails leaves nothing behind.
    """

    def registered(self) -> tuple[Worktree, ...]:
        """Every worktree that git lists, including those whose folder is gone. A bare repository itself is left out."""

    def branch(self, name: str) -> str | None:
        """The commit that a local branch points at; None if it does not exist. Raises `UsageError` for an invalid name."""

    def remote_branches(self, name: str) -> tuple[str, ...]:
        """The remote-tracking branches of that name (`origin/name`), one for each remote that has it.

        If checkout.defaultRemote has it, only that one, as git does.
        """

    def check(self, path: str, branch: str, gone: Collection[str] = ()) -> None:
        """Raise `GitError` if git would refuse to make that worktree of an existing branch.

        It does if an unfinished rebase or bisection elsewhere uses the branch, or if the path is that of a missing, locked
        worktree. `gone` are worktrees that will be removed before.
        """

    def commit(self, ref: str, worktree: str) -> str:
        """The commit that a ref or revision means in a worktree."""

    def commit_at(self, moment: float, worktree: str) -> str | None:
        """The HEAD that a worktree had at a moment (seconds since the epoch); None if there was no commit."""

    def create_branch(self, name: str, commit: str, upstream: str | None, source: str | None = None) -> None:
        """Make a branch, with an upstream if one is given. Its reflog names `source` as what it was made from."""

    def delete_branch(self, name: str, commit: str) -> None:
        """Delete a branch if it still points at `commit` and is checked out nowhere; otherwise leave it."""

    def create(self, path: str, branch: str) -> tuple[Problem, ...]:
        """Make a worktree of exactly that branch. A listed one whose folder is gone is made again.

        A failing post-checkout hook is a problem in the result: the worktree is complete, as with git itself.
        """

    def remove(self, path: str) -> None:
        """Remove a worktree with all its contents, also one that a killed process left incomplete."""

    def is_disposable(self, path: str) -> bool:
        """Whether a worktree can be removed without loss: it does not exist, was never completed, or has only what HEAD has.

        Ignored files do not count. It is not disposable where nobody can tell.
        """

    def included(self, source: str) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """The ignored files (relative) that a checkout's `.worktreeinclude` asks to copy to worktrees; and problems with it."""

    def tracked(self, commit: str, paths: Sequence[str]) -> frozenset[str]:
        """Those of the relative paths that a commit has, as files or folders."""

    def ignores(self, worktree: str, path: str) -> bool:
        """Whether a path (relative) is ignored there."""

    def excludes(self, pattern: str) -> bool:
        """Whether the repository's own exclude file has that line. Raises `GitError` if it can't be read."""

    def exclude(self, pattern: str) -> None:
        """Add a line to the repository's own exclude file, unless it has it."""

    def stop_excluding(self, pattern: str) -> None:
        """Remove a line from that file, if it is the last line, as one that was just added is."""


class Survey(Protocol):
    """What cleaning up must know of a repository. Nothing is written. Thread-safe; all methods raise `GitError`."""

    def places(self) -> tuple[Place, ...]:
        """Every worktree that git lists, the main one first; their contents are not read."""

    def branches(self) -> Branches:
        """All branches."""

    def origins(self, names: Sequence[str]) -> Mapping[str, BranchOrigin]:
        """How each branch was made. Branches whose reflog does not reach back to that are left out."""

    def renamed(self) -> Mapping[str, str]:
        """Former name -> current name of renamed local branches. Names that a branch has now are left out."""

    def included(self, commit: str) -> frozenset[str]:
        """The local branches whose tips are in a commit's history."""

    def holding(self, commit: str) -> tuple[str, ...]:
        """The branches that have a commit in their history: local ones first, then remote-tracking ones."""

    def unshared(
        self, tips: Mapping[str, str], known: Sequence[str]
    ) -> tuple[Mapping[str, Commit], Mapping[str, frozenset[str]]]:
        """The commits of `tips` that no remote-tracking branch and none of `known` reaches.

        By id, newest first; and for each the names of the tips that reach it. `tips` maps names to commits.
        """

    def commits(self, base: str | None, head: str) -> tuple[Commit, ...]:
        """The commits of `head` that `base` has not (all, if that is None), newest first."""

    def stashes(self) -> tuple[Stash, ...]:
        """The stash entries, newest first."""

    def contents(self, worktree: Worktree, main: str | None) -> Contents:
        """What a worktree holds besides its HEAD; `main` is the checkout that ignored files may have been copied from.

        For a worktree whose folder is gone: what was staged in it, and an unfinished operation.
        """


class Merger(Protocol):
    """Merges branches in a worktree as the person's own git would: their hooks, signatures, drivers and settings apply.

    `run` (a word) is noted in the reflog of each change. All methods raise `GitError`.
    """

    def land(self, worktree: str, branch: str, commit: str, *, method: str, message: str, run: str) -> str:
        """Merge a branch, which is at `commit`, into what is checked out in a worktree; returns the HEAD afterwards.

        `method` is merge, squash (one commit with that message) or rebase (its commits one by one; the branch itself does not
        move). A conflict or any other failure is aborted, which restores the state before.
        """

    def abort(self, worktree: str, commit: str) -> None:
        """Abort what a killed process left of landing that commit, if anything."""

    def made_by(self, worktree: str, branch: str, run: str) -> bool:
        """Whether the last change of a branch was made by that run."""

    def move(self, worktree: str, old: str, new: str, run: str) -> None:
        """Move what is checked out in a worktree from commit `old` to `new`. Uncommitted changes are kept, or it fails.

        Nothing is done if it is at `new` already. Any other commit than `old` is an error.
        """


class Remotes(Protocol):
    """The remotes that a repository's branches are pushed to. All methods raise `GitError`."""

    def of(self, branch: str) -> Remote | None:
        """The remote that a branch is pushed to, by the person's settings; None if unknown."""

    def requested_at(self, pushed_to: Remote) -> Remote:
        """The remote at which pull requests for branches pushed to `pushed_to` are opened: another one, if that is a fork."""

    def push(self, worktree: str, remote: str, branch: str, commit: str) -> None:
        """Push a commit to a remote's branch, without forcing. Git runs in `worktree`."""
