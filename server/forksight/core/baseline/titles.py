"""What the sessions of a baseline are called: `claude --resume NAME` is to find its current generation, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

from forksight.core.baseline.refresh import title
from forksight.core.sessions.session import Node
from forksight.core.store.ledger import Baseline
from forksight.core.words import shell


@dataclass(frozen=True, slots=True)
class Rename:
    """A session that is to be called otherwise."""

    node: Node
    title: str


def renames(baseline: Baseline, nodes: Sequence[Node]) -> tuple[Rename, ...]:
    """What is to be called otherwise, in this order: two sessions of one title are found by neither.

    A title that a person gave stays, and so does everything where a session that is no generation has the baseline's name.
    """
    name, current, others = _bearers(baseline, nodes)
    numbers = {generation.session: generation.number for generation in baseline.generations}
    if current is None or current.session is None or any(node.id not in numbers for node in others):
        return ()
    moved = bool(others) and current.title == title(name, baseline.current)
    if current.title != name and current.session.named and not moved:
        return ()
    former = tuple(Rename(node, title(name, numbers[node.id])) for node in others)
    return (*former, *([Rename(current, name)] if current.title != name else ()))


def hint(baseline: Baseline, nodes: Sequence[Node]) -> str | None:
    """What a person has to know to start Claude Code with the baseline by its name; None if the name leads to it."""
    name, current, others = _bearers(baseline, nodes)
    command = f"`claude --resume {shell.quote(name)}`"
    if others:
        return f"Another session is called {name} ({others[0].id[:8]}), so {command} does not find this one; `forksight fork` does."
    if current is None or current.title == name:
        return None
    return f"Type /rename {name} in it, and {command} finds it too."


def _bearers(baseline: Baseline, nodes: Sequence[Node]) -> tuple[str, Node | None, list[Node]]:
    """The baseline's name, the session of its current generation, and the other sessions that have that name as their title."""
    stored = [node for node in nodes if node.session is not None]
    current = next((node for node in stored if node.id == baseline.generation.session), None)
    return baseline.name, current, [node for node in stored if node.title == baseline.name and node is not current]
