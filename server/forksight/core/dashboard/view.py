"""What a person looks at: the selected row, the marked one, and the text that is open over the rows, if any. Pure."""

from dataclasses import dataclass, replace

from forksight.core.dashboard.board import Board, Row


@dataclass(frozen=True, slots=True)
class Page:
    """A text to read, scrolled to its line `top` (0-based)."""

    title: str
    lines: tuple[str, ...]
    top: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """Rows are named by id. `selected` is None before there is a row; `message` is said in place of the keys."""

    selected: str | None = None
    marked: str | None = None
    message: str = ""
    page: Page | None = None


def index(view: View, board: Board) -> int:
    """The place of the selected row among all, 0-based; 0 if it is not there any more."""
    return next((number for number, row in enumerate(board.rows) if row.id == view.selected), 0)


def selected(view: View, board: Board) -> Row | None:
    """The selected row; None on an empty board."""
    return board.rows[index(view, board)] if board.rows else None


def marked(view: View, board: Board) -> Row | None:
    """The marked row, if it is still there."""
    return next((row for row in board.rows if row.id == view.marked), None)


def select(view: View, board: Board, number: int) -> View:
    """Select a row by its place; one beyond the ends is the first or last one."""
    if not board.rows:
        return replace(view, message="")
    return replace(view, selected=board.rows[max(0, min(number, len(board.rows) - 1))].id, message="")


def keep(view: View, board: Board, before: Board) -> View:
    """The view of a new board: the selected row stays so wherever it is now; if it is gone, what is in its place is."""
    if any(row.id == view.selected for row in board.rows):
        return view
    return replace(select(view, board, index(view, before)), message=view.message)


def mark(view: View, board: Board) -> View:
    """Mark the selected row, or take the mark off it."""
    row = selected(view, board)
    return replace(view, marked=None if row is None or row.id == view.marked else row.id, message="")


def scroll(view: View, lines: int, height: int) -> View:
    """Move the open text by so many lines, no further than its ends; `height` is how many fit."""
    if view.page is None:
        return view
    last = max(0, len(view.page.lines) - height)
    return replace(view, page=replace(view.page, top=max(0, min(view.page.top + lines, last))))


def first_shown(number: int, count: int, height: int) -> int:
    """The first of `count` rows to show so that row `number` is among the `height` that fit, near the middle if it can be."""
    return max(0, min(number - height // 2, count - height))
