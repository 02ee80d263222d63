"""Savings as a Markdown document, for an editor."""

from forksight.core.savings.savings import Savings
from forksight.core.savings.wording import BAR, bars, began, money, share
from forksight.core.sessions import document as session_document
from forksight.core.sessions.session import Node
from forksight.core.words.markdown import code, escaped, markdown_table


def markdown(result: Savings) -> str:
    """The whole document."""
    lines = ["# Savings", ""]
    if not result.spent:
        return "\n".join([*lines, "No session of this repository was billed anything yet.", *_uncovered(result), ""])
    priced = result.prices
    header = ["session", "input", "output", "cache read", "cache write", *(["cost"] if priced else [])]
    billed = [
        [title, *(f"{count:,}" for count in session_document.tokens(tokens).values())]
        + ([escaped(money(cost, priced.currency))] if priced else [])
        for title, tokens, cost in (
            *(
                (_name(session.node), session.tokens, priced.cost(session) if priced else None)
                for session in result.spent
            ),
            ("**all**", result.total, result.cost),
        )
    ]
    lines += ["## Billed", "", *markdown_table(header, billed)]
    for family in result.families:
        sums = family.arithmetic
        name = _name(family.parent) if family.parent else "a session that is gone"
        lines += ["", f"## Forks of {name}", "", f"By arithmetic: {share(sums)}.", "", "```"]
        lines += [f"{label:<15}{bar:<{BAR}}  {tokens:,}" for label, tokens, bar in bars(sums)]
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
        lines += ["", escaped(result.hint)]
    return "\n".join([*lines, *_uncovered(result), ""])


def _uncovered(result: Savings) -> list[str]:
    problems = [f"- {escaped(problem.message)}" for problem in result.problems]
    return ["", "## Not covered", "", *problems] if problems else []


def _name(node: Node) -> str:
    """A session's title and the beginning of its id, since forks inherit titles."""
    return f"{escaped(node.title)} {code(node.id[:8])}"
