"""Claude Code's background sessions, as `claude agents` lists them."""

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
    """The command that shows a background session in the current terminal."""
    return f"claude attach {session[:8]}"


def agent_of(fork: Fork, agents: Iterable[Agent], taken: Iterable[str]) -> Agent | None:
    """The agent that runs this background fork; None if there is none, or if several match.

    It is found by its short id or, if Forksight was killed before noting that, by its directory and name. Sessions in `taken`
    (ids) are known to be something else.
    """
    excluded = set(taken)
    candidates = [agent for agent in agents if agent.session not in excluded]
    if fork.short is not None:
        return next((agent for agent in candidates if agent.session.startswith(fork.short)), None)
    matching = [agent for agent in candidates if agent.cwd == fork.worktree and agent.name == fork.title]
    return matching[0] if len(matching) == 1 else None
