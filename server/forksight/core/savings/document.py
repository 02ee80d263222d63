"""The JSON of savings; see docs/json.md."""

from forksight.core import document
from forksight.core.document import Plain
from forksight.core.savings.savings import Family, Savings, Start
from forksight.core.savings.spending import Spent
from forksight.core.sessions import document as session_document


def savings(result: Savings) -> Plain:
    """The whole result."""
    return {
        "version": 1,
        "repository": result.repository,
        "total": session_document.tokens(result.total),
        "currency": result.prices.currency if result.prices else None,
        "cost": result.cost,
        "sessions": [_spent(session, result) for session in result.spent],
        "families": [_family(family) for family in result.families],
        "hint": result.hint,
        "problems": document.problems(result.problems),
    }


def _spent(session: Spent, result: Savings) -> Plain:
    return {
        "session": session.node.id,
        "title": session.node.title,
        "tokens": session_document.tokens(session.tokens),
        "models": [
            {"model": model or None, "tokens": session_document.tokens(bill.tokens), "cache_write_1h": bill.hour}
            for model, bill in session.models.items()
        ],
        "cost": result.prices.cost(session) if result.prices else None,
    }


def _family(family: Family) -> Plain:
    sums = family.arithmetic
    return {
        "parent": family.parent.id if family.parent else None,
        "arithmetic": {"apart": sums.apart, "forked": sums.forked, "saved": sums.saved, "share": round(sums.share, 4)},
        "forks": [_start(start) for start in family.starts],
    }


def _start(start: Start) -> Plain:
    return {
        "session": start.node.id,
        "context": start.context,
        "work": start.work,
        "turns": start.turns,
        "cache_read": start.reads,
        "inherited_read": start.again,
        "cold": start.cold,
        "paid_again": start.paid_again,
        "waited_seconds": round(start.waited, 3) if start.waited is not None else None,
        "cache_lifetime_seconds": start.lifetime,
    }
