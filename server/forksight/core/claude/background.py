"""The sessions that Claude Code itself runs or ran in the background, as `claude agents` lists them."""

from collections.abc import Iterable
from dataclasses import dataclass

from forksight.core.store.ledger import Fork


@dataclass(frozen=True, slots=True)
class Agent:
    """One row of the list. `short` is the id that `claude attach|logs|stop` take; `pid` is None when nothing runs."""

    session: str
    short: str | None
    cwd: str | None
    name: str | None
    pid: int | None
    status: str | None


def attach(session: str) -> str:
    """The command that shows a background session in the terminal where it is typed."""
    return f"claude attach {session[:8]}"


def agent_of(fork: Fork, agents: Iterable[Agent], taken: Iterable[str]) -> Agent | None:
    """The agent that is this background fork: by the short id, else (killed before that was noted) by place and name.

    `taken` are the ids of sessions that are known to be something else.
    """
    known = set(taken)
    free = [agent for agent in agents if agent.session not in known]
    if fork.short is not None:
        return next((agent for agent in free if agent.session.startswith(fork.short)), None)
    same = [agent for agent in free if agent.cwd == fork.worktree and agent.name == fork.title]
    return same[0] if len(same) == 1 else None
