"""The status of a worktree as it is cached for `forksight statusline`: texts that are ready to be shown."""

from collections.abc import Sequence

from forksight.core.document import Plain
from forksight.core.sessions.session import ForkTree, Node, State
from forksight.core.sessions.tree import is_fork
from forksight.core.sessions.wording import state_text, title_text
from forksight.core.status import Status
from forksight.core.words.terminal import printable


def document(status: Status, tree: ForkTree, took: float) -> Plain:
    """The cached JSON.

    `took` is how many seconds it took to compute. In the JSON, `forks` maps the sessions that are live in this worktree to
    their names, and `waiting` lists the sessions of the whole repository that wait for a person.
    """
    here = [node for node in tree.nodes if node.worktree == status.worktree and node.live is not None]
    waiting = [node for node in tree.nodes if node.state is State.LIVE_WAITING]
    return {
        "version": 1,
        "worktree": status.worktree,
        "took": took,
        "branch": printable(status.branch or "detached"),
        "forks": {node.id: printable(f"fork {title_text(node)}") for node in here if is_fork(node)},
        "conflicts": _conflicts(status),
        "waiting": [[node.id, _waiting(node)] for node in waiting],
        "shared": f"{len(status.shared)} sessions here" if len(status.shared) > 1 else "",
        "baseline": _baseline(status),
        "stale": bool(status.baseline and status.baseline.reasons),
    }


def _conflicts(status: Status) -> str:
    counts = ((status.overlaps.conflicts, "conflict"), (status.overlaps.breaks, "break"))
    return ", ".join(f"{count} {noun}" if count == 1 else f"{count} {noun}s" for count, noun in counts if count)


def _waiting(node: Node) -> str:
    return printable(f"{title_text(node)} {state_text(node)}")


def _baseline(status: Status) -> str:
    if status.baseline is None:
        return ""
    name = f"{status.baseline.baseline.name} {status.baseline.baseline.current}"
    reasons: Sequence[str] = status.baseline.reasons
    return printable(f"{name} is stale: {'; '.join(reasons)}" if reasons else name)
