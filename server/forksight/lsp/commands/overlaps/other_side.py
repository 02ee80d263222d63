"""The other side's whole text of an open document, for the commands that show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forksight.core.merge.diff import join_lines
from forksight.core.overlaps.overlap import Side
from forksight.core.problems import UsageError
from forksight.lsp.arguments import text_argument
from forksight.lsp.diagnostics.regions import fresh
from forksight.lsp.documents.open_documents import Checked
from forksight.lsp.wire.uris import sent

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer


@dataclass(frozen=True, slots=True)
class Other:
    """What was found here, and one other side of it with its whole text."""

    checked: Checked
    side: Side
    text: bytes


async def other_text(ls: "ForksightServer", arguments: Mapping[str, Any]) -> Other:
    """The side that `{uri, worktree}` names. Raises `UsageError` if it has no version of the document any more."""
    worktree = sent(text_argument(arguments, "worktree"))
    checked = await fresh(ls.overlaps, text_argument(arguments, "uri"))
    for opponent in checked.prepared.plan.opponents if checked else ():
        for side in opponent.sides:
            if checked and side.worktree == worktree:
                return Other(checked, side, join_lines(opponent.theirs.text.lines))
    raise UsageError(f"{worktree} has no other version of this file any more", fix="look at the warnings again")
