"""`forksight.showFork {uri?, session?}`: what is in a fork (by session or branch, else this worktree's), as a Markdown document."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.show import document
from forksight.core.show.markdown import markdown
from forksight.features.show.summary import summary
from forksight.lsp.arguments import PLACE, branch_here, context_in, optional_text
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"session", "branch"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Show it: what `forksight show --json` prints, with `{uri, shown}` of the document."""
    context = await context_in(ls, arguments)
    selector = optional_text(arguments, "session", "branch")
    if selector is None:
        selector = await asyncio.to_thread(branch_here, context)
    async with progress(ls, "Reading the fork"):
        result = await asyncio.to_thread(summary, context, selector)
    shown = await show_text(ls, f"{result.branch.replace('/', '-')}.md", markdown(result))
    return dict(plainly({**document.show(result), **shown}))
