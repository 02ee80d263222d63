"""`forksight tree --watch`: the loop that draws the board and handles keys."""

import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from io import StringIO
from queue import SimpleQueue

from forksight.cli.comparison import show_comparison
from forksight.cli.dashboard.frame import frame, page_height, picture
from forksight.cli.dashboard.keys import keys
from forksight.cli.output import console
from forksight.cli.start_session import end_politely
from forksight.core.dashboard import view as views
from forksight.core.dashboard.board import Board, Row
from forksight.core.dashboard.view import Page, View
from forksight.core.problems import ForksightError
from forksight.core.words.terminal import printable
from forksight.features.context import Context, Workbench
from forksight.features.dashboard.live_board import LiveBoard, board_now

_WHOLE = 10_000  # cells: whoever reads this from a file or a pipe wants whole lines


def watch(workbench: Workbench, context: Context) -> None:
    """Show the dashboard until the person quits; without a terminal, print it once."""
    for name in ("COLUMNS", "LINES"):  # a size that somebody exported is not the one that the terminal has now
        os.environ.pop(name, None)
    out = console()
    if not (sys.stdin.isatty() and out.is_terminal) or out.is_dumb_terminal:
        show_once(context)
        return
    end_politely()
    board = LiveBoard(workbench, context)
    dashboard = Dashboard(context, board)
    try:
        board.start(dashboard.show)
        dashboard.run()
    finally:
        board.close()
        workbench.leave()


def show_once(context: Context) -> None:
    """Print the current board."""
    from forksight.features.overlaps.configured_engine import configured_engine

    board = board_now(context, configured_engine(context))
    out = console()
    for line in picture(board, out.width if out.is_terminal else _WHOLE):
        line.rstrip()
        out.print(line)
    for problem in board.problems:
        console(stderr=True).print(f"note: {printable(problem.message)}", style="yellow")


class Dashboard:
    """The dashboard of one terminal. `show` may be called from any thread, all other methods only from the main thread."""

    def __init__(self, context: Context, live: LiveBoard) -> None:
        from rich.live import Live

        from forksight.cli.dashboard.raw_terminal import RawTerminal

        self._context = context
        self._live = live
        self._out = console()
        self._out.soft_wrap = False
        self._screen = Live(
            console=self._out, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._terminal = RawTerminal(self._enter, self._leave)
        self._boards: SimpleQueue[Board] = SimpleQueue()
        self._board = Board(context.repository.common_dir, context.here.path, context.clock.now())
        self._view = View()
        self._work: Future[Page | str] | None = None
        self._pool = ThreadPoolExecutor(1, "forksight-dashboard")

    def show(self, board: Board) -> None:
        """Replace the board that is shown."""
        self._boards.put(board)
        self._terminal.wake()

    def run(self) -> None:
        """Run until the person quits or the terminal is closed."""
        with self._terminal.taken(), suppress(EOFError):
            while True:
                self._draw()
                for key in keys(self._terminal.wait()):
                    if not self._press(key):
                        return
                self._take_updates()

    def _take_updates(self) -> None:
        while not self._boards.empty():
            board = self._boards.get()
            self._view = views.keep(self._view, board, self._board)
            self._board = board
        if self._work is not None and self._work.done():
            result, self._work = self._work.result(), None
            message, page = (result, None) if isinstance(result, str) else ("", result)
            self._view = replace(self._view, message=message, page=page)

    # ------------------------------------------------------------------------------------------ the screen

    def _enter(self) -> None:
        self._screen.start()
        self._draw()

    def _leave(self) -> None:
        with suppress(OSError):  # the terminal may be gone
            self._screen.stop()

    def _draw(self) -> None:
        width, height = self._out.size
        self._screen.update(frame(self._board, self._view, width, height), refresh=True)

    # ------------------------------------------------------------------------------------------ keys

    def _press(self, key: str) -> bool:
        """Handle a key; returns whether to continue."""
        if self._view.page is not None:
            self._read(key)
            return True
        number = views.index(self._view, self._board)
        steps = {
            "up": -1,
            "down": 1,
            "page up": -10,
            "page down": 10,
            "home": -len(self._board.rows),
            "end": len(self._board.rows),
        }
        if key in steps:
            self._view = views.select(self._view, self._board, number + steps[key])
        elif key == "mark":
            self._view = views.mark(self._view, self._board)
        elif key in ("go", "compare", "diff"):
            self._act(key)
        elif key == "back":
            self._view = replace(self._view, message="", marked=None)
        elif key == "redraw":
            self._out.clear()
        return key != "quit"

    def _read(self, key: str) -> None:
        height = page_height(self._out.height)
        steps = {
            "up": -1,
            "down": 1,
            "page up": -height,
            "page down": height,
            "mark": height,
            "home": -(_WHOLE**2),
            "end": _WHOLE**2,
        }
        if key in ("quit", "back"):
            self._view = replace(self._view, page=None)
        elif key in steps:
            self._view = views.scroll(self._view, steps[key], height)

    def _act(self, key: str) -> None:
        """Do what may take a while on a thread, so that the screen stays responsive."""
        row = views.selected(self._view, self._board)
        if row is None or self._work is not None:
            return
        actions: dict[str, Callable[[Row, Row | None], Page | str]] = {
            "go": self._go,
            "compare": self._compare,
            "diff": self._diff,
        }
        action, marked = actions[key], views.marked(self._view, self._board)

        def work() -> Page | str:
            try:
                return action(row, marked)
            except ForksightError as error:
                return error.sentence

        self._work = self._pool.submit(work)
        self._work.add_done_callback(lambda _: self._terminal.wake())
        self._view = replace(self._view, message="One moment …")

    def _go(self, row: Row, _: Row | None) -> Page | str:
        from forksight.features.dashboard.jump import jump

        done = jump(self._context, row)
        return " ".join(filter(None, (done.said, done.command)))

    def _compare(self, row: Row, marked: Row | None) -> Page | str:
        """Compare the selected row with the marked one, else with its first opponent."""
        from forksight.cli.printable_console import PrintableConsole
        from forksight.features.compare.compare import compare_forks

        other = marked if marked is not None and marked.id != row.id else self._opponent(row)
        if other is None:
            return "Press space on the fork to compare this one with, then c on this one"
        result = compare_forks(self._context, [_name(other), _name(row)])
        sink = StringIO()
        show_comparison(PrintableConsole(file=sink, width=self._out.width, color_system=None, highlight=False), result)
        return _page(f"{other.title} and {row.title}", sink.getvalue())

    def _opponent(self, row: Row) -> Row | None:
        opponents = [opponent.worktree for opponent in row.opponents]
        rows = (other for other in self._board.rows if other.worktree in opponents)
        return min(rows, key=lambda other: opponents.index(other.worktree or ""), default=None)

    def _diff(self, row: Row, _: Row | None) -> Page | str:
        from forksight.features.dashboard.differences import differences

        engine = self._live.engine
        if engine is None or not row.opponents:
            return "This fork conflicts with no other: there is nothing to show"
        text = differences(engine, row, self._board.here)
        return _page(f"{row.title}: what it conflicts on (- ours, + theirs)", text or "No difference.")


def _page(title: str, text: str) -> Page:
    return Page(title, tuple(line.rstrip() for line in text.split("\n")))


def _name(row: Row) -> str:
    """The name by which `compare` finds a row's fork."""
    return row.node.id if row.node is not None else row.branch or os.path.basename(row.worktree or "")
