"""Turns every failure of a handler into a plain sentence, which is shown once, and never a traceback."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from pygls.exceptions import JsonRpcException

from forksight.core.problems import ForksightError
from forksight.core.words.terminal import printable
from forksight.lsp.log import Log

Handler = Callable[..., Any]  # (ls, params), or (ls, *arguments) for a command; plain or a coroutine function

_REQUEST_FAILED = -32803  # LSP's RequestFailed


def guarded(what: str, handler: Handler, log: Log) -> Handler:
    """The handler with its exceptions turned into LSP errors. Unexpected ones are also logged, and shown once."""

    def failed(error: Exception) -> JsonRpcException:
        if isinstance(error, ForksightError):
            return JsonRpcException(printable(error.sentence), _REQUEST_FAILED)
        return JsonRpcException(log.failed(f"answer {what}", error), _REQUEST_FAILED)

    if iscoroutinefunction(handler):

        @wraps(handler)
        async def waiting(ls: Any, *arguments: Any) -> Any:
            try:
                return await handler(ls, *arguments)
            except JsonRpcException:
                raise
            except Exception as error:  # noqa: BLE001 - the edge: whatever it is becomes a sentence
                raise failed(error) from None

        return waiting

    @wraps(handler)
    def direct(ls: Any, *arguments: Any) -> Any:
        try:
            return handler(ls, *arguments)
        except JsonRpcException:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: whatever it is becomes a sentence
            raise failed(error) from None

    return direct
