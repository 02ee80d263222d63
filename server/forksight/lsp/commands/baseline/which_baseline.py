"""Which baseline a command is about: the one named, the only one, or the one that the person chooses."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.words import shell
from forksight.core.words.question import MOST, Choice, Question
from forksight.features.context import Context
from forksight.features.sessions import find
from forksight.lsp.arguments import optional_text
from forksight.lsp.dialog.ask import ask

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer


async def which_baseline(
    ls: "ForksightServer", context: Context, arguments: Mapping[str, Any], command: str
) -> tuple[str, None] | tuple[None, str]:
    """The baseline's name; or, if nobody answered, the command line that does it. Raises `UsageError`."""
    name = find.given("the name", optional_text(arguments, "name", "baseline"))
    view, _ = await asyncio.to_thread(context.ledger.view)
    if name is not None or len(view.baselines) < 2:
        return find.baseline(view, name).name, None
    names = [baseline.name for baseline in view.baselines]
    choices = tuple(Choice(baseline, command, {"name": baseline}) for baseline in names[:MOST])
    hint = shell.join(["forksight", "baseline", command, names[0]])
    choice = await ask(ls, Question("Which baseline?", choices, hint))
    return (None, hint) if choice is None else (str(choice.arguments["name"]), None)
