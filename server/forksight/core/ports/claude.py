"""What the features ask of Claude Code and its files, as protocols that `adapters.claude` fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # a port costs nothing at start-up
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from forksight.core.claude.background import Agent
    from forksight.core.claude.launch import Launch, Program
    from forksight.core.claude.settings import ClaudeSettings
    from forksight.core.git.snapshot import Worktree
    from forksight.core.problems import Problem
    from forksight.core.savings.spending import Spending
    from forksight.core.sessions.session import Activity, LiveProcess, Scope, Session


class SessionReader(Protocol):
    """Claude Code's sessions, read and never written. Every method may be called from any thread; none raises but `transcript`."""

    def sessions(self, scope: Scope) -> tuple[tuple[Session, ...], tuple[Problem, ...]]:
        """The sessions of a repository, oldest first. What changed since the last call is read, and nothing else."""

    def activity(self, session: Session) -> tuple[Activity, tuple[Problem, ...]]:
        """What happened in a session, read from its whole transcript."""

    def spending(self, session: Session) -> tuple[Spending, tuple[Problem, ...]]:
        """What a session and its subagents were billed for, read from their whole transcripts."""

    def transcript(self, session: Session) -> bytes:
        """The whole rows of a session's transcript. Raises `ForksightError` if it can't be read, or is larger than 256 MiB."""

    def former_paths(self, worktrees: Sequence[Worktree]) -> Mapping[str, str]:
        """The paths at which these checkouts were seen before they were moved, each with the path of today.

        They are known again by their git dirs, as folders; where each is now is remembered for later.
        """

    def live(self, also: Collection[str] = ()) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
        """The sessions that Claude Code lists and whose processes are really running, whatever repository they are in.

        It lists those of one account, in its folder; `also` are the folders of others.
        """

    def running(self, also: Collection[str] = ()) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
        """Like `live`, and every other Claude Code of this user on this machine: of any account, and those that no account lists.

        Which session these run is not known: `session` is "". Those in containers are not `checked`, and a problem tells of
        another user's. Slow: it looks at every process.
        """


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

    def rename(self, session: str, title: str, cwd: str) -> None:
        """Have it call a session so, from a folder of its repository; the session may go on meanwhile."""

    def agents(self) -> tuple[Agent, ...]:
        """The background and live sessions that Claude Code knows."""


class ClaudeSetup(Protocol):
    """The user's settings file, and the command that installs plugins. What writes or runs raises `ForksightError`."""

    @property
    def path(self) -> str:
        """The settings file."""

    @property
    def program(self) -> str:
        """The command that runs this Forksight: a name on PATH, or a path."""

    @property
    def marketplace(self) -> str:
        """The folder with the marketplace file of our plugins. Raises `ForksightError`."""

    def read(self) -> str | None:
        """The settings file's text, line endings and all; None without a file. Raises `ForksightError` if it can't be read."""

    def write(self, before: str | None, after: str | None) -> None:
        """Replace the settings file's text as a whole, or (None) remove the file; only if it still is `before`."""

    def keep_copy(self, text: str | None) -> None:
        """Keep what the settings file held before anything was set up; None without a file."""

    def copy(self) -> str | None:
        """What was kept, empty if there was no file; None if nothing was kept."""

    def forget_copy(self) -> None:
        """Keep it no longer."""

    def run(self, arguments: Sequence[str]) -> str:
        """What `claude` with these arguments prints. Raises `ClaudeError`."""

    def ask(self, arguments: Sequence[str]) -> list[dict[str, Any]]:
        """The rows that it prints as JSON. Raises `ClaudeError`."""


class HeadlessRun(Protocol):
    """A run of Claude Code without a person."""

    def events(self) -> Iterator[dict[str, Any]]:
        """What it tells, as it comes, until it ends."""

    def cancel(self) -> None:
        """End it; from any thread. `events` then ends too."""
