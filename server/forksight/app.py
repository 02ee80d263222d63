"""The only place that wires adapters into features. Everything is imported at first use: `forksight --help` is quick."""

import os
import threading
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from typing import BinaryIO

    from forksight.core.git.snapshot import Worktree
    from forksight.core.git_settings import Sourced
    from forksight.core.ports.claude import ClaudeCode, ClaudeSetup, SessionReader
    from forksight.core.ports.git import History, Merger, Remotes, Repository, Survey, WorktreeMaker
    from forksight.core.ports.store import Archives, Ledger, StatusFiles, ToldFacts, Vault
    from forksight.core.ports.system import Clock, Files, Machine, Processes, Programs, Terminal, Watcher
    from forksight.core.ports.teams import Team
    from forksight.core.problems import Problem
    from forksight.core.settings import Settings
    from forksight.features.context import Context


class RepositoryContext:
    """One repository as seen from one place in it (`features.context.Context`)."""

    def __init__(self, workbench: "Forksight", cwd: str, settings: "Settings | None") -> None:
        self.cwd = cwd
        self._workbench = workbench
        self._settings = settings

    @property
    def settings(self) -> "Settings":
        """The settings in force: an editor's, above those of git's configuration."""
        return self.sourced_settings.settings

    @cached_property
    def sourced_settings(self) -> "Sourced":
        """The settings in force, what is wrong with them, and where each came from."""
        from forksight.adapters.git.settings import git_settings
        from forksight.core.git_settings import settings_from
        from forksight.core.problems import ForksightError

        try:
            entries = git_settings(self.cwd)
        except ForksightError:  # without git there is much else that is not there, and that is said
            entries = ()
        sourced = settings_from(entries, self._settings)
        self._workbench.note_problems(sourced.problems)
        return sourced

    @cached_property
    def repository(self) -> "Repository":
        """Git, shared by all contexts of one common dir."""
        return self._workbench.repository(self.cwd)

    @cached_property
    def here(self) -> "Worktree":
        """The innermost worktree that `cwd` lies in."""
        from forksight.features.git.worktrees import worktree_of

        return worktree_of(self.repository, self.cwd)

    @property
    def sessions(self) -> "SessionReader":
        """Claude Code's sessions, read once for all contexts."""
        return self._workbench.sessions

    @cached_property
    def ledger(self) -> "Ledger":
        """Our own record, shared by all contexts of one common dir."""
        return self._workbench.ledger(self.repository.common_dir)

    @cached_property
    def vault(self) -> "Vault":
        """Our own copies of transcripts."""
        return self._workbench.vault(self.repository.common_dir)

    @cached_property
    def maker(self) -> "WorktreeMaker":
        """Makes worktrees and branches, as the person's own git would."""
        from forksight.adapters.git.worktrees.maker import GitWorktreeMaker

        return GitWorktreeMaker(self.repository.common_dir)

    @cached_property
    def merger(self) -> "Merger":
        """Merges branches, as the person's own git would."""
        from forksight.adapters.git.merge.merger import GitMerger

        return GitMerger(self.repository.common_dir)

    @cached_property
    def remotes(self) -> "Remotes":
        """Pushes branches, as the person's own git would."""
        from forksight.adapters.git.push import GitRemotes

        return GitRemotes(self.repository.common_dir)

    @cached_property
    def survey(self) -> "Survey":
        """Git, asked what cleaning up must know."""
        from forksight.adapters.git.survey import GitSurvey

        return GitSurvey(self.repository.common_dir)

    @cached_property
    def archives(self) -> "Archives":
        """Where forks are put away."""
        return self._workbench.archives(self.repository.common_dir)

    @property
    def status_files(self) -> "StatusFiles":
        """What is kept for status lines, shared by all contexts."""
        return self._workbench.status_files

    @cached_property
    def history(self) -> "History":
        """What lies between two commits."""
        from forksight.adapters.git.history import GitHistory

        return GitHistory(self.repository.common_dir)

    @cached_property
    def team(self) -> "Team":
        """Sharing with colleagues' machines, shared by all contexts of one common dir."""
        return self._workbench.team(self.repository)

    @cached_property
    def files(self) -> "Files":
        """The disk."""
        from forksight.adapters.system.files import DiskFiles

        return DiskFiles()

    @cached_property
    def claude(self) -> "ClaudeCode":
        """The Claude Code of this machine."""
        from forksight.adapters.claude.program import InstalledClaude

        return InstalledClaude(self.settings.claude.path, self.settings.claude.extra_args)

    @cached_property
    def claude_setup(self) -> "ClaudeSetup":
        """What of Claude Code is set up for this user."""
        from forksight.adapters.claude.program import InstalledClaude
        from forksight.adapters.claude.setup import ClaudeSetup

        return ClaudeSetup(InstalledClaude(self.settings.claude.path, ()))

    @cached_property
    def terminal(self) -> "Terminal":
        """The tmux that we run in, if any."""
        from forksight.adapters.system.tmux import Tmux

        return Tmux()

    @cached_property
    def processes(self) -> "Processes":
        """The processes of this machine."""
        from forksight.adapters.system.processes import SystemProcesses

        return SystemProcesses()

    @cached_property
    def programs(self) -> "Programs":
        """Other programs of this machine."""
        from forksight.adapters.system.programs import InstalledPrograms

        return InstalledPrograms()

    @cached_property
    def machine(self) -> "Machine":
        """This machine."""
        from forksight.adapters.machine import ThisMachine

        return ThisMachine()

    @cached_property
    def clock(self) -> "Clock":
        """The time."""
        from forksight.adapters.system.clock import SystemClock

        return SystemClock()


