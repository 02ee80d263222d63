"""The dashboard in words: its heading, its columns, and the details of the selected row."""

import os
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from forksight.core.dashboard.board import WINDOW, Board, Opponent, Row
from forksight.core.sessions.session import State
from forksight.core.sessions.wording import distance_text, state_text, uncommitted_text
from forksight.core.teams.wording import colleague_text
from forksight.core.words.quantities import age, many, short

_NAMED = 6  # files that are named; more are counted


def heading(board: Board) -> str:
    """The project's name: its main checkout's folder, or the bare repository's."""
    folder = os.path.dirname(board.repository) if os.path.basename(board.repository) == ".git" else board.repository
    return os.path.basename(folder)


def summary(board: Board) -> list[str]:
    """How many sessions wait, work and conflict, and what was billed recently. Zeros are left out."""
    states = Counter(row.node.state for row in board.rows if row.node)
    waiting, working, idle = (states[state] for state in (State.LIVE_WAITING, State.LIVE_BUSY, State.LIVE_IDLE))
    spent = sum(row.spent for row in board.rows)
    parts = [f"{waiting} {'waits' if waiting == 1 else 'wait'} for you"] if waiting else []
    parts += [f"{working} working"] if working else []
    parts += [f"{idle} your turn"] if idle else []
    parts += [] if waiting or working or idle else ["nothing runs"]
    parts += [many(board.conflicts, "conflict")] if board.conflicts else []
    parts += [] if board.compared else ["comparing the worktrees …"]
    parts += [f"{short(spent)} tokens in {WINDOW / 60:.0f} min"] if spent else []
    return parts


def state(row: Row) -> str:
    """What a row's session does now."""
    return state_text(row.node) if row.node else "no session"


def conflicts(row: Row, *, files: bool) -> str:
    """The opponents of a row, the one with the most files first; with `files`, also the files."""
    if not row.opponents:
        return ""
    if files:
        return " · ".join(opponent(other) for other in row.opponents)
    first, *more = row.opponents
    return f"{first.label} +{len(more)}" if more else first.label


def opponent(other: Opponent) -> str:
    """An opponent and the files of the conflicts."""
    parts = [_some(other.conflicts)] if other.conflicts else []
    parts += [f"breaks {_some(other.breaks)}"] if other.breaks else []
    return f"{other.label}: {', '.join(parts)}"


def work(row: Row) -> str:
    """Commits that are not merged and files that are not committed, in a few characters: `↑3 ±2`."""
    standing = row.checkout.standing if row.checkout else None
    if standing is None:
        return ""
    parts = [f"↑{standing.ahead}"] if standing.ahead else []
    parts += [f"±{'?' if standing.uncommitted is None else standing.uncommitted}"] if standing.uncommitted != 0 else []
    return " ".join(parts)


def colleagues(board: Board) -> list[str]:
    """The state of sharing, and a line for each worktree on another machine; nothing if sharing is off."""
    shown = board.colleagues
    if not shown.sharing:
        return []
    today = datetime.fromtimestamp(board.now).astimezone()
    lines = [f"  {worktree.label}  {colleague_text(worktree, today)}" for worktree in shown.worktrees]
    return [f"Colleagues · {shown.sharing}", *lines]


def details(row: Row, board: Board) -> list[str]:
    """Facts about one row, without its conflicts."""
    facts = [state(row)]
    if row.node is not None:
        baseline = row.node.baseline
        facts += [f"baseline {baseline.name} {baseline.generation}"] if baseline else []
        facts += [f"last active {age(board.now - row.node.last_active)}"] if row.node.state is State.IDLE else []
        facts += [f"{short(row.spent)} tokens in {WINDOW / 60:.0f} min"] if row.spent else []
        facts += [f"{short(row.node.own.total)} tokens in all"] if row.node.own.total else []
    parts = [row.branch or "no branch"]
    standing = row.checkout.standing if row.checkout else None
    if standing is not None:
        parts += [text for text in (distance_text(standing), uncommitted_text(standing)) if text]
    return [" · ".join(facts), " · ".join(parts)]


def left_out(board: Board) -> str:
    """How many sessions are not shown; empty if all are."""
    return f"and {many(board.left_out, 'session')} that nobody works with: `forksight tree`" if board.left_out else ""


def _some(paths: Sequence[str]) -> str:
    more = len(paths) - _NAMED
    return ", ".join(paths[:_NAMED]) + (f" and {more} more" if more > 0 else "")
