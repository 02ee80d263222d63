"""Savings as plain data and as Markdown: what `--json` prints, what travels over LSP, what an editor opens."""

from collections.abc import Iterator

from forksight.core import document
from forksight.core.document import Plain
from forksight.core.savings.savings import Arithmetic, Family, Savings, Start
from forksight.core.savings.spending import Spent
from forksight.core.sessions import document as session_document
from forksight.core.sessions.session import Node
from forksight.core.words.markdown import markdown_table

_BAR = 24  # characters of the longest bar


def savings(result: Savings) -> Plain:
    """Everything."""
    return {
        "version": 1,
        "repository": result.repository,
        "total": session_document.tokens(result.total),
        "currency": result.prices.currency if result.prices else None,
        "cost": cost_of_all(result),
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


def cost_of_all(result: Savings) -> float | None:
    """What all sessions cost; None without prices, or if one is missing."""
    if result.prices is None:
        return None
    costs = [result.prices.cost(session) for session in result.spent]
    return None if None in costs else sum(cost for cost in costs if cost is not None)


def money(cost: float | None, currency: str) -> str:
    """An amount as people read it."""
    return "?" if cost is None else f"{cost:,.2f} {currency}".rstrip()


def share(sums: Arithmetic) -> str:
    """What was saved, for a person."""
    return (
        f"{sums.saved:,} tokens saved ({sums.share:.0%})" if sums.saved else "nothing saved: one fork needs one context"
    )


def bars(sums: Arithmetic) -> Iterator[tuple[str, int, str]]:
    """The chart of a family: label, tokens, bar."""
    for label, tokens in (("each builds it", sums.apart), ("built once", sums.forked)):
        yield label, tokens, "█" * max(1, round(_BAR * tokens / sums.apart)) if sums.apart else ""


def began(start: Start) -> str:
    """How a fork began, in words."""
    waited = "" if start.waited is None else f", {span(start.waited)} after its context was last used"
    return f"cold: {start.paid_again:,} paid again{waited}" if start.cold else "warm"


def span(seconds: float) -> str:
    """A time in one number and its unit."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def markdown(result: Savings) -> str:
    """The document for editors."""
    lines = ["# Savings", ""]
    if not result.spent:
        return "\n".join([*lines, "No session of this repository was billed anything yet.", *_uncovered(result), ""])
    priced = result.prices
    header = ["session", "input", "output", "cache read", "cache write", *(["cost"] if priced else [])]
    billed = [
        [title, *(f"{count:,}" for count in session_document.tokens(tokens).values())]
        + ([money(cost, priced.currency)] if priced else [])
        for title, tokens, cost in (
            *(
                (_name(session.node), session.tokens, priced.cost(session) if priced else None)
                for session in result.spent
            ),
            ("**all**", result.total, cost_of_all(result)),
        )
    ]
    lines += ["## Billed", "", *markdown_table(header, billed)]
    for family in result.families:
        sums = family.arithmetic
        name = _name(family.parent) if family.parent else "a session that is gone"
        lines += ["", f"## Forks of {name}", "", f"By arithmetic: {share(sums)}.", "", "```"]
        lines += [f"{label:<15}{bar:<{_BAR}}  {tokens:,}" for label, tokens, bar in bars(sums)]
        starts = [
            [
                _name(start.node),
                f"{start.context:,}",
                str(start.turns),
                f"{start.reads:,}",
                f"{start.again:,}",
                began(start),
            ]
            for start in family.starts
        ]
        header = ["fork", "inherits", "turns", "cache read", "of it inherited", "start"]
        lines += ["```", "", *markdown_table(header, starts)]
    if result.hint:
        lines += ["", result.hint]
    return "\n".join([*lines, *_uncovered(result), ""])


def _uncovered(result: Savings) -> list[str]:
    problems = [f"- {_text(problem.message)}" for problem in result.problems]
    return ["", "## Not covered", "", *problems] if problems else []


def _name(node: Node) -> str:
    """Its title and the beginning of its id: forks inherit titles."""
    return f"{_text(node.title)} `{node.id[:8]}`"


def _text(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
