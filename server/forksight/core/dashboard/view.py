"""The view state of the dashboard: the selected row, the marked row, and the text that is open over the rows, if any. Pure."""

from dataclasses import dataclass, replace

from forksight.core.dashboard.board import Board, Row


@dataclass(frozen=True, slots=True)
class Page:
    """A text that is shown instead of the rows, scrolled to line `top` (0-based)."""

    title: str
    lines: tuple[str, ...]
    top: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """The view state. Rows are named by id. `selected` is None while there are no rows; `message` replaces the line of keys."""

    selected: str | None = None
    marked: str | None = None
    message: str = ""
    page: Page | None = None


def index(view: View, board: Board) -> int:
    """The index of the selected row, 0-based; 0 if it no longer exists."""
    return next((number for number, row in enumerate(board.rows) if row.id == view.selected), 0)


def selected(view: View, board: Board) -> Row | None:
    """The selected row; None on an empty board."""
    return board.rows[index(view, board)] if board.rows else None


def marked(view: View, board: Board) -> Row | None:
    """The marked row, if it still exists."""
    return next((row for row in board.rows if row.id == view.marked), None)


def select(view: View, board: Board, number: int) -> View:
    """Select the row with this index, clamped to the existing rows."""
    if not board.rows:
        return replace(view, message="")
    return replace(view, selected=board.rows[max(0, min(number, len(board.rows) - 1))].id, message="")


def keep(view: View, board: Board, before: Board) -> View:
    """The view for a new board: the selected row stays selected; if it is gone, the row now at its index is."""
    if any(row.id == view.selected for row in board.rows):
        return view
    return replace(select(view, board, index(view, before)), message=view.message)


def mark(view: View, board: Board) -> View:
    """Mark the selected row, or unmark it."""
    row = selected(view, board)
    return replace(view, marked=None if row is None or row.id == view.marked else row.id, message="")


def scroll(view: View, lines: int, height: int) -> View:
    """Scroll the open text by `lines`, within its ends. `height` is how many lines fit."""
    if view.page is None:
        return view
    last = max(0, len(view.page.lines) - height)
    return replace(view, page=replace(view.page, top=max(0, min(view.page.top + lines, last))))


def first_shown(number: int, count: int, height: int) -> int:
    """The index of the first row to show, so that row `number` of `count` is near the middle of the `height` rows that fit."""
    return max(0, min(number - height // 2, count - height))
