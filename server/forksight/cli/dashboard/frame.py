"""Draws the dashboard: a heading, a row for each session, details of the selected one, and the keys.

States differ by sign and word, and the selection has a sign, so that no information depends on colours.
"""

import os
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, chop_cells
from rich.console import Group
from rich.text import Text

from forksight.core.dashboard import wording
from forksight.core.dashboard.board import Board, Row
from forksight.core.dashboard.view import Page, View, first_shown, index, selected
from forksight.core.sessions.session import State
from forksight.core.words.nearby import near
from forksight.core.words.quantities import short
from forksight.core.words.terminal import printable

_SIGNS = {
    State.LIVE_WAITING: ("◆", "bold yellow"),
    State.LIVE_BUSY: ("●", "bold green"),
    State.LIVE_IDLE: ("○", "green"),
    State.PENDING: ("◌", "yellow"),
}
_NO_SIGN = ("·", "dim")
_KEYS = "↑↓ move  ⏎ go there  space mark  c compare  d diff  q quit"
_PAGE_KEYS = "↑↓ PgUp PgDn scroll  q back"
_HEAD, _FOOT, _RULE = 2, 1, 1  # lines
_MOST_FOOT = 4  # lines
_ROOM = 12  # lines; a screen with fewer shows no details
_TOKENS, _WORK = 6, 9  # cells
_WIDE = 100  # cells; narrower rows are without tokens, work and conflicting files, which are in the details then
_LEAST = 10  # cells of a title or branch, at least


def frame(board: Board, view: View, width: int, height: int) -> Group:
    """A whole screen: exactly `height` lines of at most `width` cells."""
    if view.page is not None:
        return Group(*_padded(_page(view.page, width, height), height, _foot(_PAGE_KEYS, width, height)))
    below = _details_height(height)
    fitting = height - _HEAD - _FOOT - (below + _RULE if below else 0)
    number = index(view, board)
    first = first_shown(number, len(board.rows), fitting)
    chosen = selected(view, board)
    columns = _columns(board, width)
    lines = [_head(board, width), _titles(columns, width)]
    lines += [
        _row(row, columns, width, chosen=row is chosen, marked=row.id == view.marked)
        for row in board.rows[first : first + fitting]
    ]
    if len(lines) < _HEAD + fitting and (left_out := wording.left_out(board)):
        lines.append(_cut(Text(f"    {left_out}", style="dim"), width))
    for line in wording.colleagues(board)[: max(0, _HEAD + fitting - len(lines))]:
        lines.append(_cut(Text(f"  {printable(line)}", style="dim"), width))
    if not board.rows:
        lines.append(_cut(Text("    No session of Claude Code works here, and nothing conflicts.", style="dim"), width))
    if below:
        lines += [Text()] * (height - _FOOT - below - _RULE - len(lines))
        lines += _below(board, view, width, below)
    return Group(*_padded(lines, height, _foot(view.message or _KEYS, width, height)))


def picture(board: Board, width: int) -> Iterator[Text]:
    """The board for a file or a pipe: all rows, with the files that conflict."""
    columns = _columns(board, width)
    yield _cut(Text("  ").join(_heading(board)), width)
    yield _titles(columns, width)
    for row in board.rows:
        yield _row(row, columns, width, chosen=False, marked=False)
        for opponent in row.opponents if width < _WIDE else ():
            yield _conflict(f"      {wording.opponent(opponent)}")
    if left_out := wording.left_out(board):
        yield Text(f"    {left_out}", style="dim")
    for line in wording.colleagues(board):
        yield _cut(Text(printable(line), style="dim"), width)


def page_height(height: int) -> int:
    """How many lines of an open text fit on the screen."""
    return max(1, height - 1 - _FOOT)


