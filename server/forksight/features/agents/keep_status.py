"""Keep the status of worktrees that a status line is shown in: `forksight statusline` reads that, and computes nothing."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from forksight.core.git.snapshot import Worktree
from forksight.core.overlaps.overlap import Conflicts
from forksight.features.context import Context
from forksight.features.overlaps.projects import Project, Projects

if TYPE_CHECKING:  # what reads sessions is loaded once a status line is shown
    from forksight.core.sessions.session import ForkTree

_INTERVAL = 4.0  # seconds between two looks where nothing happens
_SHARE = 0.005  # of one core at most, on looks where nothing happens
_LONGEST = 10.0  # seconds between two looks, however long they take
_LEAST = 1.0  # seconds between two looks, whatever happens


class StatusKeeper:
    """Keeps the status of the worktrees of projects, those in which a status line is shown and that no other process keeps."""

    def __init__(self) -> None:
        self._conflicts: dict[
            tuple[str, str], Conflicts
        ] = {}  # on disk, by common dir and worktree, since the last scan

    def refreshed(self, project: Project) -> None:
        """The worktrees of a repository are not what they were. From any thread."""
        for key in list(self._conflicts):
            if key[0] == project.repository.common_dir:
                self._conflicts.pop(key, None)

    def keep(self, project: Project, tree: "Callable[[], ForkTree]") -> bool:
        """Keep the status of a project's worktrees; whether there are some to keep. Only then `tree` is asked. On one thread.

        Raises `ForksightError`.
        """
        files = project.context.status_files
        worktrees = [worktree for worktree in project.engine.worktrees() if files.hold(worktree.path)]
        if worktrees:
            begun = time.thread_time()
            seen = tree()
            for worktree in worktrees:
                conflicts = self._found(project, worktree)
                _keep(project.context, worktree, seen, conflicts, time.thread_time() - begun)
        return bool(worktrees)

    def _found(self, project: Project, worktree: Worktree) -> Conflicts:
        key = (project.repository.common_dir, worktree.path)
        conflicts = self._conflicts.get(key)
        if conflicts is None:
            reports = (*project.engine.report(worktree.path), *project.engine.semantic_report(worktree.path))
            conflicts = self._conflicts[key] = Conflicts.counted(reports)
        return conflicts


class KeepingThread:
    """A `StatusKeeper` of all projects of a process, on a thread of its own."""

    def __init__(self, projects: Projects, failed: Callable[[str, Exception], object]) -> None:
        self._projects = projects
        self._failed = failed
        self._keeper = StatusKeeper()
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forksight-status", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def refreshed(self, project: Project) -> None:
        """The worktrees of a repository are not what they were. From any thread."""
        self._keeper.refreshed(project)
        self._wanted.set()

    def close(self) -> None:
        """Keep nothing any more."""
        self._closed.set()
        self._wanted.set()

    def _run(self) -> None:
        while not self._closed.wait(_LEAST):
            self._wanted.clear()
            begun, busy = time.thread_time(), False
            for project in self._projects:
                try:
                    busy |= self._keeper.keep(project, lambda context=project.context: _tree(context))  # type: ignore[misc]
                except Exception as error:  # noqa: BLE001 - the thread lives on
                    self._failed("keep the status line", error)
            if busy:  # else there is little more to do than to look whether a status line is shown somewhere
                self._wanted.wait(min(max(_INTERVAL, (time.thread_time() - begun) / _SHARE), _LONGEST))


def keep_once(context: Context, lock: int | None = None) -> None:
    """Look at everything now, and keep the status of the worktree of `context`; nothing if another process does.

    `lock` is the open file by which a status line reserved that for this process. Raises `ForksightError`.
    """
    from forksight.features.overlaps.configured_engine import configured_engine

    begun = time.process_time()
    if lock is not None:
        context.status_files.adopt(context.here.path, lock)
    if not context.status_files.hold(context.here.path):
        return
    engine = configured_engine(context, muted=context.ledger.muted)
    engine.refresh()
    path = context.here.path
    conflicts = Conflicts.counted((*engine.report(path), *engine.semantic_report(path)))
    tree = _tree(context)
    _keep(context, context.here, tree, conflicts, time.process_time() - begun)
    context.status_files.release(path)


def _keep(context: Context, worktree: Worktree, tree: "ForkTree", conflicts: Conflicts, took: float) -> None:
    import json

    from forksight.core.agents.kept_status import document
    from forksight.features.status import status

    now = status(context, tree, worktree, conflicts)
    context.status_files.keep(worktree.path, json.dumps(document(now, tree, took)))


def _tree(context: Context) -> "ForkTree":
    from forksight.features.sessions.tree import fork_tree

    return fork_tree(context)
