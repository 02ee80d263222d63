"""The ports to our own records and copies: protocols that `adapters.store` implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # a port costs nothing at start-up
    from collections.abc import Collection, Mapping, Sequence

    from forksight.core.plans.plan import Interrupted, Plan
    from forksight.core.problems import Problem
    from forksight.core.sessions.session import Session
    from forksight.core.store.copies import Copy
    from forksight.core.store.ledger import (
        Archive,
        Baseline,
        Findings,
        Fork,
        ForkState,
        Generation,
        KeptBranch,
        KeptWorktree,
        Landing,
        LedgerView,
    )


class StatusFiles(Protocol):
    """The cached status of worktrees for `forksight statusline`. No method raises: what can't be written is not cached."""

    def adopt(self, worktree: str, lock: int) -> None:
        """Let this process keep a worktree's status, with the open, locked file that it inherited."""

    def hold(self, worktree: str) -> bool:
        """Whether this process keeps a worktree's status: a status line is shown there, and no other process keeps it."""

    def keep(self, worktree: str, text: str) -> None:
        """Write a worktree's status, as JSON. It counts as current until the next call is overdue."""

    def release(self, worktree: str) -> None:
        """Stop keeping a worktree's status."""


class ToldFacts(Protocol):
    """The keys of what agents were told, by session and agent ("" is the session itself). No method raises."""

    def read(self, session: str) -> Mapping[str, frozenset[str]]:
        """Agent -> the keys of what it was told in a session."""

    def add(self, session: str, agent: str, keys: Collection[str]) -> None:
        """Add keys of what an agent was told now."""

    def tidy(self) -> None:
        """Delete the records of sessions in which nothing was told for a month."""


class Residents(Protocol):
    """The resident process, if any, that answers the hooks of the Claude Code that started this process. No method raises."""

    def enter(self) -> None:
        """Register this process as the resident, until it ends or leaves."""

    def leave(self) -> None:
        """Unregister this process."""

    def is_there(self) -> bool:
        """Whether there is a resident. False if Claude Code did not start this process."""


class UserFiles(Protocol):
    """What Forksight keeps for this user outside of repositories. All paths are absolute, and exist unless stated otherwise."""

    @property
    def caches(self) -> str:
        """The folder of the caches. It need not exist."""

    def of_agents(self) -> tuple[str, ...]:
        """The caches that are only used by hooks and status lines."""

    def indexes(self) -> tuple[str, ...]:
        """The session indexes. Removing them loses the former paths of moved worktrees; all else is read again."""

    def views(self) -> tuple[str, ...]:
        """The documents that editors show."""

    @property
    def keys(self) -> str:
        """The folder of the keys that authenticate this user's records. It need not exist."""

    def repositories(self) -> tuple[str, ...]:
        """The folders with this user's records of repositories: baselines, forks and archives."""

    def remove(self, paths: Sequence[str]) -> None:
        """Remove caches, and their folder if it is empty afterwards. Raises `ForksightError`, also if an index is in use."""


class Notices(Protocol):
    """Sentences that the next session that starts in a repository shows to the person. No method raises."""

    def leave(self, repository: str, text: str) -> None:
        """Leave a sentence for the next session that starts in a repository (given by its common dir)."""

    def take(self, repository: str) -> tuple[str, ...]:
        """Take the sentences that were left, oldest first. Each is returned once, to one process."""


class Mutes(Protocol):
    """The labels (branches, or folder names of detached worktrees) whose overlaps are ignored; kept across restarts.

    Thread-safe. Methods that write raise `LedgerError`.
    """

    def muted(self) -> frozenset[str]:
        """The muted labels (`Side.label`)."""

    def mute(self, label: str) -> None:
        """Ignore overlaps with a label from now on."""

    def unmute(self, label: str) -> None:
        """Show overlaps with a label again."""


class Ledger(Mutes, Protocol):
    """Our own record of a repository. Thread-safe. Methods that write raise `LedgerError`."""

    def create(self) -> None:
        """Create the ledger if there is none. To be called before copies are made: copies without a ledger mean that it was lost."""

    def view(self) -> tuple[LedgerView, tuple[Problem, ...]]:
        """A consistent view of the whole ledger, and problems with it."""

    def stamp(self) -> object:
        """A value that changes with every change of the ledger, by whichever process. Cheap."""

    def save_baseline(self, baseline: Baseline, *, replacing: Baseline | None) -> None:
        """Replace the baseline `before` (None: there was none) by this one. Raises `LedgerError` if the ledger has something else."""

    def remove_baseline(self, name: str) -> None:
        """Delete a baseline and its generations. Its forks are not changed."""

    def record_attempt(self, session: str) -> None:
        """Record a session that a refresh makes, until it becomes a generation."""

    def record_fork(self, fork: Fork) -> None:
        """Record a fork. An existing record is not changed."""

    def update_fork(
        self,
        launch: str,
        *,
        state: ForkState | None = None,
        session: str | None = None,
        short: str | None = None,
        pane: str | None = None,
    ) -> None:
        """Update a fork's record. None leaves a field unchanged; the state only moves forward."""

    def note_folder(self, session: str, folder: str) -> None:
        """Record in which of Claude Code's configuration folders a fork's transcript was seen."""

    def note_start(self, launch: str, moment: float) -> None:
        """Record that a fork starts now. The times are strictly increasing, whichever process records them."""

    def forget_fork(self, launch: str) -> None:
        """Delete the record of a fork that was never completed."""

    def record_archive(self, archive: Archive) -> None:
        """Record a fork as archived, in place of its record as a fork."""

    def forget_archive(self, session: str, file: str, *, restored: float | None = None) -> None:
        """Record that the fork archived in `file` is no longer archived; with `restored`, that a person restored it then."""

    def record_findings(self, findings: Findings) -> None:
        """Record a session's findings, in place of earlier ones."""

    def record_landing(self, landing: Landing) -> None:
        """Record a run of `land`, in place of its earlier record."""

    def forget_landing(self, run: str) -> None:
        """Delete the record of a run of `land` that was undone."""

    def adopt_records(self) -> int:
        """Seal the existing records as this user's own, because the person says so; returns the number of records concerned."""

    def begin(self, plan: Plan) -> None:
        """Record a plan before its first step. Raises `LedgerError` if another process runs a plan for the same target."""

    def adopt(self, plan: Plan) -> int | None:
        """Take over an interrupted plan; returns how many of its steps are done. None if it is gone or another process has it."""

    def advance(self, plan: Plan, done: int) -> None:
        """Record that the first `done` steps are done."""

    def release(self, plan: Plan) -> None:
        """Give up a plan, so that any process can adopt it, as if this one had died."""

    def finish(self, plan: Plan) -> None:
        """Delete a plan that was completed or undone, and the plans that it replaces."""

    def interrupted(self) -> tuple[Interrupted, ...]:
        """The interrupted plans, oldest first."""


