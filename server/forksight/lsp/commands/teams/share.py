"""`forksight.share {uri?, action?, remote?, machine?, confirmed?}`: overlaps with colleagues' machines, through the git remote.

`action` is `on`, `off`, `now`, `forget` or `status`, which it is by default. `on` shows what would leave this machine and asks, unless
`confirmed` is true. `forget` asks which machine is meant, unless `machine` (its name, its person's, or its id) says it.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.problems import UsageError
from forksight.core.teams import document, markdown, wording
from forksight.core.words import shell
from forksight.core.words.question import Choice, Question
from forksight.features.teams import consent, round_trip, sharing
from forksight.lsp.arguments import PLACE, context_in, optional_text
from forksight.lsp.dialog.ask import ask, show_message
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.features.context import Context
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"action", "remote", "machine", "confirmed"}

_ACTIONS = ("status", "on", "off", "now", "forget")
_SHARE = "share"
_MOST_CHOICES = 4


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Do it: what `forksight share ACTION --json` prints; and `command`, what does it by hand where nothing was done."""
    action = optional_text(arguments, "action") or "status"
    if action not in _ACTIONS:
        raise UsageError(f"{action!r} is not an action of sharing", fix=f"it is one of {', '.join(_ACTIONS)}")
    context = await context_in(ls, arguments)
    if action == "on":
        return await _turn_on(ls, context, arguments)
    if action == "off":
        return await _turn_off(ls, context)
    if action == "forget":
        return await _forget(ls, context, optional_text(arguments, "machine"))
    if action == "now":
        async with progress(ls, "Publishing and fetching"):
            standing = await asyncio.to_thread(round_trip.exchange_now, context)
    else:
        standing = await asyncio.to_thread(sharing.standing, context)
    shown = await show_text(ls, "Sharing.md", markdown.standing(standing))
    return dict(plainly({**document.standing(standing), **shown}))


async def _turn_on(ls: "ForksightServer", context: "Context", arguments: Mapping[str, Any]) -> dict[str, Any]:
    remote = optional_text(arguments, "remote")
    agreed = arguments.get("confirmed") is True
    async with progress(ls, "Asking the remote"):
        plan = await asyncio.to_thread(sharing.plan, context, remote, agreed=agreed)
    hint = shell.join(["forksight", "share", "on", *(["--remote", remote] if remote else []), "--yes"])
    if not agreed:
        await show_text(ls, "Share with colleagues.md", markdown.plan(plan))
        asked = f"{wording.heading(plan)}: {wording.summary(plan)}. Forksight publishes again whenever these worktrees change. Share this?"
        agreed = await ask(ls, Question(asked, (Choice("Share this", _SHARE),), hint)) is not None
    if agreed:
        async with progress(ls, "Publishing"):
            await asyncio.to_thread(consent.turn_on, context, plan.remote)
        show_message(ls, "Shared. Conflicts with what colleagues share are shown in the editor.")
    return dict(plainly({**document.plan(plan, done=agreed), "command": None if agreed else hint}))


async def _turn_off(ls: "ForksightServer", context: "Context") -> dict[str, Any]:
    async with progress(ls, "Deleting what was published"):
        problem = await asyncio.to_thread(consent.turn_off, context)
    show_message(ls, problem.message if problem else wording.turned_off(None))
    return {**document.turned_off(problem), "command": None}


async def _forget(ls: "ForksightServer", context: "Context", machine: str | None) -> dict[str, Any]:
    if machine is None:
        standing = await asyncio.to_thread(sharing.standing, context)
        oldest = sorted(standing.machines, key=lambda roster: roster.at)[:_MOST_CHOICES]
        if not oldest:
            raise UsageError("no other machine shares here", fix="see `forksight share status`")
        choices = tuple(Choice(f"{wording.owner(roster)} {roster.machine[:8]}", roster.machine) for roster in oldest)
        asked = "Which machine's shared worktrees should be deleted from the remote?"
        hint = shell.join(["forksight", "share", "forget", "MACHINE"])
        choice = await ask(ls, Question(asked, choices, hint))
        if choice is None:
            return {"version": 1, "machine": None, "command": hint, "problems": []}
        machine = choice.command
    roster = await asyncio.to_thread(consent.forget, context, machine)
    show_message(ls, wording.forgotten(roster))
    return {**document.forgotten(roster), "command": None}
