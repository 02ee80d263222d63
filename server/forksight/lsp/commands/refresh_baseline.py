"""`forksight.refreshBaseline {uri?, name?}`: open the baseline's session, for the person to bring it up to date."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.features import find
from forksight.lsp.commands.starting import optional_text, resume
from forksight.lsp.places import context_in

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Go on with the session that holds the baseline's current generation."""
    context = await context_in(ls, arguments)
    view, _ = await asyncio.to_thread(context.ledger.view)
    baseline = find.baseline(view, find.given("the name", optional_text(arguments, "name", "baseline")))
    return await resume(ls, context, baseline.generation.session)
