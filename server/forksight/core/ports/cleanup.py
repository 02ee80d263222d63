"""What cleaning up and restoring need of the outside world, as protocols that the adapters fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from forksight.core.cleanup.facts import Commit, Contents, Place, Stash
from forksight.core.git.snapshot import Worktree
from forksight.core.store.ledger import KeptBranch, KeptWorktree


@dataclass(frozen=True, slots=True)
class LocalBranch:
    """A local branch. `upstream` is the full name of the ref that it tracks, `remote` that ref's name as people say it."""

    name: str
    commit: str
    upstream: str | None = None
    remote: str | None = None
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Branches:
    """All local branches by name, remote-tracking ones as (name, commit), and the one that work is merged into."""

    local: Mapping[str, LocalBranch] = field(default_factory=dict)
    remote: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None  # a name in `local`
    default_remote: str | None = None  # a name in `remote`


class Survey(Protocol):
    """Git, asked what cleaning up must know, leaving no trace. Every method may be called from any thread; all raise `GitError`."""

    def places(self) -> tuple[Place, ...]:
        """Every worktree that git knows, main first, without its contents."""

    def branches(self) -> Branches:
        """The branches there are."""

    def begun(self, names: Sequence[str]) -> Mapping[str, str]:
        """The commit that each branch was made at; branches whose reflog does not reach back are left out."""

    def included(self, commit: str) -> frozenset[str]:
        """The local branches whose commits are all in a commit's history."""

    def unshared(
        self, tips: Mapping[str, str], known: Sequence[str]
    ) -> tuple[Mapping[str, Commit], Mapping[str, frozenset[str]]]:
        """The commits that no remote-tracking branch and none of `known` has, newest first, and which tips reach each."""

    def commits(self, base: str | None, head: str) -> tuple[Commit, ...]:
        """The commits of `head` that `base` has not (all of them without one), newest first."""

    def stashes(self) -> tuple[Stash, ...]:
        """The stash, newest first."""

    def contents(self, worktree: Worktree, main: str | None) -> Contents:
        """What is in a worktree besides its HEAD; `main` is the checkout that ignored files may have been copied from."""


class Archives(Protocol):
    """Where forks are put away: a folder for each below the common dir, and refs of ours for their commits.

    `folder` names one of them. What fails raises `ArchiveError` or `GitError`. Each step may be done again after a kill: what
    is done already is left as it is.
    """

    def folder(self, session: str, plan: str) -> str:
        """Where a plan puts a fork."""

    def keep_transcript(self, folder: str, session: str, transcript: str) -> None:
        """Copy a transcript and its companion folder, and read the copy back."""

    def keep_worktree(self, folder: str, worktree: KeptWorktree, main: str | None) -> None:
        """Copy all that checking out its HEAD would not bring back, and note when that was; `main` as in `Survey.contents`."""

    def keep_commits(self, folder: str, session: str, commits: Mapping[str, str]) -> None:
        """Keep commits, by a word for each, from being pruned."""

    def remove_transcript(self, folder: str, session: str, transcript: str) -> None:
        """Remove a transcript and its companion folder, if they still are what was copied."""

    def remove_worktree(self, folder: str, path: str) -> None:
        """Remove a worktree if nothing in it changed since it was copied (or brought back)."""

    def forget_worktree(self, path: str) -> None:
        """Make git forget a worktree whose folder is gone."""

    def return_transcript(self, folder: str, session: str, transcript: str) -> None:
        """Put a transcript and its companion folder back, the same bytes. What is there and different stays: an error."""

    def return_worktree(self, folder: str, worktree: KeptWorktree) -> None:
        """Make a worktree again, byte for byte, with what was staged. Something else in its place is an error."""

    def return_branch(self, branch: KeptBranch) -> None:
        """Make a branch again. One of that name at another commit is an error."""

    def describe(self, folder: str, body: str) -> None:
        """Keep a description of the fork with it: what a lost ledger is rebuilt from."""

    def descriptions(self) -> tuple[str, ...]:
        """All descriptions."""

    def drop(self, folder: str, session: str, *, commits: bool) -> None:
        """Remove an archive; `commits`: with the refs of its session."""
