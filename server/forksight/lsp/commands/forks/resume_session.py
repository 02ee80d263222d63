"""`forksight.resumeSession {uri?, session?, takeOver?, anyway?}`: go on with a session (id, beginning of one, title or branch), by default this branch's."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.lsp.arguments import PLACE, context_in, optional_text
from forksight.lsp.commands.forks.session_start import resume

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"session", "branch", "takeOver", "anyway"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Resume it, or show where it runs; with `takeOver` one that runs is ended there first, without a question.

    With `anyway` it is resumed without a question though nobody can tell whether it runs.
    """
    context = await context_in(ls, arguments)
    selector = optional_text(arguments, "session", "branch")
    take_over, anyway = (arguments.get(name) is True for name in ("takeOver", "anyway"))
    return await resume(ls, context, selector, take_over=take_over, anyway=anyway)
