"""`forksight.rollbackBaseline {uri?, name?}`: make the generation before the current one current again."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core import document
from forksight.features.baseline.rollback import roll_back
from forksight.lsp.arguments import PLACE, context_in
from forksight.lsp.commands.baseline.which_baseline import which_baseline
from forksight.lsp.dialog.ask import show_message, show_warnings
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"name", "baseline"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Go back: `{baseline: {name, generation, session} | null, left, command, warnings, problems}`; `former` is the number left."""
    context = await context_in(ls, arguments)
    name, command = await which_baseline(ls, context, arguments, "rollback")
    if command is not None:
        return {"baseline": None, "left": None, "command": command, "warnings": [], "problems": []}
    former, report = await asyncio.to_thread(roll_back, context, name)
    ls.sessions.check_soon()
    show_warnings(ls, report.warnings)
    now = report.standings[0].baseline
    show_message(ls, f"Generation {now.current} of {now.name} is current again, instead of generation {former.number}.")
    result = {
        "baseline": {"name": now.name, "generation": now.current, "session": now.generation.session},
        "left": former.number,
        "command": None,
        "warnings": document.warnings(report.warnings),
        "problems": document.problems(report.problems),
    }
    return dict(plainly(result))
