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


def savings(found: Savings) -> Plain:
    """Everything."""
    return {
        "version": 1,
        "repository": found.repository,
        "total": session_document.tokens(found.total),
        "currency": found.prices.currency if found.prices else None,
        "cost": cost_of_all(found),
        "sessions": [_spent(one, found) for one in found.spent],
        "families": [_family(family) for family in found.families],
        "hint": found.hint,
        "problems": document.problems(found.problems),
    }


def _spent(one: Spent, found: Savings) -> Plain:
    return {
        "session": one.node.id,
        "title": one.node.title,
        "tokens": session_document.tokens(one.tokens),
        "models": [
            {"model": model or None, "tokens": session_document.tokens(bill.tokens), "cache_write_1h": bill.hour}
            for model, bill in one.models.items()
        ],
        "cost": found.prices.cost(one) if found.prices else None,
    }


def _family(family: Family) -> Plain:
    sums = family.arithmetic
    return {
        "parent": family.parent.id if family.parent else None,
        "arithmetic": {"apart": sums.apart, "forked": sums.forked, "saved": sums.saved, "share": round(sums.share, 4)},
        "forks": [_start(one) for one in family.starts],
    }


def _start(one: Start) -> Plain:
    return {
        "session": one.node.id,
        "context": one.context,
        "work": one.work,
        "turns": one.turns,
        "cache_read": one.reads,
        "inherited_read": one.again,
        "cold": one.cold,
        "paid_again": one.paid_again,
        "waited_seconds": round(one.waited, 3) if one.waited is not None else None,
        "cache_lifetime_seconds": one.lifetime,
    }


def cost_of_all(found: Savings) -> float | None:
    """What all sessions cost; None without prices, or if one is missing."""
    if found.prices is None:
        return None
    costs = [found.prices.cost(one) for one in found.spent]
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


def began(one: Start) -> str:
    """How a fork began, in words."""
    waited = "" if one.waited is None else f", {span(one.waited)} after its context was last used"
    return f"cold: {one.paid_again:,} paid again{waited}" if one.cold else "warm"


def span(seconds: float) -> str:
    """A time in one number and its unit."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def markdown(found: Savings) -> str:
    """The document for editors."""
    lines = ["# Savings", ""]
    if not found.spent:
        return "\n".join([*lines, "No session of this repository was billed anything yet.", *_uncovered(found), ""])
    priced = found.prices
    header = ["session", "input", "output", "cache read", "cache write", *(["cost"] if priced else [])]
    billed = [
        [title, *(f"{count:,}" for count in session_document.tokens(tokens).values())]
        + ([money(cost, priced.currency)] if priced else [])
        for title, tokens, cost in (
            *((_name(one.node), one.tokens, priced.cost(one) if priced else None) for one in found.spent),
            ("**all**", found.total, cost_of_all(found)),
        )
    ]
    lines += ["## Billed", "", *markdown_table(header, billed)]
    for family in found.families:
        sums = family.arithmetic
        name = _name(family.parent) if family.parent else "a session that is gone"
        lines += ["", f"## Forks of {name}", "", f"By arithmetic: {share(sums)}.", "", "```"]
        lines += [f"{label:<15}{bar:<{_BAR}}  {tokens:,}" for label, tokens, bar in bars(sums)]
        starts = [
            [_name(one.node), f"{one.context:,}", str(one.turns), f"{one.reads:,}", f"{one.again:,}", began(one)]
            for one in family.starts
        ]
        header = ["fork", "inherits", "turns", "cache read", "of it inherited", "start"]
        lines += ["```", "", *markdown_table(header, starts)]
    if found.hint:
        lines += ["", found.hint]
    return "\n".join([*lines, *_uncovered(found), ""])


def _uncovered(found: Savings) -> list[str]:
    problems = [f"- {_text(problem.message)}" for problem in found.problems]
    return ["", "## Not covered", "", *problems] if problems else []


def _name(node: Node) -> str:
    """Its title and the beginning of its id: forks inherit titles."""
    return f"{_text(node.title)} `{node.id[:8]}`"


def _text(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
