"""pygls' protocol with our own documents, a real exit, and answers to messages that make no sense."""

import json
import threading
from collections.abc import Generator
from typing import Any

from lsprotocol import converters, types
from pygls.exceptions import JsonRpcException
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    LanguageServerProtocol,
    lsp_method,
)

CONTENT_SCHEME = "forksight"  # of documents that only exist in the server

Builtin = Generator[Any, Any, Any]


class ForksightProtocol(LanguageServerProtocol):
    """What pygls does at a message, where it is not what we want. `stopped` is set once the client said `exit`."""

    stopped: threading.Event

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Builtin:
        """Add what pygls' capabilities leave out."""
        result = yield from super().lsp_initialize(params)
        workspace = result.capabilities.workspace
        if workspace is not None:
            workspace.text_document_content = types.TextDocumentContentOptions([CONTENT_SCHEME])
        return result

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Builtin:
        """Leave the text to our handler; pygls would keep a second copy."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Builtin:
        """Leave the text to our handler."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Builtin:
        """Leave the text to our handler."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: object) -> Builtin:
        """End the loop that reads messages, not the process: it may serve others."""
        self.stopped.set()
        yield from ()

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Answer a request whose parameters make no sense; pygls would leave its sender waiting."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._refuse(data["id"], error)
            raise

    def _refuse(self, request: str | int, error: JsonRpcException) -> None:
        answer = {"jsonrpc": "2.0", "id": request, "error": {"code": error.code, "message": error.message}}
        if self.writer is not None:
            self.writer.write(framed(answer))


def framed(message: dict[str, Any]) -> bytes:
    """A message as it goes over the wire."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def make_converter() -> Any:
    """lsprotocol's converter; messages that it does not know (`forksight/…`) keep plain data as their parameters."""
    converter = converters.get_converter()
    for kind in (JsonRPCRequestMessage, JsonRPCResponseMessage, JsonRPCNotification):
        converter.register_structure_hook(
            kind, lambda data, cls: cls(**{"params": None, **data} if "method" in data else data)
        )
    return converter
