"""What the features ask of our own records and copies, as protocols that `adapters.store` fills."""

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
    """The status of worktrees, kept for `forksight statusline`. No method raises: what can't be kept is not there."""

    def adopt(self, worktree: str, lock: int) -> None:
        """Let this process keep the status of a worktree by the open, locked file that it was started with."""

    def hold(self, worktree: str) -> bool:
        """Whether this process keeps the status of a worktree: a status line is shown there, and nobody else keeps it."""

    def keep(self, worktree: str, text: str) -> None:
        """Keep a status, which is current until the next call is overdue. `text` is its JSON."""

    def release(self, worktree: str) -> None:
        """Keep its status no longer."""


class ToldFacts(Protocol):
    """What agents were told, by session and agent ("" is the session itself). No method raises: what can't be kept is not there."""

    def read(self, session: str) -> Mapping[str, frozenset[str]]:
        """The keys of what was told in a session, by agent."""

    def add(self, session: str, agent: str, keys: Collection[str]) -> None:
        """Keep what an agent was told now."""

    def tidy(self) -> None:
        """Forget the sessions in which nothing was told for a month."""


class Residents(Protocol):
    """Whether the Claude Code that started this process has a resident process that answers its hooks. No method raises."""

    def enter(self) -> None:
        """This process is it from now on, until it ends or leaves."""

    def leave(self) -> None:
        """This process is it no longer."""

    def is_there(self) -> bool:
        """Whether there is one; never if Claude Code did not start this process."""


class UserFiles(Protocol):
    """What Forksight keeps for this user outside of repositories. All paths are absolute, and of what is there."""

    @property
    def caches(self) -> str:
        """The folder of the caches, which need not be there."""

    def of_agents(self) -> tuple[str, ...]:
        """The caches that only hooks and status lines use."""

    def indexes(self) -> tuple[str, ...]:
        """The indexes of sessions: what was read is read again, but not where the worktrees were that are gone."""

    def views(self) -> tuple[str, ...]:
        """The texts that an editor shows."""

    @property
    def keys(self) -> str:
        """The folder of the keys by which this user's records are told from a stranger's; it need not be there."""

    def repositories(self) -> tuple[str, ...]:
        """The folders in which baselines, forks and archives of repositories are recorded, as far as this user made them."""

    def remove(self, paths: Sequence[str]) -> None:
        """Remove caches, and their folder if it is empty then. Raises `ForksightError`, for an index that is in use too."""


class Notices(Protocol):
    """What a person is still to be told of a repository. No method raises: what can't be kept is not there."""

    def leave(self, repository: str, text: str) -> None:
        """Keep a sentence for the next session that starts in a repository (its common dir)."""

    def take(self, repository: str) -> tuple[str, ...]:
        """The sentences that were left, oldest first; each is handed out once, to one process."""


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


