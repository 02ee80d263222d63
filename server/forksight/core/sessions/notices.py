"""What is new about sessions for a person who looks elsewhere: one stopped until they decide something, or ended its turn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from forksight.core.document import Plain
from forksight.core.sessions.session import Node, State
from forksight.core.sessions.wording import state_text, title_text


class Event(StrEnum):
    """What happened to a session."""

    WAITING = "waiting"  # it stopped in the middle of a turn
    FINISHED = "finished"  # its turn is over


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
    """What each session does, by id: to be compared with what it does later."""
    return {node.id: (node.state, state_text(node)) for node in nodes}


def notices(before: Mapping[str, tuple[State, str]], nodes: Iterable[Node]) -> tuple[Notice, ...]:
    """What happened since `before` (see `texts`). A session that waits for something else than before is told again.

    A session that was not there waits, perhaps, but has not ended a turn that anybody saw begin.
    """
    news = []
    for node in nodes:
        was, _ = known = before.get(node.id, (None, ""))
        if node.state is State.LIVE_WAITING and known != (node.state, state_text(node)):
            news.append(Notice(Event.WAITING, node))
        elif node.state is State.LIVE_IDLE and was is State.LIVE_BUSY:
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
