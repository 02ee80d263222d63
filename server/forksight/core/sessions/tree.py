"""Queries on a fork tree: which sessions are forks, what they descend from, which session works where."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from forksight.core.frozen import dataclass
from forksight.core.sessions.session import ForkTree, Mark, Node, State
from forksight.core.words.quantities import DAY

_GONE = (State.ARCHIVED, State.ORPHANED)


@dataclass(frozen=True, slots=True)
class Forks:
    """A repository's numbers of active forks and of abandoned ones."""

    active: int = 0
    abandoned: int = 0


def is_fork(node: Node) -> bool:
    """Whether a session began as a copy of another one, which may be gone. Attempts of a refresh don't count."""
    return not node.attempt and (node.parent is not None or node.rows.inherited > 0)


def parents_of(nodes: Iterable[Node]) -> dict[str, str | None]:
    """Each session's id -> its parent's id, None if it has none. A parent may be missing from the keys."""
    return {node.id: node.parent for node in nodes}


def ancestors(parents: Mapping[str, str | None], session: str) -> Iterator[str]:
    """The ids of a session's ancestors, nearest first. The last one may be missing from the keys of `parents`.

    If contradicting records form a cycle, the walk ends before an id would be repeated.
    """
    visited = {session}
    ancestor = parents.get(session)
    while ancestor is not None and ancestor not in visited:
        yield ancestor
        visited.add(ancestor)
        ancestor = parents.get(ancestor)


def depth(parents: Mapping[str, str | None], session: str) -> int:
    """The number of a session's ancestors; 0 for a session that is no fork."""
    return sum(1 for _ in ancestors(parents, session))


def outdated(tree: ForkTree) -> dict[str, Mark]:
    """Forks of a generation that is no longer current: fork's id -> that generation. Archived and orphaned forks are left out."""
    marks = {node.id: node.baseline for node in tree.nodes if node.baseline is not None}
    parents = parents_of(tree.nodes)
    superseded = {}
    for node in tree.nodes:
        if node.baseline is not None or node.state in _GONE:
            continue
        mark = next((marks[above] for above in ancestors(parents, node.id) if above in marks), None)
        if mark is not None and not mark.current:
            superseded[node.id] = mark
    return superseded


def working_here(tree: ForkTree, worktree: str, *, forks: bool = False) -> Node | None:
    """The session that works in a worktree: a live one, else the last active one. With `forks`, only forks that are no baselines."""
    sessions = [node for node in tree.nodes if node.worktree == worktree and node.state not in _GONE]
    if forks:
        sessions = [node for node in sessions if is_fork(node) and node.baseline is None]
    return max(sessions, key=liveliness, default=None)


def working_in(tree: ForkTree) -> dict[str, Node]:
    """`working_here` for all worktrees: the worktree's path -> its session."""
    working: dict[str, Node] = {}
    for node in tree.nodes:
        if node.worktree is not None and node.state not in _GONE:
            working[node.worktree] = max(working.get(node.worktree, node), node, key=liveliness)
    return working


def liveliness(node: Node) -> tuple[bool, float]:
    """A sort key: live sessions are greater than others, then later active ones."""
    return node.live is not None, node.last_active


def count_forks(tree: ForkTree, now: float, days: float) -> Forks:
    """How many forks are active (`is_active`), and how many are not. Archived forks and baselines are not counted."""
    forks = [
        node for node in tree.nodes if is_fork(node) and node.baseline is None and node.state is not State.ARCHIVED
    ]
    active = sum(is_active(node, now, days) for node in forks)
    return Forks(active, len(forks) - active)


def is_active(node: Node, now: float, days: float) -> bool:
    """Whether a session is live, pending, or was active in the last `days`. `now` is in seconds since the epoch."""
    lively = node.state.live or node.state is State.PENDING or now - node.last_active < days * DAY
    return lively and node.state not in _GONE


def shared_worktrees(tree: ForkTree) -> dict[str, tuple[Node, ...]]:
    """The live sessions of each worktree in which two or more work at once."""
    running: dict[str, list[Node]] = {}
    for node in tree.nodes:
        if node.live is not None and node.worktree is not None:
            running.setdefault(node.worktree, []).append(node)
    return {worktree: tuple(nodes) for worktree, nodes in running.items() if len(nodes) > 1}


def shared_text(nodes: Sequence[Node], worktree: str = "this worktree") -> str:
    """A sentence, without its full stop, that says that these live sessions work in one worktree."""
    named = " and ".join(sorted(f"“{node.title}”" for node in nodes))
    return f"The sessions {named} work in {worktree} at the same time: their edits mix"
