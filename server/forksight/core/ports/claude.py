"""The ports to Claude Code and its files: protocols that `adapters.claude` implements."""

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
    """Reads Claude Code's sessions, and never writes them. Thread-safe. Only `transcript` raises."""

    def sessions(self, scope: Scope) -> tuple[tuple[Session, ...], tuple[Problem, ...]]:
        """The sessions of a repository, oldest first. Only transcripts that changed since the last call are read."""

    def activity(self, session: Session) -> tuple[Activity, tuple[Problem, ...]]:
        """The activity in a session, read from its whole transcript."""

    def spending(self, session: Session) -> tuple[Spending, tuple[Problem, ...]]:
        """What a session and its subagents were billed, read from their whole transcripts."""

    def transcript(self, session: Session) -> bytes:
        """The complete lines of a session's transcript. Raises `ForksightError` if it can't be read or is larger than 256 MiB."""

    def former_paths(self, worktrees: Sequence[Worktree]) -> Mapping[str, str]:
        """Former path -> current path of those checkouts that were moved since they were last seen here.

        A checkout is recognised by its git dir's folder. Their current paths are remembered for later calls.
        """

    def live(self, also: Collection[str] = ()) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
        """The sessions that Claude Code lists and whose processes are running, of any repository.

        It lists those of one account, in that account's configuration folder; `also` are the folders of other accounts.
        """

    def running(self, also: Collection[str] = ()) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
        """Like `live`, plus every other Claude Code process of this user on this machine, listed by an account or not.

        Which session the others run is unknown: their `session` is "". Processes in containers are not `checked`. Another
        user's Claude Code is a problem in the result. Slow: it inspects every process.
        """


class ClaudeCode(Protocol):
    """The installed Claude Code. All methods that run it raise `ClaudeError`."""

    @property
    def config_dir(self) -> str:
        """Its configuration folder."""

    @property
    def projects(self) -> str:
        """The folder of transcripts, with one project folder for each directory in which sessions were started."""

    def program(self) -> Program:
        """The binary, and what every start of it needs."""

    def settings(self, project: str) -> tuple[ClaudeSettings, tuple[Problem, ...]]:
        """Claude Code's effective settings for a checkout."""

    def start_in_background(self, launch: Launch) -> str | None:
        """Start a background session; returns the beginning of its id, if Claude Code printed it.

        A `ClaudeError` with code `claude-timeout` means that it may be running nevertheless.
        """

    def run_headless(self, launch: Launch) -> AbstractContextManager[HeadlessRun]:
        """A context manager that runs Claude Code during its block and ends it then. Raises `ClaudeError` at the end if it failed."""

    def rename(self, session: str, title: str, cwd: str) -> None:
        """Have Claude Code rename a session; `cwd` is a folder of its repository. The session may be live."""

    def agents(self) -> tuple[Agent, ...]:
        """The background and live sessions that Claude Code lists."""


class ClaudeSetup(Protocol):
    """The user's settings file, and the command that installs plugins. Methods that write or run raise `ForksightError`."""

    @property
    def path(self) -> str:
        """The settings file."""

    @property
    def program(self) -> str:
        """The command that runs this Forksight: a name on PATH, or an absolute path."""

    @property
    def marketplace(self) -> str:
        """The folder with the marketplace file of our plugins. Raises `ForksightError`."""

    def read(self) -> str | None:
        """The settings file's text with its line endings; None if there is no file. Raises `ForksightError` if it can't be read."""

    def write(self, before: str | None, after: str | None) -> None:
        """Replace the settings file's text, or remove the file (`after` is None). Only if its text is still `before`."""

    def keep_copy(self, text: str | None) -> None:
        """Keep a copy of the settings file's text from before the set-up; `text` is None if there was no file."""

    def copy(self) -> str | None:
        """The kept copy, empty if there was no file; None if there is no copy."""

    def forget_copy(self) -> None:
        """Delete the kept copy."""

    def run(self, arguments: Sequence[str]) -> str:
        """Run `claude` with these arguments; returns its output. Raises `ClaudeError`."""

    def ask(self, arguments: Sequence[str]) -> list[dict[str, Any]]:
        """Like `run`, for a command that prints a JSON list of objects. Raises `ClaudeError`."""


class HeadlessRun(Protocol):
    """A headless run of Claude Code."""

    def events(self) -> Iterator[dict[str, Any]]:
        """The events that it prints, as they arrive, until it ends."""

    def cancel(self) -> None:
        """End the run, from any thread; `events` then ends, too."""
