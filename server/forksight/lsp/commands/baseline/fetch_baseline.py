"""`forksight.fetchBaseline {uri?, name?, remote?, confirmed?}`: make a baseline that a colleague published one of this machine.

It asks which where several are published, shows what would come and asks, unless `confirmed` is true.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.teams.baseline import document, markdown, wording
from forksight.core.words import shell
from forksight.core.words.question import MOST, Choice, Question
from forksight.features.baseline.fetch import fetch, offered, plan_fetch
from forksight.lsp.arguments import PLACE, context_in, optional_text
from forksight.lsp.dialog.ask import ask, show_message, show_warnings
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"name", "baseline", "remote", "confirmed"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Fetch it: what `forksight baseline fetch --json` prints, and `command`, what does it by hand where nothing was done."""
    context = await context_in(ls, arguments)
    name, remote = optional_text(arguments, "name", "baseline"), optional_text(arguments, "remote")
    through = ["--remote", remote] if remote else []
    confirmed = arguments.get("confirmed") is True
    if name is None:
        async with progress(ls, "Asking the remote"):
            names = await asyncio.to_thread(offered, context, remote, agreed=confirmed)
        if len(names) > 1:
            hint = shell.join(["forksight", "baseline", "fetch", names[0], *through])
            choices = tuple(Choice(called, "fetch", {"name": called}) for called in names[:MOST])
            choice = await ask(ls, Question("Fetch which baseline?", choices, hint))
            if choice is None:
                return {"version": 1, "fetched": False, "command": hint, "warnings": [], "problems": []}
            name = str(choice.arguments["name"])
    async with progress(ls, "Asking the remote"):
        plan = await asyncio.to_thread(plan_fetch, context, name, remote, agreed=confirmed)
    hint = shell.join(["forksight", "baseline", "fetch", plan.name, *through, "--yes"])
    agreed = plan.is_there or confirmed
    if not agreed:
        await show_text(ls, "Fetch a baseline.md", markdown.fetch(plan))
        asked = f"{wording.fetch_heading(plan)}. {wording.OF_STRANGERS} Make it a baseline here?"
        agreed = await ask(ls, Question(asked, (Choice("Fetch this", "fetch"),), hint)) is not None
    if agreed:
        show_warnings(ls, plan.warnings)
        await asyncio.to_thread(fetch, context, plan)
        ls.sessions.check_soon()
        show_message(ls, wording.fetched(plan))
    return dict(plainly({**document.fetch(plan, done=agreed), "command": None if agreed else hint}))
