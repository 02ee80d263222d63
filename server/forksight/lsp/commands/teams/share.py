"""`forksight.share {uri?, action?, remote?, machine?, confirmed?}`: overlaps with colleagues' machines, through the git remote.

`action` is `on`, `off`, `now`, `forget` (with a `machine`) or `status`, which it is by default. `on` shows what would leave
this machine and asks, unless `confirmed` is true.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.problems import UsageError
from forksight.core.teams import document, markdown, wording
from forksight.core.words import shell
from forksight.core.words.question import Choice, Question
from forksight.features.teams import sharing
from forksight.lsp.arguments import PLACE, context_in, optional_text, text_argument
from forksight.lsp.dialog.ask import ask, show_message
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.features.context import Context
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"action", "remote", "machine", "confirmed"}

_ACTIONS = ("status", "on", "off", "now", "forget")
_SHARE, _SHOW = "share", "show"


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Do it: what `forksight share ACTION --json` prints; and `command`, what does it by hand where nothing was done."""
    action = optional_text(arguments, "action") or "status"
    if action not in _ACTIONS:
        raise UsageError(f"{action!r} is nothing that sharing does", fix=f"it is one of {', '.join(_ACTIONS)}")
    context = await context_in(ls, arguments)
    if action == "on":
        return await _turn_on(ls, context, arguments)
    if action == "off":
        return await _turn_off(ls, context)
    if action == "forget":
        roster = await asyncio.to_thread(sharing.forget, context, text_argument(arguments, "machine"))
        show_message(ls, wording.forgotten(roster))
        return document.forgotten(roster)
    if action == "now":
        async with progress(ls, "Publishing and looking"):
            standing = await asyncio.to_thread(sharing.exchange_now, context)
    else:
        standing = await asyncio.to_thread(sharing.standing, context)
    shown = await show_text(ls, "Sharing.md", markdown.standing(standing))
    return dict(plainly({**document.standing(standing), **shown}))


async def _turn_on(ls: "ForksightServer", context: "Context", arguments: Mapping[str, Any]) -> dict[str, Any]:
    remote = optional_text(arguments, "remote")
    async with progress(ls, "Asking the remote"):
        plan = await asyncio.to_thread(sharing.plan, context, remote)
    hint = shell.join(["forksight", "share", "on", *(["--remote", remote] if remote else []), "--yes"])
    agreed = arguments.get("confirmed") is True
    if not agreed:
        choices = (Choice("Share this", _SHARE), Choice("Show what", _SHOW))
        question = Question(
            f"{wording.heading(plan)}: {wording.summary(plan)}. It is published again as it changes. Share it?",
            choices,
            hint,
        )
        choice = await ask(ls, question)
        if choice is not None and choice.command == _SHOW:
            await show_text(ls, "Share.md", markdown.plan(plan))
            choice = await ask(ls, Question(question.message, choices[:1], hint))
        agreed = choice is not None and choice.command == _SHARE
    if agreed:
        async with progress(ls, "Publishing"):
            await asyncio.to_thread(sharing.turn_on, context, plan.remote)
        show_message(ls, "Shared. What colleagues share shows in the editor as it comes.")
    return dict(plainly({**document.plan(plan, done=agreed), "command": None if agreed else hint}))


async def _turn_off(ls: "ForksightServer", context: "Context") -> dict[str, Any]:
    async with progress(ls, "Deleting what was published"):
        problem = await asyncio.to_thread(sharing.turn_off, context)
    show_message(ls, problem.message if problem else wording.turned_off(None))
    return {**document.turned_off(problem), "command": None}