class Vault(Protocol):
    """Our own copies of transcripts. Methods that write raise `VaultError`."""

    @property
    def folder(self) -> str:
        """The folder of the copies."""

    def copies(self) -> tuple[tuple[Copy, ...], tuple[Problem, ...]]:
        """All copies, sorted by session. An index that can't be read is a problem."""

    def find(self, session: str) -> Copy | None:
        """The copy of that session; None if there is no readable one."""

    def keep(self, session: Session, baseline: Baseline | None, generation: Generation | None) -> Copy:
        """Copy a session, or renew its copy if the session grew."""

    def restore(self, session: str, projects: str) -> tuple[str, ...]:
        """Restore a copy's files to Claude Code's `projects` folder; returns the written paths, the transcript last."""

    def verify(self, copy: Copy) -> None:
        """Read a whole copy. Raises `VaultError` unless it holds the bytes that were copied."""

    def drop(self, session: Session) -> bool:
        """Delete a session's copy if its transcript still has all that was copied; whether there is no copy now."""

    def set_aside(self) -> tuple[str, ...]:
        """The paths of archives that are no copies any more and may hold what the copies lack.

        Those of a session whose index can't be read at the moment are left out.
        """

    def adopt(self) -> None:
        """Seal the existing copies as this user's own, because the person says so."""


class Archives(Protocol):
    """The archives of forks: a folder for each below the common dir, and refs of our own that keep their commits.

    `folder` is the name of an archive's folder. All methods raise `ArchiveError` or `GitError`, and can be repeated after they
    were interrupted.
    """

    def folder(self, session: str, plan: str) -> str:
        """The name of the folder in which a plan archives a session."""

    def keep_transcript(self, folder: str, transcript: str) -> None:
        """Copy a transcript with its companion folder, and verify the copy."""

    def keep_worktree(self, folder: str, worktree: KeptWorktree, main: str | None) -> None:
        """Copy what checking out a worktree's HEAD would not restore, and record the time. `main` as in `Survey.contents`."""

    def keep_commits(self, folder: str, session: str, commits: Mapping[str, str]) -> None:
        """Protect commits from being pruned. `commits` maps a word for each to its id."""

    def remove_transcript(self, folder: str, session: str, transcript: str) -> None:
        """Remove a transcript with its companion folder, if they are still what was copied."""

    def remove_worktree(self, folder: str, path: str) -> None:
        """Remove a worktree, if nothing in it changed since it was copied (or restored)."""

    def forget_worktree(self, path: str) -> None:
        """Remove git's entry of a worktree whose folder is gone."""

    def return_transcript(self, folder: str, session: str, transcript: str) -> None:
        """Restore a transcript with its companion folder, byte for byte. Existing files with other bytes are an error, and stay."""

    def return_worktree(self, folder: str, worktree: KeptWorktree) -> None:
        """Restore a worktree byte for byte, with what was staged. Anything else at its path is an error."""

    def return_branch(self, branch: KeptBranch) -> None:
        """Restore a branch. A branch of that name at another commit is an error."""

    def check_returned(self, folder: str) -> None:
        """Raise `ArchiveError` or `GitError` unless everything in an archive is restored, byte for byte.

        An archive without a description passes: its plan had not removed anything yet.
        """

    def describe(self, folder: str, body: str) -> None:
        """Write a description of the fork into its archive, from which a lost ledger can be rebuilt."""

    def descriptions(self) -> tuple[str, ...]:
        """All descriptions, less those that are damaged or not this user's. Raises `OSError` if one can't be read."""

    def verify(self, archive: Archive) -> None:
        """Read a whole archive. Raises `ArchiveError` or `GitError` unless everything that restoring it needs is there."""

    def adopt(self) -> None:
        """Seal the existing archives as this user's own, because the person says so."""

    def drop(self, folder: str, session: str, *, commits: bool) -> None:
        """Remove an archive; with `commits`, also the refs that keep its session's commits."""
