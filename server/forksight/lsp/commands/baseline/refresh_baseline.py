"""`forksight.refreshBaseline {uri?, name?, interactive?, yes?}`: let a fork of the baseline read what changed, and promote it.

`interactive` opens the baseline's session instead, for the person to bring it up to date. One that is not stale is refreshed after
a question that says what it costs; `yes` answers that.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.baseline import document
from forksight.core.claude.headless_run import Tally
from forksight.core.words import shell
from forksight.core.words.question import Choice, Question
from forksight.features.baseline.refresh import carry_out, propose_refresh
from forksight.features.sessions import find
from forksight.lsp.arguments import PLACE, context_in
from forksight.lsp.commands.baseline.which_baseline import which_baseline
from forksight.lsp.commands.forks.session_start import resume
from forksight.lsp.dialog.ask import ask, show_message, show_warnings
from forksight.lsp.dialog.progress import progress
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"name", "baseline", "interactive", "yes"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Refresh it: `{baseline: {name, generation, session} | null, refreshed, read, tokens, drift, command, …}`."""
    context = await context_in(ls, arguments)
    name, command = await which_baseline(ls, context, arguments, "refresh")
    if name is None:
        return {"baseline": None, "refreshed": False, "command": command, "warnings": [], "problems": []}
    if arguments.get("interactive") is True:
        view, _ = await asyncio.to_thread(context.ledger.view)
        return await resume(ls, context, find.baseline(view, name).generation.session)
    plan = await asyncio.to_thread(propose_refresh, context, name)
    if not plan.needed:
        show_message(ls, f"{name} is up to date: nothing changed since it learned the project.")
        return dict(plainly({**document.refresh(plan, None), "command": None}))
    if plan.question is not None and arguments.get("yes") is not True:
        hint = shell.join(["forksight", "baseline", "refresh", name, "--yes"])
        if await ask(ls, Question(plan.question, (Choice("Refresh it", "refresh"),), hint)) is None:
            return dict(plainly({**document.refresh(plan, None), "command": hint}))
    show_warnings(ls, plan.warnings)
    try:
        async with progress(ls, f"Refreshing {name}") as client_progress:

            def report(tally: Tally) -> None:
                client_progress.step(tally.sentence)

            refreshed = await asyncio.to_thread(carry_out, context, plan, client_progress, report)
    finally:
        ls.sessions.check_soon()
    show_message(ls, f"{name} is at generation {plan.generation.number} now, for {refreshed.tokens.total:,} tokens.")
    return dict(plainly({**document.refresh(plan, refreshed.tokens), "command": None}))