def _details_height(height: int) -> int:
    return min(9, max(5, height // 4)) if height >= _ROOM else 0


def _heading(board: Board) -> tuple[Text, Text]:
    return Text(printable(wording.heading(board)), style="bold"), Text(" · ".join(wording.summary(board)), style="dim")


def _head(board: Board, width: int) -> Text:
    left, right = _heading(board)
    gap = max(2, width - left.cell_len - right.cell_len)
    return _cut(Text.assemble(left, " " * gap, right), width)


def _titles(columns: Sequence[int], width: int) -> Text:
    named = [Text(name, style="dim") for name in ("session", "branch", "state", "tokens", "work", "conflicts with")]
    return _cut(Text.assemble("    ", *_cells(columns, named)), width)


def _row(row: Row, columns: Sequence[int], width: int, *, chosen: bool, marked: bool) -> Text:
    sign, style = _SIGNS.get(row.node.state, _NO_SIGN) if row.node else _NO_SIGN
    text = wording.conflicts(row, files=width >= _WIDE)
    cells = [
        Text(printable(row.title), style="bold" if row.node and row.node.state in _SIGNS else ""),
        Text(printable(row.branch or ""), style="cyan"),
        Text(wording.state(row), style=style),
        Text(short(row.spent) if row.spent else ""),
        Text(wording.work(row)),
        _conflict(f"✗ {text}" if text else ""),
    ]
    before = Text.assemble(">" if chosen else " ", "*" if marked else " ", (sign, style), " ")
    line = _cut(Text.assemble(before, *_cells(columns, cells)), width)
    if chosen:  # in one style, because reversed cells of several colours are hard to read
        return Text(line.plain + " " * (width - line.cell_len), style="bold reverse")
    return line


def _cells(columns: Sequence[int], cells: Sequence[Text]) -> Iterator[Text]:
    """A row's cells, cut and padded to the columns' widths."""
    for cell, column in zip(cells, columns, strict=True):
        if column:
            shown = cell.copy()
            shown.truncate(column, overflow="ellipsis", pad=True)
            yield shown
            yield Text(" ")


def _columns(board: Board, width: int) -> tuple[int, ...]:
    """The width of each column in cells: at most that of its contents; conflicts get most of a wide screen. 0: left out."""
    titles = max(_LEAST, _widest(row.title for row in board.rows))
    branches = max(_LEAST, _widest(row.branch or "" for row in board.rows))
    state = max(_LEAST, _widest(wording.state(row) for row in board.rows))
    tokens, work = (_TOKENS, _WORK) if width >= _WIDE else (0, 0)
    room = width - 4 - 3 - sum(cells + 1 for cells in (state, tokens, work) if cells)
    names = _widest(wording.conflicts(row, files=False) for row in board.rows) + 2
    rest = room - max(_LEAST, min(names, room // 2))
    title = min(titles, max(_LEAST, rest - branches, rest // 2))
    branch = min(branches, max(_LEAST, rest - title))
    return title, branch, state, tokens, work, max(_LEAST, room - title - branch)


def _widest(texts: Iterable[str]) -> int:
    return max((cell_len(printable(text)) for text in texts), default=0)


def _below(board: Board, view: View, width: int, height: int) -> Iterator[Text]:
    """A horizontal rule, and `height` lines of details about the selected row."""
    row = selected(view, board)
    yield Text("─" * width, style="dim")
    if row is None:
        yield from (Text() for _ in range(height))
        return
    lines = [Text(printable(row.title), style="bold")]
    lines += [Text(printable(line)) for line in wording.details(row, board)]
    if row.worktree:
        lines[-1].append(f" · {printable(near(row.worktree, board.repository, os.path.expanduser('~')))}", style="dim")
    lines += [_conflict(f"✗ {wording.opponent(opponent)}") for opponent in row.opponents]
    lines += [Text(printable(problem.message), style="yellow") for problem in board.problems]
    if len(lines) > height:
        lines = [*lines[: height - 1], Text(f"and {len(lines) - height + 1} more: d shows them", style="dim")]
    for line in lines:
        yield _cut(line, width)
    yield from (Text() for _ in range(height - len(lines)))


def _page(page: Page, width: int, height: int) -> Iterator[Text]:
    shown = page.lines[page.top : page.top + page_height(height)]
    yield _cut(Text(printable(page.title), style="bold reverse"), width)
    for line in shown:
        yield _cut(Text(printable(line.expandtabs()), style=_line_style(line)), width)


def _line_style(line: str) -> str:
    """The style of a line of a unified diff."""
    if line.startswith(("+++", "---")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")


def _conflict(text: str) -> Text:
    return Text(printable(text), style="red")


def _foot(text: str, width: int, height: int) -> list[Text]:
    """The last lines. A long text is wrapped, so that a command in it can be read and copied."""
    parts = chop_cells(printable(text), width)
    return [
        Text(part, style="" if text not in (_KEYS, _PAGE_KEYS) else "dim")
        for part in parts[: max(1, min(_MOST_FOOT, height // 4))]
    ]


def _cut(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    return text


def _padded(lines: Iterable[Text], height: int, foot: Sequence[Text]) -> list[Text]:
    """Exactly `height` lines that end with the foot."""
    room = max(0, height - len(foot))
    shown = list(lines)[:room]
    return [*shown, *(Text() for _ in range(room - len(shown))), *foot]
