"""Questions to a fork tree: which sessions are forks, what they descend from, who works where."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from forksight.core.frozen import dataclass
from forksight.core.sessions.session import ForkTree, Mark, Node, State
from forksight.core.words.quantities import DAY

_GONE = (State.ARCHIVED, State.ORPHANED)


@dataclass(frozen=True, slots=True)
class Forks:
    """How many forks of a repository somebody still works with, and how many are left behind."""

    active: int = 0
    abandoned: int = 0


def is_fork(node: Node) -> bool:
    """Whether a session began as a copy of another one, though that may be gone; what a refresh made is for no task."""
    return not node.attempt and (node.parent is not None or node.rows.inherited > 0)


def parents_of(nodes: Iterable[Node]) -> dict[str, str | None]:
    """The parent's id of each session, None for one that is nobody's fork. A parent itself may be missing."""
    return {node.id: node.parent for node in nodes}


def ancestors(parents: Mapping[str, str | None], session: str) -> Iterator[str]:
    """The ids of the sessions that a session descends from, nearest first, the session itself not among them.

    The last one may be missing from `parents`. Where records contradict each other and go in a circle, the walk ends at
    the first session that would come again.
    """
    passed = {session}
    above = parents.get(session)
    while above is not None and above not in passed:
        yield above
        passed.add(above)
        above = parents.get(above)


def depth(parents: Mapping[str, str | None], session: str) -> int:
    """How many forks there are from the first session to this one; 0 for one that is no fork."""
    return sum(1 for _ in ancestors(parents, session))


def outdated(tree: ForkTree) -> dict[str, Mark]:
    """The forks that can still go on and whose nearest baseline is a generation that is not the current one, by id."""
    marks = {node.id: node.baseline for node in tree.nodes if node.baseline is not None}
    parents = parents_of(tree.nodes)
    superseded = {}
    for node in tree.nodes:
        if node.baseline is not None or node.state in (State.ARCHIVED, State.ORPHANED):
            continue
        mark = next((marks[above] for above in ancestors(parents, node.id) if above in marks), None)
        if mark is not None and not mark.current:
            superseded[node.id] = mark
    return superseded


def working_here(tree: ForkTree, worktree: str, *, forks: bool = False) -> Node | None:
    """The session (`forks`: the fork for a task, which no baseline is) of a worktree: a live one, else the last active one."""
    sessions = [node for node in tree.nodes if node.worktree == worktree and node.state not in _GONE]
    if forks:
        sessions = [node for node in sessions if is_fork(node) and node.baseline is None]
    return max(sessions, key=liveliness, default=None)


def working_in(tree: ForkTree) -> dict[str, Node]:
    """The session that `working_here` finds, for each worktree that has one."""
    working: dict[str, Node] = {}
    for node in tree.nodes:
        if node.worktree is not None and node.state not in _GONE:
            working[node.worktree] = max(working.get(node.worktree, node), node, key=liveliness)
    return working


def liveliness(node: Node) -> tuple[bool, float]:
    """How likely it is that a session is the one at work in its worktree: live ones before others, then the last active one."""
    return node.live is not None, node.last_active


def count_forks(tree: ForkTree, now: float, days: float) -> Forks:
    """How many forks are live, pending or were active in the last `days`, and how many others there are; archived ones are neither."""
    forks = [
        node for node in tree.nodes if is_fork(node) and node.baseline is None and node.state is not State.ARCHIVED
    ]
    active = sum(is_active(node, now, days) for node in forks)
    return Forks(active, len(forks) - active)


def is_active(node: Node, now: float, days: float) -> bool:
    """Whether somebody still works with a session: it is live, pending, or was active in the last `days`; `now` is in seconds since the epoch."""
    lively = node.state.live or node.state is State.PENDING or now - node.last_active < days * DAY
    return lively and node.state not in (State.ARCHIVED, State.ORPHANED)


def shared_worktrees(tree: ForkTree) -> dict[str, tuple[Node, ...]]:
    """The worktrees that two or more live sessions work in at once."""
    running: dict[str, list[Node]] = {}
    for node in tree.nodes:
        if node.live is not None and node.worktree is not None:
            running.setdefault(node.worktree, []).append(node)
    return {worktree: tuple(nodes) for worktree, nodes in running.items() if len(nodes) > 1}


def shared_text(nodes: Sequence[Node], worktree: str = "this worktree") -> str:
    """Says that these live sessions work in one worktree: a sentence without its full stop."""
    named = " and ".join(sorted(f"“{node.title}”" for node in nodes))
    return f"The sessions {named} work in {worktree} at the same time: their edits mix"
