"""`forksight.publishBaseline {uri?, name?, remote?, confirmed?}`: share a baseline with colleagues, through the git remote.

It shows what would leave this machine and asks, unless `confirmed` is true.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.teams.baseline import document, markdown, wording
from forksight.core.words import shell
from forksight.core.words.question import Choice, Question
from forksight.features.baseline.publish import plan_publish, publish
from forksight.lsp.arguments import PLACE, context_in, optional_text
from forksight.lsp.commands.baseline.which_baseline import which_baseline
from forksight.lsp.dialog.ask import ask, show_message, show_warnings
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"name", "baseline", "remote", "confirmed"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Publish it: what `forksight baseline publish --json` prints, and `command`, what does it by hand where nothing was done."""
    context = await context_in(ls, arguments)
    name, command = await which_baseline(ls, context, arguments, "publish")
    if name is None:
        return {"version": 1, "published": False, "command": command, "warnings": [], "problems": []}
    remote = optional_text(arguments, "remote")
    confirmed = arguments.get("confirmed") is True
    async with progress(ls, "Asking the remote"):
        plan = await asyncio.to_thread(plan_publish, context, name, remote, agreed=confirmed)
    hint = shell.join(["forksight", "baseline", "publish", name, *(["--remote", remote] if remote else []), "--yes"])
    agreed = plan.is_there or confirmed
    if not agreed:
        await show_text(ls, "Publish a baseline.md", markdown.publish(plan))
        asked = Question(f"{wording.publish_heading(plan)}. Publish it?", (Choice("Publish this", "publish"),), hint)
        agreed = await ask(ls, asked) is not None
    if agreed:
        show_warnings(ls, plan.warnings)
        async with progress(ls, "Publishing"):
            plan = await asyncio.to_thread(publish, context, plan)
        show_message(ls, wording.published(plan))
    return dict(plainly({**document.publish(plan, done=agreed), "command": None if agreed else hint}))
