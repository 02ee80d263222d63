"""pygls' protocol with our own documents, a proper exit, and answers to invalid messages."""

import asyncio
import json
from collections.abc import Generator
from contextvars import ContextVar
from typing import Any

import orjson
from lsprotocol import converters, types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    LanguageServerProtocol,
    lsp_method,
)

from forksight.lsp.wire.lenient import has_text, repaired

CONTENT_SCHEME = "forksight"  # of documents that only exist in the server
offered: ContextVar[list[types.ProgressToken]] = ContextVar("offered")  # the client's for a command, until it is used

Builtin = Generator[Any, Any, Any]


class ForksightProtocol(LanguageServerProtocol):
    """Overrides what pygls does with some messages."""

    ended: asyncio.Event  # set once the client said `exit`

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Builtin:
        """Add what pygls' capabilities leave out."""
        result = yield from super().lsp_initialize(params)
        workspace = result.capabilities.workspace
        if workspace is not None:
            workspace.text_document_content = types.TextDocumentContentOptions([CONTENT_SCHEME])
        if result.capabilities.execute_command_provider is not None:
            result.capabilities.execute_command_provider.work_done_progress = True
        return result

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Builtin:
        """Keep the progress token that the client offers, and cancel the command with its request. pygls does neither."""
        offered.set([] if params.work_done_token is None else [params.work_done_token])
        request = self._request_futures.get(self.msg_id) if self.msg_id is not None else None
        handler, args, kwargs = next(super().lsp_workspace__execute_command(params))
        return (yield _ending_with(request, handler), args, kwargs)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Builtin:
        """Leave the text to our handler: pygls would keep a second copy."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Builtin:
        """Leave the text to our handler."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Builtin:
        """Leave the text to our handler."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: object) -> Builtin:
        """Cancel unanswered requests. pygls fails on those that cancelling removes from its list."""
        request = self.msg_id
        yield self.fm.features[types.SHUTDOWN], args, None
        for other, future in tuple(self._request_futures.items()):
            if other != request:
                future.cancel()
        self._shutdown = True

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: object) -> Builtin:
        """End this conversation and not the process, which may serve other clients."""
        self.ended.set()
        yield from ()

    def _execute_handler(self, msg_id: str | int, *args: Any, **more: Any) -> None:
        """Forget a handler's future once it is done. pygls keeps those of all notifications, one for each key stroke."""
        super()._execute_handler(msg_id, *args, **more)
        future = self._request_futures.get(msg_id)
        if future is not None:
            future.add_done_callback(lambda _: self._request_futures.pop(msg_id, None))

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Read a message strictly, else leniently. An unreadable request is refused: pygls would not answer it."""
        if not has_text(data):
            raise JsonRpcInvalidParams("the text of a document is no text")
        try:
            return super().structure_message(data)
        except JsonRpcException:
            if "method" not in data:
                raise
        try:
            return super().structure_message(repaired(data))
        except JsonRpcException as error:
            if "id" in data:
                self.refuse(data["id"], error.code, error.message)
            raise

    def set_writer(self, writer: Any, include_headers: bool = True) -> None:
        """Send through this writer, without lone surrogates."""
        super().set_writer(_TextOnly(writer), include_headers)

    def refuse(self, request: str | int, code: int, message: str) -> None:
        """Answer a request with an error."""
        self._send_plain({"id": request, "error": {"code": code, "message": message}})

    def notify_plain(self, method: str, params: dict[str, Any]) -> None:
        """Send a notification whose parameters are plain JSON already. Used at every key stroke."""
        self._send_plain({"method": method, "params": params})

    def _send_plain(self, message: dict[str, Any]) -> None:
        if self.writer is not None:
            whole = {"jsonrpc": "2.0", **message}
            try:
                body = orjson.dumps(whole)
            except TypeError:
                body = _text_only(whole)
            self.writer.write(_framed(body))


def _ending_with(request: Any, handler: Any) -> Any:
    """The handler as a coroutine function that is cancelled with its request."""

    async def run(*args: object, **kwargs: object) -> object:
        task = asyncio.current_task()
        if request is not None and task is not None:
            request.add_done_callback(lambda done: task.cancel() if done.cancelled() else None)
        return await handler(*args, **kwargs)

    return run


class _TextOnly:
    """A writer that replaces lone surrogates (bytes that are no UTF-8), which many clients can't read."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        if b"\\udc" in data:
            data = _framed(_text_only(json.loads(data.partition(b"\r\n\r\n")[2])))
        self._writer.write(data)

    def close(self) -> None:
        self._writer.close()


def _text_only(message: Any) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")


def _framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def make_converter() -> Any:
    """lsprotocol's converter, with plain data as the parameters of unknown messages (`forksight/…`)."""
    converter = converters.get_converter()
    for kind in (JsonRPCRequestMessage, JsonRPCResponseMessage, JsonRPCNotification):
        converter.register_structure_hook(
            kind, lambda data, cls: cls(**{"params": None, **data} if "method" in data else data)
        )
    return converter
