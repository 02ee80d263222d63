"""Answers `workspace/textDocumentContent`: the text of documents that only exist in the server."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from forksight.lsp.handlers.guard import Handler

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer


def text_document_content(
    ls: "ForksightServer", params: types.TextDocumentContentParams
) -> types.TextDocumentContentResult:
    """The text of a document that the server made. Raises `JsonRpcInvalidParams` if it is no longer kept."""
    text = ls.made_documents.get(params.uri)
    if text is None:
        raise JsonRpcInvalidParams("This document is no longer known: ask for it again")
    return types.TextDocumentContentResult(text)


HANDLERS: Mapping[str, Handler] = {types.WORKSPACE_TEXT_DOCUMENT_CONTENT: text_document_content}
