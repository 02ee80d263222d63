"""A session's state and its worktree's standing in words, the same for the tree, the status bar, the command line and warnings."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forksight.core.problems import Problem
from forksight.core.sessions.session import EditsElsewhere, LiveProcess, Node, State
from forksight.core.sessions.transcripts.prompts import shorten
from forksight.core.sessions.tree import is_fork

if TYPE_CHECKING:
    from forksight.core.sessions.standing import Standing

_WIDEST_TITLE = 60  # characters

_WORDS = {
    State.LIVE_BUSY: "working",
    State.LIVE_IDLE: "your turn",
    State.IDLE: "not running",
    State.PENDING: "not started yet",
    State.ARCHIVED: "archived",
    State.ORPHANED: "worktree gone",
}

# By `waitingFor`, as Claude Code 2.1.332 writes it.
_WAITS = {
    "permission prompt": "waits for a permission",
    "worker request": "waits for a permission",
    "sandbox request": "waits for a permission",
    "input needed": "waits for an answer",
    "goal proposal": "waits for an answer",
    "dialog open": "waits in a dialog",
}
_WAITS_FOR_A_PERSON = "waits for you"


def state_text(node: Node) -> str:
    """What a session does now, without a full stop: "working", "waits for a permission", "your turn", "not running"."""
    if node.live is not None:
        return live_text(node.live)
    if node.transcript_missing and node.state is State.IDLE:
        return "transcript not found"
    return _WORDS.get(node.state, _WAITS_FOR_A_PERSON)


def live_text(process: LiveProcess) -> str:
    """What a running session does now. With an unknown `waitingFor` it "waits for you": Claude Code only ever waits for a person."""
    if process.state is State.LIVE_WAITING:
        return _WAITS.get(process.waiting_for or "", _WAITS_FOR_A_PERSON)
    return _WORDS[process.state]


def live_clause(process: LiveProcess) -> str:
    """What a running session does now, as a clause to follow its name: "is working now", "waits for its next prompt"."""
    clauses = {State.LIVE_BUSY: "is working now", State.LIVE_IDLE: "waits for its next prompt"}
    return clauses.get(process.state) or live_text(process)


def title_text(node: Node) -> str:
    """A session's title in quotation marks, at most 60 characters of it: a title can be a whole prompt."""
    return f"“{shorten(node.title, _WIDEST_TITLE)}”"


def edits_elsewhere(nodes: Iterable[Node]) -> tuple[Problem, ...]:
    """A problem for each fork and each worktree, other than its own, in which it edited files. Its `path` is that worktree.

    A fork may follow an absolute path in its inherited context to another worktree. Comparing it or cleaning it up then does
    not cover all of its work.
    """
    return tuple(_edited(node, edits) for node in nodes if is_fork(node) for edits in node.elsewhere)


def _edited(node: Node, edits: EditsElsewhere) -> Problem:
    first, *more = edits.paths
    files = f"{first} and {len(more)} more" if more else first
    text = f"The fork “{node.title}” edited {files} in {edits.worktree}, which is not its worktree."
    return Problem("edits-elsewhere", text, edits.worktree)


def uncommitted_text(standing: "Standing") -> str:
    """Such as "3 uncommitted"; empty if all is committed, "not read" if that is unknown."""
    if standing.uncommitted is None:
        return "not read"
    return f"{standing.uncommitted} uncommitted" if standing.uncommitted else ""


def distance_text(standing: "Standing") -> str:
    """Such as "2 ahead of main, 1 behind"; empty without a target or a difference."""
    ahead = f"{standing.ahead} ahead of {standing.target}" if standing.ahead else ""
    behind = f"{standing.behind} behind{'' if ahead else f' {standing.target}'}" if standing.behind else ""
    return ", ".join(part for part in (ahead, behind) if part)
