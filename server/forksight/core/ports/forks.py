"""What baselines and forks need of the outside world, as protocols that the adapters fill."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from forksight.core.claude.background import Agent
from forksight.core.claude.launch import Launch, Program
from forksight.core.claude.settings import ClaudeSettings
from forksight.core.git.snapshot import Worktree
from forksight.core.ports.overlaps import Mutes
from forksight.core.problems import Problem
from forksight.core.sessions.session import Session
from forksight.core.store.copies import Copy
from forksight.core.store.ledger import Archive, Baseline, Fork, ForkState, Generation, LedgerView
from forksight.core.store.plan import Interrupted, Plan


class Ledger(Mutes, Protocol):
    """Our own record. Every method may be called from any thread; those that write raise `LedgerError` if they can't."""

    def view(self) -> tuple[LedgerView, tuple[Problem, ...]]:
        """Everything it holds, as of one moment; and what is wrong with it."""

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

    def note_start(self, launch: str, moment: float) -> None:
        """Note that a fork starts now. Of several, whichever process notes them, each is later than the one before."""

    def forget_fork(self, launch: str) -> None:
        """Remove the record of a fork that never came to be."""

    def record_archive(self, archive: Archive) -> None:
        """Remember a fork as put away instead of as one of those that are there."""

    def forget_archive(self, session: str, file: str, *, restored: float | None = None) -> None:
        """Remember a fork as there again, if it was put away in `file`; `restored` says since when, if a person wanted it."""

    def begin(self, plan: Plan) -> None:
        """Remember a plan before its first step. Raises `LedgerError` if another process is at the same target."""

    def adopt(self, plan: Plan) -> int | None:
        """Make an interrupted plan ours: how many of its steps are done. None if it is gone, or another process has it."""

    def advance(self, plan: Plan, done: int) -> None:
        """Remember that the first `done` steps are done."""

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

    def drop(self, session: str) -> None:
        """Forget the copy of a session."""


class HeadlessRun(Protocol):
    """A run of Claude Code without a person."""

    def events(self) -> Iterator[dict[str, Any]]:
        """What it tells, as it comes, until it ends."""

    def cancel(self) -> None:
        """End it; from any thread. `events` then ends too."""


class ClaudeCode(Protocol):
    """The Claude Code that is installed. Everything that runs it raises `ClaudeError`."""

    @property
    def config_dir(self) -> str:
        """Its configuration folder."""

    @property
    def projects(self) -> str:
        """The folder that holds the transcripts, one folder for each directory that sessions were started in."""

    def program(self) -> Program:
        """The binary and what goes with every start."""

    def settings(self, project: str) -> tuple[ClaudeSettings, tuple[Problem, ...]]:
        """Claude Code's own settings in force for a checkout."""

    def start_in_background(self, launch: Launch) -> str | None:
        """Start a background session; the beginning of its id if Claude Code told it.

        `ClaudeError` with code `claude-timeout` means that it may be running all the same.
        """

    def run_headless(self, launch: Launch) -> AbstractContextManager[HeadlessRun]:
        """Run it for the time of the block; it is over afterwards. Raises `ClaudeError` at the end if it failed."""

    def agents(self) -> tuple[Agent, ...]:
        """The background and live sessions that Claude Code knows."""


class Terminal(Protocol):
    """The terminal multiplexer that we run in, if any."""

    def available(self) -> bool:
        """Whether there is one."""

    def open(self, launch: Launch) -> str:
        """Start it in a new window; the place, for `focus`. Raises `ForksightError`."""

    def focus(self, place: str) -> bool:
        """Bring the window at a place to the front; whether it is still there."""


class WorktreeMaker(Protocol):
    """Makes and removes worktrees and branches as the person's own git would, hooks and filters included.

    All raise `GitError` with one clear sentence; what fails leaves nothing behind.
    """

    def registered(self) -> tuple[Worktree, ...]:
        """Every worktree that git knows, also those whose folder is gone; a bare repository itself is left out."""

    def branch(self, name: str) -> str | None:
        """The commit that a local branch points at, None without one. Raises `UsageError` for what can't be a branch's name."""

    def remote_branch(self, name: str) -> str | None:
        """The one remote-tracking branch of that name (`origin/name`), None if there is none or more than one."""

    def commit(self, ref: str, worktree: str) -> str:
        """The commit that a ref means in a worktree."""

    def commit_at(self, moment: float, worktree: str) -> str | None:
        """The HEAD that a worktree had at a moment (seconds since the epoch), None if there is no commit."""

    def create_branch(self, name: str, commit: str, upstream: str | None) -> None:
        """Make a branch; with an upstream if one is given."""

    def delete_branch(self, name: str, commit: str) -> None:
        """Remove a branch that still points there and is checked out nowhere; otherwise leave it."""

    def create(self, path: str, branch: str) -> None:
        """Make a worktree of exactly that branch. A registered one whose folder is gone is made anew."""

    def remove(self, path: str) -> None:
        """Remove a worktree, whatever is in it, and what a process that was killed left of one."""

    def is_disposable(self, path: str) -> bool:
        """Whether nothing is lost with a worktree: it is not there, was never finished, or has nothing but ignored files."""

    def included(self, source: str) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """The ignored files of a checkout that its `.worktreeinclude` wants in every worktree, relative; what is wrong with it."""

    def tracked(self, commit: str, paths: Sequence[str]) -> frozenset[str]:
        """Those of the paths (relative) that a commit has, as files or as folders."""

    def ignores(self, worktree: str, path: str) -> bool:
        """Whether a path (relative) is ignored there."""

    def excludes(self, pattern: str) -> bool:
        """Whether the repository's own exclude file has that line."""

    def exclude(self, pattern: str) -> None:
        """Add a line to the repository's own exclude file, unless it is there."""

    def stop_excluding(self, pattern: str) -> None:
        """Take a line out of that file again if it is the last one, as one that was just added is."""


class Files(Protocol):
    """What is done to a new worktree besides git."""

    def exists(self, path: str) -> bool:
        """Whether anything is there, a dangling link included."""

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there."""

    def is_empty(self, path: str) -> bool:
        """Whether an empty folder is there."""

    def resolve(self, path: str) -> str:
        """The path without links; it need not exist."""

    def copy(self, source: str, target: str, paths: Sequence[str]) -> tuple[Problem, ...]:
        """Copy files from one checkout to another; what is there stays, nothing is written outside the target.

        A file that can't be copied is a problem; a full disk raises `ForksightError`. No file is there in part.
        """

    def linkable(self, source: str, folders: Sequence[str]) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """Those of the folders that a checkout has, relative and tidy. What is no folder in a repository is a problem."""

    def link(self, source: str, target: str, folders: Sequence[str]) -> tuple[Problem, ...]:
        """Link folders of one checkout into another; what is there stays. As `copy` else."""

    def is_link(self, path: str) -> bool:
        """Whether a symbolic link is there."""

    def set_up(self, command: str, worktree: str, said: Callable[[str], None], stopped: Callable[[], bool]) -> None:
        """Run a person's shell command in a worktree. Raises `ForksightError` if it fails or is stopped."""


class Clock(Protocol):
    """The time."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Progress(Protocol):
    """How long work tells what it is at, and learns that it shall stop."""

    def step(self, detail: str) -> None:
        """What is done now."""

    def output(self, line: str) -> None:
        """What a program that was run printed: for the log."""

    def stopped(self) -> bool:
        """Whether the person cancelled it."""
