"""Writes the status of worktrees with a status line to a file, which `forksight statusline` prints without computing anything."""

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

_INTERVAL = 4.0  # seconds between two rounds while nothing changes
_SHARE = 0.005  # fraction of one core that rounds may use while nothing changes: slower rounds make the interval longer
_LONGEST = 10.0  # seconds between two rounds at most, however long they take
_LEAST = 1.0  # seconds between two rounds at least, whatever changes


class StatusKeeper:
    """Writes the status of those worktrees that have a status line and whose status no other process writes."""

    def __init__(self) -> None:
        # The conflicts on disk as of the last scan, by common dir and worktree.
        self._conflicts: dict[tuple[str, str], Conflicts] = {}

    def refreshed(self, project: Project) -> None:
        """Forget what is cached of a repository: its worktrees changed. May be called from any thread."""
        for key in list(self._conflicts):
            if key[0] == project.repository.common_dir:
                self._conflicts.pop(key, None)

    def keep(self, project: Project, tree: "Callable[[], ForkTree]") -> bool:
        """Write the status of a project's worktrees. Returns whether it has any with a status line; only then `tree` is called.

        Raises `ForksightError`. Always called from the same thread.
        """
        files = project.context.status_files
        worktrees = [worktree for worktree in project.engine.worktrees() if files.hold(worktree.path)]
        if worktrees:
            begun = time.thread_time()
            fork_tree = tree()
            for worktree in worktrees:
                conflicts = self._conflicts_of(project, worktree)
                _keep(project.context, worktree, fork_tree, conflicts, time.thread_time() - begun)
        return bool(worktrees)

    def _conflicts_of(self, project: Project, worktree: Worktree) -> Conflicts:
        """The conflicts of a worktree, counted once after each scan."""
        key = (project.repository.common_dir, worktree.path)
        conflicts = self._conflicts.get(key)
        if conflicts is None:
            reports = (*project.engine.report(worktree.path), *project.engine.semantic_report(worktree.path))
            conflicts = self._conflicts[key] = Conflicts.counted(reports)
        return conflicts


class KeepingThread:
    """Runs a `StatusKeeper` for all projects of a process on a thread of its own."""

    def __init__(self, projects: Projects, failed: Callable[[str, Exception], object]) -> None:
        """The thread calls `failed` with what it tried and the exception, and goes on."""
        self._projects = projects
        self._failed = failed
        self._keeper = StatusKeeper()
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forksight-status", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def refreshed(self, project: Project) -> None:
        """Forget what is cached of a repository: its worktrees changed. May be called from any thread."""
        self._keeper.refreshed(project)
        self._wanted.set()

    def close(self) -> None:
        """Stop the thread."""
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
            if busy:  # else a round is cheap: it checks whether a status line has appeared
                self._wanted.wait(min(max(_INTERVAL, (time.thread_time() - begun) / _SHARE), _LONGEST))


def keep_once(context: Context, lock: int | None = None) -> None:
    """Scan all worktrees now and write the status of the one of `context`, unless another process writes it.

    `lock` is the file descriptor of the lock that the status line took for this process. Raises `ForksightError`.
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
    """Write the status of a worktree. `took`: the seconds of processor time spent on it."""
    import json

    from forksight.core.agents.kept_status import document
    from forksight.features.status import status

    worktree_status = status(context, tree, worktree, conflicts)
    context.status_files.keep(worktree.path, json.dumps(document(worktree_status, tree, took)))


def _tree(context: Context) -> "ForkTree":
    from forksight.features.sessions.tree import fork_tree

    return fork_tree(context)
