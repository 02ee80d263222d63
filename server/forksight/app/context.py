"""The context of a use case: the ports of one repository, seen from one place in it. Each is created at its first use."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forksight.app.shared import SharedPorts
    from forksight.core.git.snapshot import Worktree
    from forksight.core.git_settings import Sourced
    from forksight.core.ports.claude import ClaudeCode, ClaudeSetup, SessionReader
    from forksight.core.ports.git import History, Merger, Remotes, Repository, Survey, WorktreeMaker
    from forksight.core.ports.store import Archives, Ledger, Notices, StatusFiles, UserFiles, Vault
    from forksight.core.ports.system import Clock, Files, Machine, Processes, Programs, Terminal
    from forksight.core.ports.teams import Team, TeamBaselines
    from forksight.core.settings import Settings


class RepositoryContext:
    """One repository as seen from one place in it (`features.context.Context`)."""

    def __init__(self, shared: "SharedPorts", cwd: str, settings: "Settings | None") -> None:
        self.cwd = cwd
        self._shared = shared
        self._settings = settings

    @property
    def settings(self) -> "Settings":
        """The effective settings: an editor's, which override those in git's configuration."""
        return self.sourced_settings.settings

    @cached_property
    def sourced_settings(self) -> "Sourced":
        """The effective settings, with problems and the origin of each."""
        from forksight.adapters.git.settings import git_settings
        from forksight.core.git_settings import settings_from
        from forksight.core.problems import ForksightError

        try:
            entries = git_settings(self.cwd)
        except ForksightError:  # without git there is much else that is not there, and that is said
            entries = ()
        sourced = settings_from(entries, self._settings)
        self._shared.note_problems(sourced.problems)
        return sourced

    @cached_property
    def repository(self) -> "Repository":
        """Git, shared by all contexts of one common dir."""
        return self._shared.repository(self.cwd)

    @cached_property
    def here(self) -> "Worktree":
        """The innermost worktree that `cwd` lies in."""
        from forksight.features.git.worktrees import worktree_of

        return worktree_of(self.repository, self.cwd)

    @property
    def sessions(self) -> "SessionReader":
        """Claude Code's sessions, read once for all contexts."""
        return self._shared.sessions

    @cached_property
    def ledger(self) -> "Ledger":
        """Our own record, shared by all contexts of one common dir."""
        return self._shared.ledger(self.repository.common_dir)

    @cached_property
    def vault(self) -> "Vault":
        """Our own copies of transcripts."""
        return self._shared.vault(self.repository.common_dir)

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
        from forksight.adapters.git.remotes import GitRemotes

        return GitRemotes(self.repository.common_dir)

    @cached_property
    def survey(self) -> "Survey":
        """Git, asked what cleaning up must know."""
        from forksight.adapters.git.survey import GitSurvey

        return GitSurvey(self.repository.common_dir)

    @cached_property
    def archives(self) -> "Archives":
        """Where forks are put away."""
        return self._shared.archives(self.repository.common_dir)

    @property
    def status_files(self) -> "StatusFiles":
        """What is kept for status lines, shared by all contexts."""
        return self._shared.status_files

    @property
    def notices(self) -> "Notices":
        """What a person is still to be told, shared by all contexts."""
        return self._shared.notices

    @cached_property
    def history(self) -> "History":
        """What lies between two commits."""
        from forksight.adapters.git.objects.history import GitHistory

        return GitHistory(self.repository.common_dir)

    @cached_property
    def team(self) -> "Team":
        """Sharing with colleagues' machines, shared by all contexts of one common dir."""
        return self._shared.team(self.repository)

    @cached_property
    def team_baselines(self) -> "TeamBaselines":
        """Baselines of colleagues, shared by all contexts of one common dir."""
        return self._shared.team_baselines(self.repository.common_dir)

    @cached_property
    def files(self) -> "Files":
        """The disk."""
        from forksight.adapters.system.disk.files import DiskFiles

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
    def user_files(self) -> "UserFiles":
        """What is kept for this user outside of repositories."""
        import os

        from platformdirs import user_data_dir

        from forksight.adapters.store.status_files import cache_folder
        from forksight.adapters.store.user_files import UserFiles

        return UserFiles(cache_folder(os.environ), user_data_dir("forksight", appauthor=False))

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
