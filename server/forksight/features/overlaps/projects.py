"""The repositories in which a client (an editor, a session of Claude Code) works, each with its engine and its follower.

Each is created at its first document or folder.
"""

import os
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forksight.core.git.paths import checkout_of
from forksight.core.git.snapshot import Worktree
from forksight.core.overlaps.check import FilePlan
from forksight.core.ports.git import Repository
from forksight.core.problems import ForksightError, NotARepositoryError
from forksight.features.context import Context, Workbench
from forksight.features.overlaps.configured_engine import configured_engine
from forksight.features.overlaps.engine import OverlapEngine
from forksight.features.overlaps.follow import Follower
from forksight.features.teams.exchange import Exchange

if TYPE_CHECKING:
    from forksight.core.settings import Overlaps as OverlapSettings
    from forksight.core.settings import Settings


@dataclass(frozen=True, eq=False)
class Project:
    """One repository of one client."""

    context: Context
    repository: Repository
    engine: OverlapEngine
    follower: Follower
    exchange: Exchange
    client_worktrees: set[str] = field(default_factory=set)  # paths of those that a workspace folder lies in, or is

    @property
    def settings(self) -> "OverlapSettings":
        """The overlap settings in this repository: the client's, which override those of git's configuration."""
        return self.context.settings.overlaps

    def muted(self) -> Collection[str]:
        """The labels whose overlaps the person ignores."""
        return _muted(self.context)

    def failed(self) -> bool:
        """Have the repository scanned again, because something could not be answered.

        Returns whether the caller need not report it: the repository no longer exists, which the follower reports once.
        """
        if _exists(self.repository):
            self.follower.look_later()
            return False
        self.follower.look_again()
        return True

    def worktree(self, path: str) -> Worktree | None:
        """The innermost worktree that a resolved path lies in, as last scanned; None for files of the git dir."""
        by_path = {worktree.path: worktree for worktree in self.engine.worktrees()}
        return by_path.get(checkout_of(by_path, self.repository.common_dir, path) or "")

    def worktree_now(self, path: str) -> Worktree | None:
        """Like `worktree`, but if the path lies in none, git's list of worktrees is read again. May run git."""
        if self.worktree(path) is None and self.engine.refresh():
            self.follower.tell()
        return self.worktree(path)

    def first_plan(self, path: str) -> "tuple[Place, FilePlan] | None":
        """The place of a resolved path, and its plan, before the first scan has completed; see `OverlapEngine.first_plan`."""
        first = self.engine.first_plan(path)
        if first is None:
            return None
        worktree, plan = first
        return Place(self, worktree, plan.path), plan

    def locate(self, path: str) -> "Place | None":
        """The place of a resolved path; None if it is in no worktree of the repository. Only for the follower's thread."""
        worktree = self.worktree_now(path)
        if worktree is None:
            return None
        return Place(self, worktree, os.path.relpath(path, worktree.path))


@dataclass(frozen=True)
class Place:
    """A file's place: its path in a worktree of a repository."""

    project: Project
    worktree: Worktree
    path: str

    @property
    def key(self) -> tuple[str, str]:
        """The worktree's path, and the file's path in it."""
        return self.worktree.path, self.path

    def data(self) -> bytes | None:
        """The file's bytes on disk; None if there is no file."""
        return self.project.repository.on_disk(os.path.join(self.worktree.path, self.path))

    def recorded(self, data: bytes) -> bytes | None:
        """The bytes that git would record if the file had these bytes; None if only a program could tell."""
        return self.project.repository.to_git(self.worktree, self.path, data)


class Projects:
    """All projects of one client, by git common dir."""

    settings: "Settings | None"  # to be set before anything is called; None: those in force for each repository

    def __init__(
        self,
        workbench: Workbench,
        changed: Callable[[Project], None],
        failed: Callable[[str, Exception], object],
        gone: Callable[[Project], None],
    ) -> None:
        """`gone` is called with a project whose repository no longer exists; it is not followed any longer."""
        self._workbench = workbench
        self._changed = changed
        self._failed = failed
        self._gone = gone
        self._lock = threading.Lock()
        self._by_common_dir: dict[str, Project] = {}

    def __iter__(self) -> Iterator[Project]:
        return iter(tuple(self._by_common_dir.values()))

    def project(self, path: str) -> Project | None:
        """The project of the repository that a resolved path lies in, or None. Runs git; raises `GitError` if it can't be run."""
        folder, settings = _existing(path), self.settings
        context = self._workbench.open(folder, settings)
        try:
            common_dir = context.repository.common_dir
        except NotARepositoryError:
            return None
        with self._lock:
            current = self._by_common_dir.get(common_dir)
            if current is None:
                if settings is not self.settings:  # they changed while git was asked
                    context = self._workbench.open(folder, self.settings)
                current = self._make(context)
                self._by_common_dir[common_dir] = current
                current.follower.start()
                current.exchange.start()
            return current

    def follows(self, project: Project) -> bool:
        """Whether this is still the current project of its repository: after a change of settings another one replaces it."""
        return self._by_common_dir.get(project.repository.common_dir) is project

    def close(self) -> None:
        """Stop following all projects. They are created again when needed, with the settings of that moment."""
        with self._lock:
            projects, self._by_common_dir = self._by_common_dir, {}
        for project in projects.values():
            project.follower.close()
            project.exchange.close()

    def _make(self, context: Context) -> Project:
        overlaps, repository = context.settings.overlaps, context.repository
        engine = configured_engine(context, muted=lambda: _muted(context))
        project: Project
        follower = Follower(
            repository,
            engine,
            self._workbench.watcher(),
            changed=lambda: self._project_changed(project),
            failed=lambda error: self._follower_failed(project, error),
            compares_refs=bool(overlaps.refs),
        )
        engine.incomplete = follower.look_later
        exchange = Exchange(
            context,
            snapshots=engine.snapshots,
            news=lambda: follower.submit(lambda: follower.refresh(())),
            failed=lambda error: self._failed(f"share the worktrees of {repository.common_dir}", error),
        )
        project = Project(context, repository, engine, follower, exchange)
        return project

    def _project_changed(self, project: Project) -> None:
        project.exchange.worktrees_changed()
        self._changed(project)

    def _follower_failed(self, project: Project, error: Exception) -> None:
        common_dir = project.repository.common_dir
        if isinstance(error, ForksightError) and not _exists(project.repository):
            with self._lock:
                if self._by_common_dir.get(common_dir) is project:
                    del self._by_common_dir[common_dir]
            project.follower.close()
            project.exchange.close()
            self._gone(project)
            error = NotARepositoryError(
                "the repository is not there any more", fix="open or save a file once it is back"
            )
        self._failed(f"look at the worktrees of {common_dir}", error)


def _exists(repository: Repository) -> bool:
    return os.path.exists(f"{repository.common_dir}/HEAD")


def _muted(context: Context) -> Collection[str]:
    # Most repositories have no ledger yet: then SQLite is not even loaded, which the start would feel.
    return context.ledger.muted() if os.path.isdir(f"{context.repository.common_dir}/forksight") else ()


def _existing(path: str) -> str:
    """The innermost existing folder on the way to a path."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path
