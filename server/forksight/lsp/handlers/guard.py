"""The edge: every failure of a handler becomes a plain sentence, told once, and never a traceback."""

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException

from forksight.core.problems import ForksightError

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

Handler = Callable[..., Any]  # (ls, params), or (ls, *arguments) for a command; plain or a coroutine function

_REQUEST_FAILED = -32803  # LSP's RequestFailed


def guarded(what: str, handler: Handler) -> Handler:
    """The handler, its failures told in plain words: to the log, once to the person, and to whoever asked."""

    def failed(ls: "ForksightServer", error: Exception) -> JsonRpcException:
        if isinstance(error, ForksightError):
            return JsonRpcException(error.sentence, _REQUEST_FAILED)
        return JsonRpcException(ls.log.failed(f"answer {what}", error), _REQUEST_FAILED)

    if iscoroutinefunction(handler):

        @wraps(handler)
        async def waiting(ls: "ForksightServer", *arguments: Any) -> Any:
            try:
                return await handler(ls, *arguments)
            except JsonRpcException:
                raise
            except Exception as error:  # noqa: BLE001 - the edge: whatever it is becomes a sentence
                raise failed(ls, error) from None

        return waiting

    @wraps(handler)
    def direct(ls: "ForksightServer", *arguments: Any) -> Any:
        try:
            return handler(ls, *arguments)
        except JsonRpcException:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: whatever it is becomes a sentence
            raise failed(ls, error) from None

    return direct
