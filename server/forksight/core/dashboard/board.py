"""The data of the dashboard: which sessions work where, which wait for a person, and which worktrees conflict on which files."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from forksight.core.git.snapshot import Worktree
from forksight.core.overlaps.overlap import Matrix, PairFile
from forksight.core.problems import Problem
from forksight.core.sessions.session import WORKTREE, Node, State
from forksight.core.sessions.standing import Standing
from forksight.core.sessions.tree import is_active, liveliness
from forksight.core.teams.overview import Colleagues

WINDOW = 300.0  # seconds: tokens of the last minutes are those of so many

# What a person looks for first comes first.
_RANKS = {State.LIVE_WAITING: 0, State.LIVE_BUSY: 1, State.LIVE_IDLE: 2, State.PENDING: 3}
_NOT_RUNNING, _GONE = 4, (State.ARCHIVED, State.ORPHANED)


@dataclass(frozen=True, slots=True)
class Opponent:
    """Another worktree, with the files in which the two conflict, and those that a clean merge breaks."""

    label: str
    worktree: str
    conflicts: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkout:
    """A worktree with its opponents and its standing (None if git could not be asked)."""

    worktree: Worktree
    opponents: tuple[Opponent, ...] = ()
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A session, or a worktree that has conflicts and no session. `id` is the session's id, or `worktree:<path>`."""

    id: str
    title: str
    branch: str | None
    worktree: str | None
    node: Node | None
    # None before the worktrees were compared.
    checkout: Checkout | None = None
    # The tokens that the session was billed in the last `WINDOW`.
    spent: int = 0

    @property
    def opponents(self) -> tuple[Opponent, ...]:
        """The worktrees that it conflicts with."""
        return self.checkout.opponents if self.checkout else ()


@dataclass(frozen=True, slots=True)
class Board:
    """One state of the dashboard. `here` is the path of the worktree that it was started in."""

    repository: str
    here: str
    now: float
    rows: tuple[Row, ...] = ()
    # How many sessions are not among the rows: nobody works with them.
    left_out: int = 0
    # How many pairs of worktrees conflict.
    conflicts: int = 0
    # Whether the worktrees were compared yet.
    compared: bool = False
    colleagues: Colleagues = field(default_factory=Colleagues)
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The input of `board`: sessions, their recently billed tokens by id, and worktrees by path (None: not compared yet)."""

    repository: str
    here: str
    now: float
    nodes: tuple[Node, ...]
    spent: Mapping[str, int]
    checkouts: Mapping[str, Checkout] | None
    # How many days without activity make a fork abandoned: the setting `forksight.forks.abandonedAfterDays`.
    abandoned_after: float
    colleagues: Colleagues = field(default_factory=Colleagues)
    problems: tuple[Problem, ...] = ()


def board(facts: Facts) -> Board:
    """The board: live sessions, the last one of each other worktree with conflicts or recent work, conflicting worktrees without any."""
    checkouts = facts.checkouts or {}
    conflicting = {path for path, checkout in checkouts.items() if checkout.opponents}
    shown = _shown(facts, conflicting)
    rows = [
        Row(
            node.id,
            node.title,
            node.branch,
            node.worktree,
            node,
            checkouts.get(node.worktree or ""),
            facts.spent.get(node.id, 0),
        )
        for node in shown
    ]
    inhabited = {row.worktree for row in rows}
    rows += [
        Row(f"{WORKTREE}{path}", path.rpartition("/")[2], checkout.worktree.branch, path, None, checkout)
        for path, checkout in checkouts.items()
        if path in conflicting and path not in inhabited
    ]
    pairs = {frozenset((path, other.worktree)) for path in conflicting for other in checkouts[path].opponents}
    return Board(
        repository=facts.repository,
        here=facts.here,
        now=facts.now,
        rows=tuple(sorted(rows, key=_rank)),
        left_out=sum(node.state is not State.ARCHIVED for node in facts.nodes) - len(shown),
        conflicts=len(pairs),
        compared=facts.checkouts is not None,
        colleagues=facts.colleagues,
        problems=facts.problems,
    )


def checkouts(matrix: Matrix, standings: Iterable[Standing]) -> dict[str, Checkout]:
    """The worktrees of this machine by path, with their opponents, colleagues' worktrees included."""
    opponents: dict[str, list[Opponent]] = {worktree.path: [] for worktree in matrix.worktrees}
    for pair in matrix.pairs:
        a, b = matrix.worktrees[pair.a], matrix.worktrees[pair.b]
        opponents[a.path].append(_opponent(b, pair.files))
        opponents[b.path].append(_opponent(a, pair.files))
    by_path = {standing.path: standing for standing in standings}
    return {
        worktree.path: Checkout(
            worktree,
            tuple(sorted(opponents[worktree.path], key=lambda other: (-len(other.conflicts), other.label))),
            by_path.get(worktree.path),
        )
        for worktree in matrix.worktrees
        if not worktree.colleague
    }


def _opponent(worktree: Worktree, files: Sequence[PairFile]) -> Opponent:
    def paths(chosen: Iterable[PairFile]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(file.path for file in chosen))

    breaks = paths(file for file in files if file.kind.semantic)
    return Opponent(worktree.label, worktree.path, paths(file for file in files if not file.kind.semantic), breaks)


def _shown(facts: Facts, conflicting: Collection[str]) -> list[Node]:
    """The live and pending sessions, and the last active session of each other worktree that has conflicts or is still in use."""
    working = [node for node in facts.nodes if node.state in _RANKS]
    inhabited = {node.worktree for node in working}
    last: dict[str | None, Node] = {}
    for node in facts.nodes:
        if node.state not in _RANKS and node.state not in _GONE and node.worktree not in inhabited and not node.attempt:
            last[node.worktree] = max(last.get(node.worktree, node), node, key=liveliness)
    in_use = [
        node
        for worktree, node in last.items()
        if worktree in conflicting or (node.baseline is None and is_active(node, facts.now, facts.abandoned_after))
    ]
    return [*working, *in_use]


def _rank(row: Row) -> tuple[int, bool, float, str]:
    """The sort key: waiting sessions first, then working ones, then those with conflicts.

    Live sessions are sorted by their start, so that rows don't move at each answer, the others by their last activity.
    """
    rank = _RANKS.get(row.node.state, _NOT_RUNNING) if row.node else _NOT_RUNNING + 1
    live = rank < _NOT_RUNNING
    moment = row.node.started if row.node and live else row.node.last_active if row.node else 0.0
    return rank, not row.opponents, -moment, row.id
