"""`forksight.restoreFork {uri?, session?}`: bring an archived fork back; without a session the person chooses one."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core import document
from forksight.core.cleanup import document as clean_plain
from forksight.core.words import shell
from forksight.core.words.question import MOST, Choice, Question
from forksight.features.cleanup.interrupted import finish_interrupted
from forksight.features.cleanup.restore import archives, propose_restore, restore
from forksight.features.sessions import find
from forksight.lsp.arguments import PLACE, context_in, optional_text
from forksight.lsp.dialog.ask import ask, show_message, show_warnings
from forksight.lsp.dialog.progress import progress
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.features.context import Context
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"session", "branch"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Bring it back: what `forksight restore --json` prints, and `command`, what does it by hand where nothing was done."""
    context = await context_in(ls, arguments)
    selector = find.given("the fork to restore", optional_text(arguments, "session", "branch"))
    async with progress(ls, "Looking for archived forks") as client_progress:
        notes = await asyncio.to_thread(finish_interrupted, context, client_progress)
    selector, hint = (selector, None) if selector else await _choose(ls, context)
    if selector is None:
        nothing = {"version": 1, "session": None, "restored": False, "command": hint}
        return dict(plainly({**nothing, "problems": document.problems(notes)}))
    async with progress(ls, "Restoring a fork") as client_progress:
        restoration = await asyncio.to_thread(propose_restore, context, selector)
        problems = (
            *notes,
            *restoration.problems,
            *await asyncio.to_thread(restore, context, restoration, client_progress),
        )
    ls.sessions.check_soon()
    show_warnings(ls, problems)
    archive = restoration.archive
    where_to = f" in {archive.worktree.path}" if archive.worktree else ""
    show_message(ls, f"“{archive.node.title}” is back{where_to}.")
    result = clean_plain.restored(archive, done=True, steps=None, problems=problems)
    return dict(plainly({**result, "command": None}))


async def _choose(ls: "ForksightServer", context: "Context") -> tuple[str | None, str | None]:
    """The fork that the person means, of those put away last; or, if nobody answered, the command line that does it."""
    archived = await asyncio.to_thread(archives, context)
    if not archived:
        show_message(ls, "No fork is archived here.")
        return None, None
    choices = tuple(
        Choice(f"“{archive.node.title}” ({archive.session[:8]})", "restore", {"session": archive.session})
        for archive in archived[:MOST]
    )
    hint = shell.join(["forksight", "restore", archived[0].session])
    choice = await ask(ls, Question("Bring which fork back?", choices, hint))
    return (None, hint) if choice is None else (str(choice.arguments["session"]), None)
