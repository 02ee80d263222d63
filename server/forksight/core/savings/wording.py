"""Savings in words: amounts, times, and the bars of a chart."""

from collections.abc import Iterator

from forksight.core.savings.savings import Arithmetic, Start

BAR = 24  # characters of the longest bar


def money(cost: float | None, currency: str) -> str:
    """An amount of money; "?" if it is unknown."""
    return "?" if cost is None else f"{cost:,.2f} {currency}".rstrip()


def share(sums: Arithmetic) -> str:
    """The saved tokens and their share."""
    return (
        f"{sums.saved:,} tokens saved ({sums.share:.0%})" if sums.saved else "nothing saved: one fork needs one context"
    )


def bars(sums: Arithmetic) -> Iterator[tuple[str, int, str]]:
    """The chart of a family: rows of label, tokens and bar."""
    for label, tokens in (("each builds it", sums.apart), ("built once", sums.forked)):
        yield label, tokens, "█" * max(1, round(BAR * tokens / sums.apart)) if sums.apart else ""


def began(start: Start) -> str:
    """Whether a fork's start was cold or warm."""
    waited = "" if start.waited is None else f", {span(start.waited)} after its context was last used"
    return f"cold: {start.paid_again:,} paid again{waited}" if start.cold else "warm"


def span(seconds: float) -> str:
    """A duration as one number and its unit."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