class Ledger(Mutes, Protocol):
    """Our own record. Every method may be called from any thread; those that write raise `LedgerError` if they can't."""

    def create(self) -> None:
        """Create the record if there is none: what is kept elsewhere before it is recorded is no sign of a lost one then."""

    def view(self) -> tuple[LedgerView, tuple[Problem, ...]]:
        """All that the record holds, as of one moment, and what is wrong with it."""

    def stamp(self) -> object:
        """A value that is another one after every change, whichever process made it. Cheap."""

    def save_baseline(self, baseline: Baseline, *, replacing: Baseline | None) -> None:
        """Put a baseline in place of what was there (None: nothing). Raises `LedgerError` if something else is there."""

    def remove_baseline(self, name: str) -> None:
        """Forget a baseline and its generations; its forks stay what they are."""

    def record_attempt(self, session: str) -> None:
        """Remember a session that is made to become a generation, until it is one."""

    def record_fork(self, fork: Fork) -> None:
        """Remember a fork. One that is recorded already stays as it is."""

    def update_fork(
        self,
        launch: str,
        *,
        state: ForkState | None = None,
        session: str | None = None,
        short: str | None = None,
        pane: str | None = None,
    ) -> None:
        """Add what became known of a fork. None leaves a field alone; the state never moves back."""

    def note_folder(self, session: str, folder: str) -> None:
        """Note in which folder of Claude Code's the transcript of a fork was seen."""

    def note_start(self, launch: str, moment: float) -> None:
        """Note that a fork starts now. Of several, whichever process notes them, each is later than the one before."""

    def forget_fork(self, launch: str) -> None:
        """Remove the record of a fork that never came to be."""

    def record_archive(self, archive: Archive) -> None:
        """Remember a fork as put away instead of as one of those that are there."""

    def forget_archive(self, session: str, file: str, *, restored: float | None = None) -> None:
        """Remember a fork as there again, if it was put away in `file`; `restored` says since when, if a person wanted it."""

    def record_findings(self, findings: Findings) -> None:
        """Remember what a session found, in place of what it found before."""

    def record_landing(self, landing: Landing) -> None:
        """Remember a run of `land`, in place of what was known of it."""

    def forget_landing(self, run: str) -> None:
        """Forget a run of `land` that was taken back."""

    def adopt_records(self) -> int:
        """Take what lies there for this user's own, because the person says so; how many records that concerned."""

    def begin(self, plan: Plan) -> None:
        """Remember a plan before its first step. Raises `LedgerError` if another process is at the same target."""

    def adopt(self, plan: Plan) -> int | None:
        """Make an interrupted plan ours: how many of its steps are done. None if it is gone, or another process has it."""

    def advance(self, plan: Plan, done: int) -> None:
        """Remember that the first `done` steps are done."""

    def release(self, plan: Plan) -> None:
        """Leave a plan to whoever adopts it next, as if this process had died."""

    def finish(self, plan: Plan) -> None:
        """Forget a plan that is done or taken back, and those that it replaces."""

    def interrupted(self) -> tuple[Interrupted, ...]:
        """The plans whose process died, oldest first."""


class Vault(Protocol):
    """Our own copies of transcripts. Those that write raise `VaultError` if they can't."""

    @property
    def folder(self) -> str:
        """Where they are."""

    def copies(self) -> tuple[tuple[Copy, ...], tuple[Problem, ...]]:
        """All copies, by session. An index that can't be read is a problem."""

    def find(self, session: str) -> Copy | None:
        """The copy of that session, None without a readable one."""

    def keep(self, session: Session, baseline: Baseline | None, generation: Generation | None) -> Copy:
        """Copy a session, or renew its copy if it grew."""

    def restore(self, session: str, projects: str) -> tuple[str, ...]:
        """Put a copy's files back under Claude Code's `projects` folder; the paths that were written, transcript last."""

    def verify(self, copy: Copy) -> None:
        """Read a copy through. Raises `VaultError` unless it holds the bytes that were copied."""

    def drop(self, session: Session) -> bool:
        """Forget the copy of a session whose transcript still has all that was copied; whether there is none now."""

    def set_aside(self) -> tuple[str, ...]:
        """The archives that no copy is any more and that may hold what the copies have not, by path."""

    def adopt(self) -> None:
        """Take the copies that lie there for this user's own, because the person says so."""


class Archives(Protocol):
    """Where forks are put away: a folder for each below the common dir, and refs of ours for their commits.

    `folder` names one of them. What fails raises `ArchiveError` or `GitError`. Each step may be done again after a kill: what
    is done already is left as it is.
    """

    def folder(self, session: str, plan: str) -> str:
        """Where a plan puts a fork."""

    def keep_transcript(self, folder: str, transcript: str) -> None:
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

    def check_returned(self, folder: str) -> None:
        """Raise `ArchiveError` or `GitError` unless all that an archive holds is back where it belongs, byte for byte.

        An archive without a description is of a plan that had removed nothing yet.
        """

    def describe(self, folder: str, body: str) -> None:
        """Keep a description of the fork with it: what a lost ledger is rebuilt from."""

    def descriptions(self) -> tuple[str, ...]:
        """All descriptions."""

    def verify(self, archive: Archive) -> None:
        """Read an archive through. Raises `ArchiveError` or `GitError` unless all that bringing it back needs is there."""

    def adopt(self) -> None:
        """Take the archives that lie there for this user's own, because the person says so."""

    def drop(self, folder: str, session: str, *, commits: bool) -> None:
        """Remove an archive; `commits`: with the refs of its session."""
