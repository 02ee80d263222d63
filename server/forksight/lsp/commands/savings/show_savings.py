"""`forksight.showSavings {uri?, prices?}`: what sessions were billed and what forking saved, as a Markdown document."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.problems import UsageError
from forksight.core.savings import document
from forksight.core.savings.markdown import markdown
from forksight.core.savings.prices import prices_of
from forksight.features.savings.savings import savings
from forksight.lsp.arguments import PLACE, context_in
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"prices"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Show it: what `forksight savings --json` prints, with `{uri, shown}`. `prices` is a price table as an object."""
    table = arguments.get("prices")
    if table is not None and not isinstance(table, Mapping):
        raise UsageError("prices is no object", fix="give it as `forksight savings --print-prices` shows it")
    prices = prices_of(table) if table is not None else None
    context = await context_in(ls, arguments)
    async with progress(ls, "Adding up tokens"):
        report = await asyncio.to_thread(savings, context, prices)
    shown = await show_text(ls, "Savings.md", markdown(report))
    return dict(plainly({**document.savings(report), **shown}))
