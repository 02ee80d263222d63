"""The context that use cases are given: the ports of one repository. Only `app` wires it."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:  # names of ports cost nothing at start-up; tests/cli/test_startup.py
    import socket

    from forksight.core.git.snapshot import Worktree
    from forksight.core.git_settings import Sourced
    from forksight.core.ports.claude import ClaudeCode, ClaudeSetup, SessionReader
    from forksight.core.ports.git import History, Merger, Remotes, Repository, Survey, WorktreeMaker
    from forksight.core.ports.store import (
        Archives,
        Ledger,
        Notices,
        Residents,
        StatusFiles,
        ToldFacts,
        UserFiles,
        Vault,
    )
    from forksight.core.ports.system import Clock, Files, Machine, Processes, Programs, Terminal, Watcher
    from forksight.core.ports.teams import Team, TeamBaselines
    from forksight.core.problems import Problem
    from forksight.core.settings import Settings


class Context(Protocol):
    """One repository as seen from one place in it. Each port is created at its first use."""

    @property
    def cwd(self) -> str:
        """The absolute, resolved path that the person is in."""

    @property
    def settings(self) -> Settings:
        """The effective settings."""

    @property
    def sourced_settings(self) -> Sourced:
        """The effective settings, with problems in git's configuration and the origin of each."""

    @property
    def repository(self) -> Repository:
        """Git. Raises `NotARepositoryError` if `cwd` lies in none."""

    @property
    def here(self) -> Worktree:
        """The worktree that `cwd` lies in (the innermost one). Raises `NotARepositoryError`."""

    @property
    def sessions(self) -> SessionReader:
        """Claude Code's sessions."""

    @property
    def ledger(self) -> Ledger:
        """Our own record of the repository."""

    @property
    def vault(self) -> Vault:
        """Our own copies of transcripts."""

    @property
    def maker(self) -> WorktreeMaker:
        """Makes worktrees and branches."""

    @property
    def merger(self) -> Merger:
        """Merges branches."""

    @property
    def remotes(self) -> Remotes:
        """Pushes branches."""

    @property
    def survey(self) -> Survey:
        """Git, asked what cleaning up must know."""

    @property
    def archives(self) -> Archives:
        """Where forks are put away."""

    @property
    def user_files(self) -> UserFiles:
        """What is kept for this user outside of repositories."""

    @property
    def status_files(self) -> StatusFiles:
        """The cached status for status lines, shared by all contexts."""

    @property
    def notices(self) -> Notices:
        """Sentences left for the next session's start, shared by all contexts."""

    @property
    def history(self) -> History:
        """What lies between two commits."""

    @property
    def team(self) -> Team:
        """Sharing with colleagues' machines."""

    @property
    def team_baselines(self) -> TeamBaselines:
        """Baselines of colleagues."""

    @property
    def files(self) -> Files:
        """What is done to a new worktree besides git."""

    @property
    def claude(self) -> ClaudeCode:
        """The Claude Code of this machine."""

    @property
    def claude_setup(self) -> ClaudeSetup:
        """What of Claude Code is set up for this user."""

    @property
    def terminal(self) -> Terminal:
        """The terminal multiplexer that we run in."""

    @property
    def processes(self) -> Processes:
        """The processes of this machine."""

    @property
    def programs(self) -> Programs:
        """Other programs of this machine."""

    @property
    def machine(self) -> Machine:
        """This machine, as the doctor looks at it."""

    @property
    def clock(self) -> Clock:
        """The time."""


class Workbench(Protocol):
    """What `app` hands to the edges (cli, lsp): it opens contexts, and holds what concerns the whole process."""

    def open(self, cwd: str, settings: Settings | None = None) -> Context:
        """The context of a place. Cheap: nothing is read before a port is used. Contexts with the same common dir share ports."""

    def serve(self, tcp: str | None, pipe: str | None) -> int:
        """Serve editors over TCP at `HOST:PORT`, over a unix socket at the path `pipe`, or over standard input and output; the
        exit status. Raises `UsageError`."""

    def own_stdio(self) -> tuple[BinaryIO, BinaryIO]:
        """Reserve standard input and output for a protocol; everything else prints to standard error from now on."""

    def print_status_line(self, cwd: str | None, first: str | None) -> None:
        """Print the status line of a place (None: the one that the input names), after the output of the shell command `first`.

        Never fails."""

    def is_same_user(self, connection: socket.socket) -> bool | None:
        """Whether the other end of a connection on this machine is a process of our user; None if this system can't tell."""

    def setting_problems(self) -> tuple[Problem, ...]:
        """The problems with settings in git's configuration that were read so far."""

    def watcher(self) -> Watcher | None:
        """The watcher of changes on disk, one for the whole process; None if this system has none."""

    @property
    def told_facts(self) -> ToldFacts:
        """What agents were told, kept across restarts."""

    @property
    def residents(self) -> Residents:
        """The resident that answers hooks of the Claude Code that started this process."""

    def leave(self) -> None:
        """Give up what git reads for this process, now and later, because it is about to end."""
