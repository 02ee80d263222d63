"""Asks the person questions, whose answers are buttons."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, TypeVar

from lsprotocol import types

from forksight.core.problems import Problem
from forksight.core.words.question import Choice, Question
from forksight.core.words.terminal import printable

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

T = TypeVar("T")

_PATIENCE = 600.0  # seconds; some clients never answer a question that was dismissed


async def answered(request: Awaitable[T], seconds: float) -> T:
    """The client's answer to a request. Raises `TimeoutError` after `seconds`, and the client's error if it refuses."""
    waiting = asyncio.ensure_future(request)
    waiting.add_done_callback(_discard_late_refusal)
    # Shielded: a late answer is dropped, and is no error.
    return await asyncio.wait_for(asyncio.shield(waiting), seconds)


def _discard_late_refusal(answer: "asyncio.Future[T]") -> None:
    """Retrieve an error that arrives after the time-out, which asyncio would log otherwise."""
    if not answer.cancelled():
        answer.exception()


async def ask(ls: "ForksightServer", question: Question) -> Choice | None:
    """The person's choice. If there is no answer, or the client can't ask, None; the command that answers is shown then."""
    items = [types.MessageActionItem(printable(choice.title)) for choice in question.choices]
    params = types.ShowMessageRequestParams(types.MessageType.Warning, printable(question.message), items)
    try:
        answer = await answered(ls.window_show_message_request_async(params), _PATIENCE)
    except Exception as error:  # noqa: BLE001 - whatever a client answers that is no choice, nothing is done
        ls.log.detail(f"the editor did not answer a question: {error}")
        answer = None
    title = answer.title if answer is not None else None
    chosen = next((choice for choice in question.choices if printable(choice.title) == title), None)
    if chosen is None:
        show_message(ls, f"Nothing was done. In a terminal: {question.hint}")
    return chosen


def show_message(ls: "ForksightServer", text: str) -> None:
    """Show a sentence. (`Log.show_once` shows the same one only once.)"""
    ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, printable(text)))


def show_warnings(ls: "ForksightServer", warnings: Sequence[Problem]) -> None:
    """Show all of these in one message."""
    if warnings:
        text = "\n".join(printable(warning.message) for warning in warnings)
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Warning, text))
