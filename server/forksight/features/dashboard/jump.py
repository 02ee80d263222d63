"""Jumps to the terminal of a session: brings its tmux window to the front, else says what to type."""

from dataclasses import dataclass

from forksight.core.claude.background import attach
from forksight.core.dashboard.board import Row
from forksight.core.words import shell
from forksight.features.context import Context

_SHORT = 8  # characters of an id that are enough to type


@dataclass(frozen=True, slots=True)
class Jump:
    """The outcome: a sentence, and the command that the person can type, if there is one."""

    said: str
    command: str | None = None


def jump(context: Context, row: Row) -> Jump:
    """Bring a row's session to the front, or say how to get to it."""
    node = row.node
    if node is None:
        return Jump(f"No session works in {row.worktree}")
    if node.live is None:
        return Jump("It is not running. To resume it:", shell.join(["forksight", "resume", node.id[:_SHORT]]))
    if node.live.kind == "bg":
        return Jump("It runs in the background. To show it:", attach(node.id))
    fork = context.ledger.view()[0].fork(node.id)
    for place in (context.terminal.place_of(node.live.pid), fork.pane if fork else None):
        if place is not None and context.terminal.focus(place):
            command = context.terminal.attach(place)
            if command is None:
                return Jump(f"“{node.title}” is in front now")
            return Jump("It is in front in another tmux. To show that:", shell.join(command))
    device = context.terminal.device_of(node.live.pid)
    return Jump(
        f"It runs in the terminal {device}" if device else f"It runs without a terminal, as process {node.live.pid}"
    )