class Forksight:
    """Opens contexts; one `Repository` per common dir, shared by all contexts."""

    def __init__(self) -> None:
        self._repositories: dict[str, Repository] = {}
        self._ledgers: dict[str, Ledger] = {}
        self._teams: dict[str, Team] = {}
        self._setting_problems: dict[Problem, None] = {}
        self._lock = threading.Lock()

    def note_problems(self, problems: "Sequence[Problem]") -> None:
        """Keep what is wrong with settings, each problem once, for whoever tells the person."""
        self._setting_problems.update(dict.fromkeys(problems))

    def setting_problems(self) -> "tuple[Problem, ...]":
        """What is wrong with the settings in git's configuration that were read so far."""
        return tuple(self._setting_problems)

    def open(self, cwd: str, settings: "Settings | None" = None) -> "Context":
        """The context of a place. Cheap; nothing is read before a port is used."""
        return RepositoryContext(self, os.path.realpath(cwd), settings)

    def repository(self, cwd: str) -> "Repository":
        """The repository that a path lies in. Raises `NotARepositoryError`, `GitError`."""
        from forksight.adapters.git.repository import GitRepository, find_common_dir

        common_dir = find_common_dir(cwd)
        with self._lock:
            return self._repositories.setdefault(common_dir, GitRepository(common_dir))

    def serve(self, tcp: str | None, pipe: str | None) -> int:
        """Serve editors over TCP at `HOST:PORT`, a unix socket at a path, or standard input and output."""
        import gc
        import sys

        gc.disable()  # what is loaded here stays: collecting would slow the start, and key strokes later
        from forksight.lsp.wire.lazy_types import import_lsprotocol

        import_lsprotocol()  # before anything else does
        from forksight.lsp import serve as transport

        gc.freeze()
        gc.set_threshold(20_000)  # a key stroke makes thousands of small values, and none of them is garbage in a cycle
        gc.enable()
        # seconds; a key stroke passes through three threads, and waits for each no longer than this
        sys.setswitchinterval(0.0005)
        if tcp is not None:
            return transport.serve_tcp(self, *transport.parse_address(tcp))
        return transport.serve_stdio(self) if pipe is None else transport.serve_pipe(self, pipe)

    def own_stdio(self) -> "tuple[BinaryIO, BinaryIO]":
        """Standard input and output, for a protocol alone from now on: whatever else prints, prints to standard error."""
        from forksight.adapters.system.stdio import own_stdio

        return own_stdio()

    def print_status_line(self, cwd: str | None, first: str | None) -> None:
        """Print the status line of a place (None: the one that the input names), after the output of the shell command `first`. Never fails."""
        from forksight import statusline

        statusline.run(["--first", first] if first is not None else [], cwd)

    def is_same_user(self, connection: "socket.socket") -> bool | None:
        """Whether the other end of a connection on this machine is a process of our user; None if this system can't tell."""
        from forksight.adapters.system.peer import is_same_user

        return is_same_user(connection)

    def watcher(self) -> "Watcher | None":
        """What tells of changes on disk; None if this system has nothing to offer."""
        return self._watcher

    def leave(self) -> None:
        """The process is about to end: do not wait for git processes that only read."""
        from forksight.adapters.git.process import end_reading

        end_reading()

    @cached_property
    def _watcher(self) -> "Watcher | None":
        from forksight.adapters.system.watching.watcher import make_watcher

        return make_watcher()

    @cached_property
    def sessions(self) -> "SessionReader":
        """Claude Code's sessions, through the index of what was read before."""
        from forksight.adapters.claude.files import config_dir
        from forksight.adapters.claude.index import SessionIndex, index_path
        from forksight.adapters.claude.reader import TranscriptReader

        folder = config_dir(os.environ)
        return TranscriptReader(folder, SessionIndex(index_path(folder)))

    @cached_property
    def status_files(self) -> "StatusFiles":
        """What is kept for status lines."""
        from forksight.adapters.store.status_files import StatusFiles, cache_folder

        return StatusFiles(cache_folder(os.environ))

    @cached_property
    def told_facts(self) -> "ToldFacts":
        """What agents were told."""
        from forksight.adapters.store.status_files import cache_folder
        from forksight.adapters.store.told_files import ToldFiles

        return ToldFiles(cache_folder(os.environ))

    def vault(self, common_dir: str) -> "Vault":
        """Our own copies of a repository's transcripts."""
        from forksight.adapters.store.vault import Vault

        return Vault(common_dir)

    def ledger(self, common_dir: str) -> "Ledger":
        """Our own record of a repository. A damaged or lost one gets back the baselines that transcripts were copied for, and the
        forks that were put away."""
        from forksight.adapters.claude.files import config_dir, has_transcript
        from forksight.adapters.store.ledger.ledger import SqliteLedger
        from forksight.core.store.archives import readable
        from forksight.core.store.copies import baselines_of

        vault, archives = self.vault(common_dir), self.archives(common_dir)

        def adopt() -> None:
            archives.adopt()
            vault.adopt()

        with self._lock:
            if common_dir not in self._ledgers:
                self._ledgers[common_dir] = SqliteLedger(
                    common_dir,
                    lambda: baselines_of(vault.copies()[0]),
                    lambda: readable(archives.descriptions()),
                    lambda session: has_transcript(config_dir(os.environ), session),
                    adopt,
                )
            return self._ledgers[common_dir]

    def team(self, repository: "Repository") -> "Team":
        """Sharing a repository with colleagues' machines."""
        from forksight.adapters.teams.team import GitTeam

        with self._lock:
            return self._teams.setdefault(repository.common_dir, GitTeam(repository))

    def archives(self, common_dir: str) -> "Archives":
        """Where a repository's forks are put away."""
        from forksight.adapters.store.archive.archives import GitArchives

        return GitArchives(common_dir)


def main() -> None:
    """Run the `forksight` command."""
    import gc

    gc.set_threshold(100_000)  # a command makes much and throws little away; `serve` has its own way
    from forksight import cli

    try:
        cli.run(Forksight())
    finally:
        gc.freeze()  # else a last collection at exit goes through everything, for nothing
