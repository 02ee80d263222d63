"""`forksight.ignoreOverlaps {uri, label}`: ignore overlaps with a branch (or a detached worktree, by its folder's name) from now on."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from forksight.lsp.arguments import PLACE, text_argument
from forksight.lsp.commands.overlaps import stop_ignoring
from forksight.lsp.commands.overlaps.muting import set_muted

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

_UNDO = "Undo"

ARGUMENTS = PLACE | {"label"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Ignore it, and offer to undo that. Undone later by `forksight.stopIgnoring`."""
    result = await set_muted(ls, arguments, muted=True)
    ls.keep_task(asyncio.create_task(_offer_undo(ls, dict(arguments))))
    return result


async def _offer_undo(ls: "ForksightServer", arguments: Mapping[str, Any]) -> None:
    message = f"Overlaps with {text_argument(arguments, 'label')} are ignored."
    params = types.ShowMessageRequestParams(types.MessageType.Info, message, [types.MessageActionItem(_UNDO)])
    with suppress(Exception):  # a client without such questions does not undo
        answer = await ls.window_show_message_request_async(params)
        if answer and answer.title == _UNDO:
            await stop_ignoring.run(ls, arguments)
