"""Which baseline a session has its context from, and whether that is stale."""

from forksight.core.claude.settings import Expiry
from forksight.core.sessions.session import ForkTree, Node
from forksight.core.sessions.tree import ancestors, parents_of
from forksight.core.store.ledger import Baseline, Generation, LedgerView
from forksight.core.words.quantities import DAY, many


def generation_of(view: LedgerView, tree: ForkTree, session: str | None) -> tuple[Baseline, Generation] | None:
    """The baseline and generation that a session inherits its context from; None if it descends from none."""
    line = (session, *ancestors(parents_of(tree.nodes), session)) if session else ()
    return next((view.generations[member] for member in line if member in view.generations), None)


def baseline_for(view: LedgerView, tree: ForkTree, session: Node | None) -> Baseline | None:
    """The baseline that a session descends from; without one, the repository's only baseline."""
    inherited_from = generation_of(view, tree, session.id if session else None)
    if inherited_from is not None:
        return inherited_from[0]
    return view.baselines[0] if len(view.baselines) == 1 else None


def stale_reasons(
    baseline: Baseline, node: Node | None, end: Expiry | None, *, now: float, days: int
) -> tuple[str, ...]:
    """Why a baseline is stale, apart from drift: a phrase for each reason.

    `node` is the session of its current generation, None if the transcript is gone; `end` says when Claude Code deletes that. A
    baseline whose session was not active for more than `days` is stale. `now` is in seconds since the epoch.
    """
    reasons = []
    if node is None:
        reasons.append("its transcript is not there any more")
        since = baseline.generation.created
    else:
        since = node.last_active
    if now - since > days * DAY:
        reasons.append(f"it learned nothing for {int((now - since) // DAY)} days")
    if end is not None and end.soon:
        reasons.append(f"Claude Code deletes its transcript in {many(end.days, 'day')}")
    return tuple(reasons)
