"""Notices for a person who is not looking at a session: it waits for their decision, or it has ended its turn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from forksight.core.document import Plain
from forksight.core.sessions.session import Node, State
from forksight.core.sessions.wording import state_text, title_text


class Event(StrEnum):
    """What happened to a session."""

    WAITING = "waiting"  # it waits for a decision in the middle of a turn
    FINISHED = "finished"  # it has ended its turn


@dataclass(frozen=True, slots=True)
class Notice:
    """One session that a person is told of."""

    event: Event
    node: Node

    @property
    def message(self) -> str:
        """One sentence: who, what, and on which branch."""
        branch = f" ({self.node.branch})" if self.node.branch and self.node.branch != self.node.title else ""
        clause = state_text(self.node) if self.event is Event.WAITING else "has ended its turn"
        return f"{title_text(self.node)} {clause}{branch}."


def texts(nodes: Iterable[Node]) -> dict[str, tuple[State, str]]:
    """What each session does now, by id, for a later `notices` to compare with."""
    return {node.id: (node.state, state_text(node)) for node in nodes}


def notices(before: Mapping[str, tuple[State, str]], nodes: Iterable[Node]) -> tuple[Notice, ...]:
    """What happened since `before` (made by `texts`). A session that now waits for something else gets a new notice.

    A session that is not in `before` can be waiting, but not finished: nobody saw its turn begin.
    """
    news = []
    for node in nodes:
        last_state, last_text = before.get(node.id, (None, ""))
        if node.state is State.LIVE_WAITING and (last_state, last_text) != (node.state, state_text(node)):
            news.append(Notice(Event.WAITING, node))
        elif node.state is State.LIVE_IDLE and last_state is State.LIVE_BUSY:
            news.append(Notice(Event.FINISHED, node))
    return tuple(news)


def document(notice: Notice, repository: str) -> Plain:
    """The JSON of `forksight/sessionNotice`; see docs/json.md. `repository` is the common dir."""
    node = notice.node
    return {
        "repository": repository,
        "event": notice.event.value,
        "session": node.id,
        "title": node.title,
        "branch": node.branch,
        "worktree": node.worktree,
        "message": notice.message,
    }
