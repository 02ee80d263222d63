"""What the features ask of git, as protocols that `adapters.git` fills."""

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
    """One repository, read through git without leaving a trace. Every method may be called from any thread.

    All raise `GitError` when git can't be run at all; what concerns one worktree comes back as a `Problem`.
    """

    def __hash__(self) -> int:
        """There is one for each common dir."""

    @property
    def common_dir(self) -> str:
        """The git common dir: absolute, resolved, what makes two worktrees one repository."""

    def worktrees(self) -> tuple[tuple[Worktree, ...], tuple[Problem, ...]]:
        """All usable worktrees, main first, then by path. Bare, missing, prunable and unreadable ones are problems."""

    def container(self, path: str) -> str | None:
        """The folder around a bare repository, or the repository itself, if a resolved path lies in it; else None.

        To be asked about a path that lies in no worktree: a main checkout's folder leads to the repository too.
        """

    def scan(self, worktree: Worktree, path: str | None = None) -> tuple[Snapshot, tuple[Problem, ...]]:
        """What `git add -A` would record there now. The worktree's head and branch are read anew.

        With a `path`, the uncommitted state of that one alone: it must not follow a whole scan, whose bytes it replaces.
        Raises `GitError` if this worktree can't be read (the caller turns that into `worktree-unreadable`).
        """

    def tree_changes(self, pairs: Sequence[tuple[str, str]]) -> list[Mapping[str, Change]]:
        """For each pair of tree ids the paths that differ, renames not followed. Cached by the pair."""

    def entry_at(self, tree: str, path: str) -> Entry | None:
        """What a tree has at a path, a folder too; None for nothing. Reads the trees on the way alone; `GitError` if one is missing."""

    def files_of(self, tree: str) -> Mapping[str, Entry]:
        """The files in a tree, by path. Not remembered: that is as large as the tree. Raises `GitError`."""

    def trees(self, commits: Sequence[str]) -> list[str]:
        """The tree id of each commit (or ref). Raises `GitError` for one that does not exist."""

    def merge_bases(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
        """All best common ancestors of each pair of commits, in no order; () without one. Cached by the pair."""

    def merge_state(self) -> object:
        """A value that changes when the same commits and files would merge in another way: by settings, replaced or grafted
        commits, a shallow clone that was deepened. Asked first, so that no answer from before is given any more."""

    def is_shallow(self) -> bool:
        """Whether the histories here are cut off: then commits may have ancestors in common that are not in this clone."""

    def blobs(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """The bytes of blobs: dirty content from the last scans, everything else from the object database.

        An object that is missing (a partial clone's) is left out of the answer; nothing is fetched.
        """

    def hold(self, worktree: Worktree, path: str, data: bytes) -> str:
        """The id of the blob that git would record for an open document, whose text is `data` as `to_git` gives it. Nothing is written.

        `blobs`, `renames` and `merges` know these bytes until it was held two times more with others.
        """

    def borrow(self, folder: str) -> None:
        """Read objects from another object directory too, which need not exist."""

    def on_disk(self, path: str) -> bytes | None:
        """A file's bytes as they are on disk; None if it is gone, unreadable, too big, or no regular file.

        Links are followed, as an editor does.
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

    def to_git(self, worktree: Worktree, path: str, data: bytes) -> bytes | None:
        """What git would record for these working-tree bytes (line endings, ident); None if only a program could tell.

        With merge.renormalize it is what a merge takes that for. Spawns nothing once `prepare_conversion` was called for the
        path in its worktree: it is on the key-stroke path.
        """

    def prepare_conversion(self, worktree: Worktree, paths: Sequence[str]) -> None:
        """Read what `to_git` needs for these paths (attributes, config, what the index holds)."""

    def conflict_style(self, worktree: Worktree) -> ConflictStyle:
        """merge.conflictStyle as it is set for a merge in that worktree."""

    def renormalized(self, worktree: Worktree, blobs: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        """With merge.renormalize, the blobs that a merge in that worktree takes for others: for what git would record now.

        Both are blobs by their ids: (path, id) -> the id of the other, whose bytes `blobs` has from then on. What stays the
        same is left out; without merge.renormalize everything does.
        """

    def merges(self, pairs: Sequence[tuple[Snapshot, Snapshot]]) -> list[MergeResult | None]:
        """`git merge-tree --write-tree` of each pair (ours, theirs), with everything written to a temporary object
        directory that is gone afterwards; None where git itself fails, as old versions do on some renames. Configured
        merge drivers are not run. For renames and several merge bases."""

    def merges_in_turn(self, worktree: str, onto: str, commits: Sequence[str]) -> list[MergeResult | None]:
        """`git merge-tree` of commits one after the other, each into what the clean ones before have made of `onto`, as `merges`
        has it; the gitattributes of the files in `worktree` are in force. None where git fails, and everywhere if merge drivers
        are configured."""

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


class History(Protocol):
    """Git, asked what lies between two commits. Answers are remembered; all raise `GitError`."""

    def commits(self, old: str, new: str) -> int:
        """How many commits `new` has that `old` has not."""

    def apart(self, commit: str, other: str) -> tuple[int, int]:
        """How many commits `commit` has that `other` has not, and the other way round."""

    def moves(self, old: str, new: str) -> Mapping[str, str]:
        """The files that were moved or renamed from one commit to the other, old path -> new path, as `git diff -M` tells."""


class WorktreeMaker(Protocol):
    """Makes and removes worktrees and branches as the person's own git would, hooks and filters included.

    All raise `GitError` with one clear sentence; what fails leaves nothing behind.
    """

    def registered(self) -> tuple[Worktree, ...]:
        """Every worktree that git knows, also those whose folder is gone; a bare repository itself is left out."""

    def branch(self, name: str) -> str | None:
        """The commit that a local branch points at, None without one. Raises `UsageError` for what can't be a branch's name."""

    def remote_branches(self, name: str) -> tuple[str, ...]:
        """The remote-tracking branches of that name (`origin/name`), one for each remote that has it.

        With checkout.defaultRemote, that remote's alone if it has one: git takes it then.
        """

    def check(self, path: str, branch: str, gone: Collection[str] = ()) -> None:
        """Raise `GitError` if git would refuse to make that worktree of an existing branch: an unfinished rebase or bisection
        elsewhere uses it, or what was at the path is gone and locked. `gone` are worktrees that are removed before."""

    def commit(self, ref: str, worktree: str) -> str:
        """The commit that a ref means in a worktree."""

    def commit_at(self, moment: float, worktree: str) -> str | None:
        """The HEAD that a worktree had at a moment (seconds since the epoch), None if there is no commit."""

    def create_branch(self, name: str, commit: str, upstream: str | None, source: str | None = None) -> None:
        """Make a branch; with an upstream if one is given. Its reflog names `source` as what it was made from."""

    def delete_branch(self, name: str, commit: str) -> None:
        """Remove a branch that still points there and is checked out nowhere; otherwise leave it."""

    def create(self, path: str, branch: str) -> tuple[Problem, ...]:
        """Make a worktree of exactly that branch. A registered one whose folder is gone is made anew.

        A post-checkout hook that fails is a problem: the worktree is whole, as git itself has it.
        """

    def remove(self, path: str) -> None:
        """Remove a worktree, whatever is in it, and what a process that was killed left of one."""

    def is_disposable(self, path: str) -> bool:
        """Whether nothing is lost with a worktree: it is not there, was never finished, or has nothing but ignored files."""

    def included(self, source: str) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """The ignored files of a checkout that its `.worktreeinclude` wants in every worktree, relative; what is wrong with it."""

    def tracked(self, commit: str, paths: Sequence[str]) -> frozenset[str]:
        """The paths among these (relative) that a commit has, as files or as folders."""

    def ignores(self, worktree: str, path: str) -> bool:
        """Whether a path (relative) is ignored there."""

    def excludes(self, pattern: str) -> bool:
        """Whether the repository's own exclude file has that line."""

    def exclude(self, pattern: str) -> None:
        """Add a line to the repository's own exclude file, unless it is there."""

    def stop_excluding(self, pattern: str) -> None:
        """Take a line out of that file again if it is the last one, as one that was just added is."""


class Survey(Protocol):
    """Git, asked what cleaning up must know, leaving no trace. Every method may be called from any thread; all raise `GitError`."""

    def places(self) -> tuple[Place, ...]:
        """Every worktree that git knows, main first, without its contents."""

    def branches(self) -> Branches:
        """The branches there are."""

    def origins(self, names: Sequence[str]) -> Mapping[str, BranchOrigin]:
        """How each branch came to be; branches whose reflog does not reach back are left out."""

    def renamed(self) -> Mapping[str, str]:
        """The local branches that had other names, by each of those; a name that a branch bears now is left out."""

    def included(self, commit: str) -> frozenset[str]:
        """The local branches whose commits are all in a commit's history."""

    def holding(self, commit: str) -> tuple[str, ...]:
        """The branches, local ones first, then remote-tracking ones, that have a commit in their history."""

    def unshared(
        self, tips: Mapping[str, str], known: Sequence[str]
    ) -> tuple[Mapping[str, Commit], Mapping[str, frozenset[str]]]:
        """The commits that no remote-tracking branch and none of `known` has, newest first, and which tips reach each."""

    def commits(self, base: str | None, head: str) -> tuple[Commit, ...]:
        """The commits of `head` that `base` has not (all of them without one), newest first."""

    def stashes(self) -> tuple[Stash, ...]:
        """The stash, newest first."""

    def contents(self, worktree: Worktree, main: str | None) -> Contents:
        """What is in a worktree besides its HEAD; `main` is the checkout that ignored files may have been copied from.

        Of one whose folder is gone: what was staged there, and what was begun and not finished.
        """


class Merger(Protocol):
    """Merges branches in a worktree as the person's own git would: their hooks, signatures, drivers and settings apply.

    Each change of the branch carries `run` (a word) in its reflog. All raise `GitError`.
    """

    def land(self, worktree: str, branch: str, commit: str, *, method: str, message: str, run: str) -> str:
        """Merge a branch, which is at `commit`, into what is checked out there; the HEAD afterwards.

        `method` is merge, squash (one commit with that message) or rebase (its commits one by one; the branch itself stays).
        What stops at a conflict, or fails otherwise, is aborted: everything is as before.
        """

    def abort(self, worktree: str, commit: str) -> None:
        """Give up what a process that was killed left of landing that commit; nothing if it left nothing."""

    def made_by(self, worktree: str, branch: str, run: str) -> bool:
        """Whether a branch's last change was made by that run."""

    def move(self, worktree: str, old: str, new: str, run: str) -> None:
        """Move what is checked out there from one commit to another. Uncommitted changes stay, or it fails.

        Nothing if it is at `new` already; anywhere else than at `old` is an error.
        """


class Remotes(Protocol):
    """Where a repository's branches are pushed to. All raise `GitError`."""

    def of(self, branch: str) -> Remote | None:
        """The remote that a branch is pushed to, by the person's settings; None if that can't be told."""

    def requested_at(self, pushed_to: Remote) -> Remote:
        """The remote at whose repository pull requests for what is pushed there are opened: another one's, if that is a fork."""

    def push(self, worktree: str, remote: str, branch: str, commit: str) -> None:
        """Make a remote's branch be at a commit, unless that would lose commits there. Git runs in `worktree`."""
