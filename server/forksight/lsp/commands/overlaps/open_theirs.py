"""`forksight.openTheirs {uri, worktree, path?, lines?, show?}`: another worktree's version of a file, at these lines.

`path` may be left out for what is in no file here: a colleague's, or a compared ref's. With `show: false` that is not shown, for clients that
put it beside something: the answer has its `text`, and the `label` of whose it is.
"""

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.problems import UsageError
from forksight.lsp.arguments import PLACE, text_argument
from forksight.lsp.commands.overlaps.other_side import other_text
from forksight.lsp.dialog.show import made_document, show_document, show_text
from forksight.lsp.wire.uris import sent, uri_of

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"worktree", "path", "lines", "show"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Open the file itself; that of a compared ref, which is in no file, as a read-only document."""
    worktree = sent(text_argument(arguments, "worktree"))
    if not worktree.startswith("/"):
        theirs = await other_text(ls, arguments)
        name, text = os.path.basename(theirs.side.path), theirs.text.decode("utf-8", "replace")
        if arguments.get("show") is False:
            uri = await asyncio.to_thread(made_document, ls, name, text)
            return {"uri": uri, "shown": False, "text": text, "label": theirs.side.label}
        return await show_text(ls, name, text)
    file = f"{worktree}/{sent(text_argument(arguments, 'path'))}"
    if not await asyncio.to_thread(os.path.exists, file):
        raise UsageError(f"{file} is not there any more", fix="wait: the warning will disappear soon")
    return await show_document(ls, uri_of(file), _lines(arguments.get("lines")))


def _lines(value: object) -> tuple[int, int] | None:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(line, int) and line >= 0 for line in value):
        return value[0], value[1]
    return None
