"""`forksight.stopIgnoring {uri, label}`: show overlaps again with what `forksight.ignoreOverlaps` silenced."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.lsp.arguments import PLACE
from forksight.lsp.commands.overlaps.muting import set_muted

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"label"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Show them."""
    return await set_muted(ls, arguments, muted=False)
