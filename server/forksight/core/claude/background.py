"""The sessions that Claude Code itself runs or ran in the background, as `claude agents` lists them."""

from collections.abc import Iterable
from dataclasses import dataclass

from forksight.core.store.ledger import Fork


@dataclass(frozen=True, slots=True)
class Agent:
    """One row of the list."""

    session: str
    short: str | None  # the id that `claude attach|logs|stop` take
    cwd: str | None
    name: str | None
    pid: int | None  # None when nothing runs
    status: str | None


def attach(session: str) -> str:
    """The command that shows a background session in the terminal where it is typed."""
    return f"claude attach {session[:8]}"


def agent_of(fork: Fork, agents: Iterable[Agent], taken: Iterable[str]) -> Agent | None:
    """The agent that is this background fork; None if there is none, or several could be it.

    It is known by its short id. If we were killed before that was noted, it is known by its directory and name. `taken` are
    the ids of sessions that are known to be something else.
    """
    excluded = set(taken)
    candidates = [agent for agent in agents if agent.session not in excluded]
    if fork.short is not None:
        return next((agent for agent in candidates if agent.session.startswith(fork.short)), None)
    matching = [agent for agent in candidates if agent.cwd == fork.worktree and agent.name == fork.title]
    return matching[0] if len(matching) == 1 else None
