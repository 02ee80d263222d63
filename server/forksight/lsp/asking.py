"""Questions to the person: buttons with complete answers, in whatever way the client shows them."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from forksight.core.problems import Problem
from forksight.core.questions import Choice, Question

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

_PATIENCE = 600.0  # seconds; some clients never answer a question that was dismissed


async def ask(ls: "ForksightServer", question: Question) -> Choice | None:
    """The choice of the person. None: no answer, or the client can't ask; then the command that answers it is shown."""
    items = [types.MessageActionItem(choice.title) for choice in question.choices]
    params = types.ShowMessageRequestParams(types.MessageType.Warning, question.message, items)
    try:
        asked = asyncio.ensure_future(ls.window_show_message_request_async(params))
        answer = await asyncio.wait_for(
            asyncio.shield(asked), _PATIENCE
        )  # an answer after that finds nobody, and no error
    except Exception as error:  # noqa: BLE001 - whatever a client answers that is no choice, nothing is done
        ls.log.detail(f"the editor did not answer a question: {error}")
        answer = None
    title = answer.title if answer is not None else None
    chosen = next((choice for choice in question.choices if choice.title == title), None)
    if chosen is None:
        tell(ls, f"Nothing was done. In a terminal: {question.hint}")
    return chosen


def tell(ls: "ForksightServer", text: str, kind: types.MessageType = types.MessageType.Info) -> None:
    """Show a sentence, as often as it is said."""
    ls.window_show_message(types.ShowMessageParams(kind, text))


def warn(ls: "ForksightServer", warnings: Sequence[Problem]) -> None:
    """Show what a person should know; all of it in one message."""
    if warnings:
        tell(ls, "\n".join(warning.message for warning in warnings), types.MessageType.Warning)
