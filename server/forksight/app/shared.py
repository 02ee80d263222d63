"""The ports that all contexts of a process share: one for each common dir, or one for the whole process."""

import os
import threading
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forksight.core.ports.claude import SessionReader
    from forksight.core.ports.git import Repository
    from forksight.core.ports.store import Archives, Ledger, Notices, StatusFiles, Vault
    from forksight.core.ports.teams import Team, TeamBaselines
    from forksight.core.problems import Problem
    from forksight.core.store.ledger import Archive, Baseline


class SharedPorts:
    """Creates each port at its first use."""

    def __init__(self) -> None:
        self._repositories: dict[str, Repository] = {}
        self._ledgers: dict[str, Ledger] = {}
        self._teams: dict[str, Team] = {}
        self._team_baselines: dict[str, TeamBaselines] = {}
        self._setting_problems: dict[Problem, None] = {}
        self._lock = threading.Lock()

    def note_problems(self, problems: "Sequence[Problem]") -> None:
        """Collect problems with settings, each once, to be shown to the person."""
        self._setting_problems.update(dict.fromkeys(problems))

    def setting_problems(self) -> "tuple[Problem, ...]":
        """The problems with settings in git's configuration that were read so far."""
        return tuple(self._setting_problems)

    def repository(self, cwd: str) -> "Repository":
        """The repository that a path lies in. Raises `NotARepositoryError`, `GitError`."""
        from forksight.adapters.git.repository import GitRepository
        from forksight.adapters.git.worktrees.discovery import find_common_dir

        common_dir = find_common_dir(cwd)
        with self._lock:
            if common_dir not in self._repositories:
                self._repositories[common_dir] = GitRepository(common_dir)
            return self._repositories[common_dir]

    @cached_property
    def sessions(self) -> "SessionReader":
        """Claude Code's sessions, through the index of what was read before."""
        from forksight.adapters.claude.files import config_dir
        from forksight.adapters.claude.transcripts.index import SessionIndex, index_path
        from forksight.adapters.claude.transcripts.reader import TranscriptReader

        folder = config_dir(os.environ)
        return TranscriptReader(folder, SessionIndex(index_path(folder)))

    @cached_property
    def status_files(self) -> "StatusFiles":
        """What is kept for status lines."""
        from forksight.adapters.store.status_files import StatusFiles, cache_folder

        return StatusFiles(cache_folder(os.environ))

    @cached_property
    def notices(self) -> "Notices":
        """What a person is still to be told."""
        from forksight.adapters.store.notices import NoticeFiles
        from forksight.adapters.store.status_files import cache_folder

        return NoticeFiles(cache_folder(os.environ))

    def vault(self, common_dir: str) -> "Vault":
        """Our own copies of a repository's transcripts."""
        from forksight.adapters.store.vault import Vault

        return Vault(common_dir)

    def ledger(self, common_dir: str) -> "Ledger":
        """The ledger of a repository.

        A damaged or lost one is restored with the baselines of which there are copies, and the archived forks.
        """
        from forksight.adapters.claude.files import config_dir, has_transcript
        from forksight.adapters.store.ledger.ledger import SqliteLedger

        def kept() -> bool:
            """Whether anything was ever recorded here. If not, the vault and the archives need not be loaded."""
            return os.path.isdir(os.path.join(common_dir, "forksight"))

        def remembered() -> "Iterable[Baseline]":
            if not kept():
                return ()
            from forksight.core.store.copies import baselines_of

            return baselines_of(self.vault(common_dir).copies()[0])

        def archived() -> "Iterable[Archive]":
            if not kept():
                return ()
            from forksight.core.store.archives import readable

            return readable(self.archives(common_dir).descriptions())

        def adopt() -> None:
            self.archives(common_dir).adopt()
            self.vault(common_dir).adopt()

        with self._lock:
            if common_dir not in self._ledgers:
                self._ledgers[common_dir] = SqliteLedger(
                    common_dir,
                    remembered,
                    archived,
                    lambda session: has_transcript(config_dir(os.environ), session),
                    adopt,
                )
            return self._ledgers[common_dir]

    def team(self, repository: "Repository") -> "Team":
        """Sharing a repository with colleagues' machines."""
        from forksight.adapters.teams.own_repository import OwnRepository
        from forksight.adapters.teams.team import GitTeam

        with self._lock:
            made = GitTeam(repository, OwnRepository(repository.common_dir))
            return self._teams.setdefault(repository.common_dir, made)

    def team_baselines(self, common_dir: str) -> "TeamBaselines":
        """The baselines that colleagues published for a repository."""
        from forksight.adapters.teams.own_repository import OwnRepository
        from forksight.adapters.teams.team_baselines import GitTeamBaselines

        with self._lock:
            made = GitTeamBaselines(OwnRepository(common_dir))
            return self._team_baselines.setdefault(common_dir, made)

    def archives(self, common_dir: str) -> "Archives":
        """Where a repository's forks are put away."""
        from forksight.adapters.store.archive.archives import GitArchives

        return GitArchives(common_dir)
