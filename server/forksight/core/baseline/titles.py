"""The titles of baselines' sessions, by which `claude --resume NAME` finds them.

Run in a terminal, it only finds sessions that began in one, and a refresh makes its sessions with `claude -p` (measured with
2.1.332). So the name stays with the generation that a person made, and Forksight says how to get to the current one.
"""

from collections.abc import Sequence

from forksight.core.sessions.session import Node
from forksight.core.store.ledger import Baseline
from forksight.core.words import shell


def nameless(baseline: Baseline, nodes: Sequence[Node]) -> Node | None:
    """The current generation's session if its title is not the baseline's name.

    None if another session has the name as its title: Claude Code finds neither of two sessions with the same title.
    """
    current, others = _bearers(baseline, nodes)
    return current if not others and current is not None and current.title != baseline.name else None


def hint(baseline: Baseline, nodes: Sequence[Node]) -> str | None:
    """How to start Claude Code with the baseline although its name does not lead to it; None if it does."""
    current, others = _bearers(baseline, nodes)
    name, command = baseline.name, f"`claude --resume {shell.quote(baseline.name)}`"
    former = former_by_name(baseline, nodes)
    if former:
        return former
    if others:
        return f"Another session is called {name} ({others[0].id[:8]}), so {command} does not find this one; `forksight fork` does."
    if current is None or current.title == name:
        return None
    return f"Type /rename {name} in it, and {command} finds it too."


def former_by_name(baseline: Baseline, nodes: Sequence[Node]) -> str | None:
    """The note that the baseline's name leads to a generation before the current one; None if it does not."""
    numbers = {generation.session: generation.number for generation in baseline.generations}
    former = next((numbers[node.id] for node in _bearers(baseline, nodes)[1] if node.id in numbers), None)
    if former is None:
        return None
    return (
        f"`claude --resume {shell.quote(baseline.name)}` still starts from generation {former}: Claude Code finds no session by name that "
        f"began without a terminal. `forksight fork` starts from generation {baseline.current}, and so does "
        f"`claude --resume {baseline.generation.session}`."
    )


def _bearers(baseline: Baseline, nodes: Sequence[Node]) -> tuple[Node | None, list[Node]]:
    """The current generation's session, and the other sessions whose title is the baseline's name."""
    stored = [node for node in nodes if node.session is not None]
    current = next((node for node in stored if node.id == baseline.generation.session), None)
    return current, [node for node in stored if node.title == baseline.name and node is not current]
