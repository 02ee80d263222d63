"""What each session was billed in the last minutes: by its total's growth between looks, and at first by its transcript."""

from collections import deque
from collections.abc import Iterable

from forksight.core.dashboard.board import WINDOW
from forksight.core.savings.recent import own_since
from forksight.core.sessions.session import Node
from forksight.features.context import Context


class RecentTokens:
    """Remembers the totals of each look."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._totals: dict[str, int] = {}
        self._growth: dict[str, deque[tuple[float, int]]] = {}  # moments, and tokens that were new then

    def spent(self, nodes: Iterable[Node], now: float) -> dict[str, int]:
        """The tokens of each session in the last `WINDOW`, by id; sessions without any are left out."""
        for node in nodes:
            total = node.own.total
            last_total = self._totals.get(node.id)
            grown = total - last_total if last_total is not None else self._before(node, now)
            self._totals[node.id] = total
            if grown > 0:
                self._growth.setdefault(node.id, deque()).append((now, grown))
        for growth in self._growth.values():
            while growth and growth[0][0] < now - WINDOW:
                growth.popleft()
        return {session: sum(tokens for _, tokens in growth) for session, growth in self._growth.items() if growth}

    def _before(self, node: Node, now: float) -> int:
        """What a session was billed just before the first look, from its whole transcript."""
        if node.session is None or node.last_active < now - WINDOW:
            return 0
        spending, _ = self._context.sessions.spending(node.session)
        return own_since(spending, node.rows.inherited, now - WINDOW)
