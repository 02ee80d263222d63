"""A board that stays current: it follows the worktrees as the server does, and watches the files of sessions.

While nothing happens, it only looks at Claude Code's processes now and then, since a killed process changes no file.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from forksight.core.dashboard.board import Board, Checkout, Facts, board, checkouts
from forksight.core.git.watching import FileEvent
from forksight.core.ports.system import Watch
from forksight.core.problems import ForksightError, Problem
from forksight.core.sessions.session import Node, State
from forksight.core.teams.overview import Colleagues
from forksight.features.context import Context, Workbench
from forksight.features.dashboard.recent_tokens import RecentTokens
from forksight.features.overlaps.engine import OverlapEngine
from forksight.features.overlaps.projects import Project, Projects
from forksight.features.sessions.settle import settled_tree
from forksight.features.sessions.standings import standings
from forksight.features.sessions.tree import unwritten
from forksight.features.teams.overview import colleagues_in

_LEAST = 0.5  # seconds between two looks, whatever happens
_SHARE = 0.05  # of one core at most, on looks while things happen
_BUSY, _IDLE = 4.0, 10.0  # seconds between two looks at the processes, while a session works and while none does
_WHOLE = 60.0  # seconds between two looks at everything where nothing happens


def board_now(context: Context, engine: OverlapEngine) -> Board:
    """The board as of now, from scratch. Raises `NotARepositoryError`, `GitError`."""
    engine.refresh()
    return _board(
        context,
        RecentTokens(context),
        _checkouts(context, engine),
        colleagues_in(context, engine.colleagues(), engine.matrix),
    )


class LiveBoard:
    """One repository's board."""

    def __init__(self, workbench: Workbench, context: Context) -> None:
        self._context = context
        self._workbench = workbench
        self._changed: Callable[[Board], None] = lambda _: None
        self._projects = Projects(workbench, self._compared, self._failed, lambda _: None)
        self._projects.settings = None
        self._recent = RecentTokens(context)
        self._project: Project | None = None
        self._checkouts: Mapping[str, Checkout] | None = None
        self._colleagues = Colleagues()
        self._outdated = False
        self._trouble: Problem | None = None
        self._last: Board | None = None
        self._live: object = None
        self._stamp: object = None
        self._watched: Sequence[str] = ()
        self._watch: Watch | None = None
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forksight-board", daemon=True)

    def start(self, changed: Callable[[Board], None]) -> None:
        """Begin. `changed` is called with each board that differs from the last, on the board's own thread.

        Raises `NotARepositoryError`, `GitError`.
        """
        self._changed = changed
        watcher = self._workbench.watcher()
        self._watch = watcher.subscribe(self._heard) if watcher else None
        self._project = self._projects.project(self._context.here.path)
        self._thread.start()

    def close(self) -> None:
        """Stop following the repository and its sessions."""
        self._closed.set()
        self._wanted.set()
        self._projects.close()
        if self._watch:
            self._watch.close()

    @property
    def engine(self) -> OverlapEngine | None:
        """The overlap engine of the repository."""
        return self._project.engine if self._project else None

    # ------------------------------------------------------------------------------------------ other threads

    def _compared(self, _: Project) -> None:
        self._outdated = True
        self._wanted.set()

    def _heard(self, _: Sequence[FileEvent]) -> None:
        self._wanted.set()

    def _failed(self, what: str, error: Exception) -> None:
        self._trouble = _problem(what, error)
        self._wanted.set()

    # ------------------------------------------------------------------------------------------ this thread

    def _run(self) -> None:
        while not self._closed.is_set():
            self._wanted.clear()
            begun = time.thread_time()
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - it is shown, and the next look may succeed
                self._trouble = _problem("look at the sessions", error)
                self._show(self._last)
            self._wait(time.thread_time() - begun)

    def _wait(self, spent: float) -> None:
        """Wait until there may be news. `spent` is the processor time of the last look, in seconds."""
        rest = time.monotonic() + max(_LEAST, spent / _SHARE)
        whole = time.monotonic() + max(_WHOLE, spent / _SHARE)
        while not self._wanted.wait(self._pause()):
            if time.monotonic() > whole or self._anything_new():
                break
        self._closed.wait(rest - time.monotonic())

    def _pause(self) -> float:
        rows = self._last.rows if self._last else ()
        return _BUSY if any(row.node and row.node.state is State.LIVE_BUSY for row in rows) else _IDLE

    def _anything_new(self) -> bool:
        """Whether any live process or the ledger has changed. Cheap."""
        if self._watch is None:
            return True
        return (self._context.sessions.live()[0], self._context.ledger.stamp()) != (self._live, self._stamp)

    def _look(self) -> None:
        self._live, self._stamp = self._context.sessions.live()[0], self._context.ledger.stamp()
        project = self._project
        if project is not None and self._outdated:
            self._outdated, self._trouble = False, None
            self._checkouts = _checkouts(self._context, project.engine)
            self._colleagues = colleagues_in(self._context, project.engine.colleagues(), project.engine.matrix)
        self._show(_board(self._context, self._recent, self._checkouts, self._colleagues, self._watch_sessions))

    def _show(self, board: Board | None) -> None:
        if board is None:
            board = Board(self._context.repository.common_dir, self._context.cwd, self._context.clock.now())
        if self._trouble is not None:
            board = replace(board, problems=(self._trouble, *board.problems))
        if self._closed.is_set() or (self._last is not None and _same(board, self._last)):
            return
        self._last = board
        self._changed(board)

    def _watch_sessions(self, nodes: Sequence[Node]) -> None:
        """Watch the folders of transcripts, and of Claude Code's process files."""
        if self._watch is None:
            return
        claude = self._context.claude
        folders = {node.session.transcript.rpartition("/")[0] for node in nodes if node.session is not None}
        directories = (f"{claude.config_dir}/sessions", claude.projects, *sorted(folders))
        if directories != self._watched:
            self._watch.replace(directories)
            self._watched = directories


def _same(new: Board, old: Board) -> bool:
    """Whether two boards look the same: times are shown in minutes at best."""
    return new.now - old.now < _WHOLE / 2 and replace(new, now=old.now) == old


def _board(
    context: Context,
    recent: RecentTokens,
    checkouts: Mapping[str, Checkout] | None,
    colleagues: Colleagues,
    seen: Callable[[Sequence[Node]], None] = lambda _: None,
) -> Board:
    """The current board. `seen` is called with all sessions."""
    tree = settled_tree(context)
    nodes = (*tree.nodes, *unwritten(context, tree))
    seen(nodes)
    now = context.clock.now()
    return board(
        Facts(
            repository=tree.repository,
            here=context.here.path,
            now=now,
            nodes=nodes,
            spent=recent.spent(nodes, now),
            checkouts=checkouts,
            abandoned_after=context.settings.forks.abandoned_after_days,
            colleagues=colleagues,
            problems=tree.problems,
        )
    )


def _checkouts(context: Context, engine: OverlapEngine) -> dict[str, Checkout]:
    matrix = engine.matrix()
    try:
        all_standings = standings(context, engine.worktrees(), engine.snapshots())
    except ForksightError:
        all_standings = ()
    return checkouts(matrix, all_standings)


def _problem(what: str, error: Exception) -> Problem:
    reason = error.sentence if isinstance(error, ForksightError) else f"{type(error).__name__}: {error}"
    return Problem("dashboard-failed", f"Could not {what}: {reason}")
