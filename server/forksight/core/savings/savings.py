"""What forking saved: the arithmetic of a context that is built once, and what the start of each fork really cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forksight.core.problems import Problem
from forksight.core.savings.prices import Prices
from forksight.core.savings.spending import LONG, SHORT, Answer, Spending, Spent
from forksight.core.sessions.session import Node, Tokens


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The arithmetic for sessions that need the same context. Both tuples have the tokens of each session, in the same order."""

    # What each inherited.
    contexts: tuple[int, ...]
    # What each added.
    work: tuple[int, ...]

    @property
    def apart(self) -> int:
        """The tokens if every session builds its own context."""
        return sum(self.contexts) + sum(self.work)

    @property
    def forked(self) -> int:
        """The tokens if the longest context is built once, and the sessions are forks of it."""
        return max(self.contexts, default=0) + sum(self.work)

    @property
    def saved(self) -> int:
        """The difference: all contexts but the longest. A single fork saves nothing."""
        return self.apart - self.forked

    @property
    def share(self) -> float:
        """The saved share of `apart`, from 0.0 to 1.0."""
        return self.saved / self.apart if self.apart else 0.0


@dataclass(frozen=True, slots=True)
class Start:
    """The cache use of one fork. Counts are in tokens, times in seconds."""

    node: Node
    # The context that it inherited, and what it added to that.
    context: int
    work: int
    # How many requests it made.
    turns: int
    # All that it read from the cache, and how much of that at most was the inherited context.
    reads: int
    again: int
    # What its first request read from the cache, at most the inherited context.
    first: int
    # How long the inherited context had rested in the cache when the fork began; None if stamps are missing.
    waited: float | None
    # How long the cache keeps it.
    lifetime: int

    @property
    def cold(self) -> bool:
        """Whether the cache had less than half of the context. Tools and system prompt alone may be cached by other sessions."""
        return self.first * 2 < self.context

    @property
    def paid_again(self) -> int:
        """The tokens of the inherited context that a cold start had to write to the cache again; 0 for a warm start."""
        return self.context - self.first if self.cold else 0

    @property
    def late(self) -> bool:
        """Whether a cold start came later than the cache's lifetime."""
        return self.cold and self.waited is not None and self.waited > self.lifetime


@dataclass(frozen=True, slots=True)
class Family:
    """The forks of one session (None if that is gone)."""

    parent: Node | None
    starts: tuple[Start, ...]

    @property
    def arithmetic(self) -> Arithmetic:
        """The arithmetic of these forks."""
        return Arithmetic(tuple(start.context for start in self.starts), tuple(start.work for start in self.starts))


@dataclass(frozen=True, slots=True)
class Savings:
    """The savings in one repository."""

    repository: str
    spent: tuple[Spent, ...] = ()
    families: tuple[Family, ...] = ()
    # None when no table was given.
    prices: Prices | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def total(self) -> Tokens:
        """What all sessions were billed."""
        return sum((session.tokens for session in self.spent), Tokens())

    @property
    def cost(self) -> float | None:
        """The cost of all sessions; None without prices, or if any model has no price."""
        if self.prices is None:
            return None
        costs = [self.prices.cost(session) for session in self.spent]
        return None if None in costs else sum(cost for cost in costs if cost is not None)

    @property
    def starts(self) -> tuple[Start, ...]:
        """The starts of all families."""
        return tuple(start for family in self.families for start in family.starts)

    @property
    def hint(self) -> str | None:
        """Advice about cold starts; None if there were none."""
        cold = [start for start in self.starts if start.cold]
        if not cold:
            return None
        late = [start for start in cold if start.late]
        if not late:
            return "Started within the cache's lifetime and still cold: start one fork first, then the others, with the same model and tools."
        minutes = max(start.lifetime for start in late) // 60
        return f"Start forks within the cache's lifetime: {minutes} minutes after the context was last used."


def families(
    nodes: Sequence[Node], read: Mapping[str, Spending], owned: Mapping[str, Mapping[str, Answer]]
) -> tuple[Family, ...]:
    """The forks that have answers of their own, by parent.

    By session, `read` has the answers in its transcript, and `owned` those that it paid (the result of `spending.book`).
    """
    by_id = {node.id: node for node in nodes}
    billed = {identity: answer for answers in owned.values() for identity, answer in answers.items()}
    holders: dict[str, list[list[float]]] = {}  # by message: when each session that has it asked anything
    for spending in read.values():
        moments = [answer.moment for answer in spending.main]
        for answer in spending.main:
            holders.setdefault(answer.id, []).append(moments)
    grouped: dict[str | None, list[Start]] = {}
    for node in nodes:
        start = _start(node, read.get(node.id, Spending()), billed, holders)
        if start is not None:
            grouped.setdefault(node.parent if node.parent in by_id else None, []).append(start)
    return tuple(Family(by_id.get(parent or ""), tuple(starts)) for parent, starts in grouped.items())


def _start(
    node: Node, spending: Spending, billed: Mapping[str, Answer], holders: Mapping[str, list[list[float]]]
) -> Start | None:
    """The cache use of a fork; None for a session without inherited answers, or without own ones.

    By message id, `billed` has the answer as it was billed, and `holders` the times of all answers of each session that has the
    message.
    """
    inherited = [billed.get(answer.id, answer) for answer in spending.main if answer.row < node.rows.inherited]
    inherited = [answer for answer in inherited if answer.context]
    own = [answer for answer in spending.main if answer.row >= node.rows.inherited and answer.context]
    if not inherited or not own:
        return None
    last, first = inherited[-1], own[0]
    now = next((answer for answer in reversed(own) if answer.kept), last)
    requests = [moment for moments in holders.get(last.id, ()) for moment in moments]
    before = [moment for moment in requests if 0 < last.moment <= moment < first.moment]
    return Start(
        node=node,
        context=last.context,
        work=max(0, now.context - last.context),
        turns=len(own),
        reads=sum(answer.tokens.cache_read for answer in own),
        again=sum(min(answer.tokens.cache_read, last.context) for answer in own),
        first=min(first.tokens.cache_read, last.context),
        waited=first.moment - max(before) if before else None,
        lifetime=LONG if any(answer.hour for answer in inherited) else SHORT,
    )
