"""What the commands that start a session share: carrying a proposal out, and saying what came of it."""

import asyncio
import os
from typing import TYPE_CHECKING, Any

from forksight.core.forks import document
from forksight.core.forks.proposal import Proposal
from forksight.core.store.ledger import Mode
from forksight.core.words import shell
from forksight.features.context import Context
from forksight.features.forks.resume import propose_resume
from forksight.features.forks.running import require_same, show_running
from forksight.features.forks.start import in_background, start
from forksight.lsp.dialog.ask import ask, show_message, show_warnings
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.terminal import open_attached, opener
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer


async def carry_out(ls: "ForksightServer", context: Context, proposal: Proposal, title: str) -> dict[str, Any]:
    """Do what was proposed: `{worktree, branch, baseline, launch, opened, command, warnings, problems}`.

    `command` is the line that starts the session where it was not opened; it is shown, too.
    """
    show_warnings(ls, [warning for warning in proposal.warnings if warning.code != "several-sessions"])
    async with progress(ls, title) as client_progress:
        outcome = await asyncio.to_thread(start, context, proposal, opener(ls, context), client_progress)
    ls.sessions.check_soon()
    show_warnings(ls, outcome.warnings)
    ls.log.problems((*proposal.problems, *outcome.problems))
    opened = outcome.place is not None or outcome.proposal.mode is Mode.BACKGROUND
    command = None if opened else outcome.launch.command(os.environ)
    if outcome.proposal.mode is Mode.BACKGROUND:
        show_message(ls, in_background(outcome))
    if command is not None:
        show_message(ls, f"Start it in a terminal: {command}")
    result = {**document.result(proposal, outcome), "opened": opened, "command": command}
    return dict(plainly(result))


def nothing(proposal: Proposal, command: str | None) -> dict[str, Any]:
    """The answer when nothing was done; `command` does it by hand."""
    result = {**document.result(proposal, None), "opened": False, "command": command}
    return dict(plainly(result))


async def resume(
    ls: "ForksightServer", context: Context, selector: str | None, *, take_over: bool = False, anyway: bool = False
) -> dict[str, Any]:
    """Resume a session. A live one is shown where it runs; where nothing can show it, the person is asked whether to end it
    there and to go on here (`take_over`: yes).
    """
    proposal = await asyncio.to_thread(propose_resume, context, selector, take_over=take_over, anyway=anyway)
    if proposal.plan is None and proposal.running is None and proposal.question is not None:
        if await ask(ls, proposal.question) is None:
            return {**nothing(proposal, proposal.question.hint), "focused": False}
        proposal = await asyncio.to_thread(propose_resume, context, selector, anyway=True)
    if proposal.plan is not None:
        return await carry_out(ls, context, proposal, "Resuming the session")
    shown = await asyncio.to_thread(show_running, context, proposal)
    if shown.argv and proposal.running is not None:
        opened = await asyncio.to_thread(open_attached, ls, shown.argv, proposal.running)
        command = None if opened else shell.join(shown.argv)
        if command is not None:
            show_message(ls, f"To see the session in a terminal: {command}")
        return {**nothing(proposal, command), "focused": opened}
    if shown.focused or proposal.question is None or proposal.running is None:
        return {**nothing(proposal, None), "focused": shown.focused}
    if await ask(ls, proposal.question) is None:
        return {**nothing(proposal, proposal.question.hint), "focused": False}
    taken_over = await asyncio.to_thread(propose_resume, context, proposal.running.session, take_over=True)
    require_same(proposal.running, taken_over)
    return await carry_out(ls, context, taken_over, "Resuming the session")
