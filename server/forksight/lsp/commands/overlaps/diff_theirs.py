"""`forksight.diffTheirs {uri, worktree, path?, lines?}`: the difference between this file, unsaved if it is open, and another worktree's version."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.merge.diff import split_lines
from forksight.core.merge.unified_diff import unified
from forksight.lsp.arguments import PLACE
from forksight.lsp.commands.overlaps.other_side import other_text
from forksight.lsp.dialog.show import show_text

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

# `path` and `lines` come along from the quick fix, which gives every command about the other side the same argument.
ARGUMENTS = PLACE | {"worktree", "path", "lines"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Show it as a read-only document."""
    other = await other_text(ls, arguments)
    place = other.place
    here = f"{place.worktree.branch or os.path.basename(place.worktree.path)}: {place.path}"
    their_name = f"{other.side.label}: {other.side.path}"
    text = unified(split_lines(other.ours), split_lines(other.text), here, their_name)
    name = f"{os.path.basename(place.path)} {other.side.label.replace('/', '-')}.diff"
    return await show_text(ls, name, text or "No difference.\n")
