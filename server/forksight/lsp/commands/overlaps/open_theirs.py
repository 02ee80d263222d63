"""`forksight.openTheirs {uri, worktree, path, lines?}`: another worktree's version of a file, at these lines."""

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.problems import UsageError
from forksight.lsp.arguments import PLACE, text_argument
from forksight.lsp.commands.overlaps.other_side import other_text
from forksight.lsp.dialog.show import show_document, show_text
from forksight.lsp.wire.uris import sent, uri_of

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"worktree", "path", "lines"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Open the file itself; that of a compared ref, which is in no file, as a read-only document."""
    worktree, path = (sent(text_argument(arguments, name)) for name in ("worktree", "path"))
    if not worktree.startswith("/"):
        theirs = await other_text(ls, arguments)
        return await show_text(ls, os.path.basename(path), theirs.text.decode("utf-8", "replace"))
    file = f"{worktree}/{path}"
    if not await asyncio.to_thread(os.path.exists, file):
        raise UsageError(f"{file} is not there any more", fix="the warning goes as soon as that is noticed")
    return await show_document(ls, uri_of(file), _lines(arguments.get("lines")))


def _lines(value: object) -> tuple[int, int] | None:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(line, int) and line >= 0 for line in value):
        return value[0], value[1]
    return None
