"""What the client does with documents."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lsprotocol import types

from forksight.lsp.documents.open_documents import Change
from forksight.lsp.handlers.guard import Handler

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer


def did_open(ls: "ForksightServer", params: types.DidOpenTextDocumentParams) -> None:
    """A document was opened."""
    uri = params.text_document.uri
    ls.publisher.closed(uri)  # opened anew, its versions may begin anew
    ls.open_documents.open(params.text_document)
    ls.overlaps.opened(uri)


def did_change(ls: "ForksightServer", params: types.DidChangeTextDocumentParams) -> None:
    """A document was changed."""
    document = params.text_document
    match ls.open_documents.change(document.uri, document.version, params.content_changes):
        case Change.EDITED:
            ls.overlaps.edited(document.uri)
        case Change.OPENED:
            ls.overlaps.opened(document.uri)
        case Change.LOST:
            ls.overlaps.lost(document.uri)


def did_save(ls: "ForksightServer", params: types.DidSaveTextDocumentParams) -> None:
    """A document was saved."""
    ls.overlaps.saved(params.text_document.uri)


def did_close(ls: "ForksightServer", params: types.DidCloseTextDocumentParams) -> None:
    """A document was closed."""
    file = ls.open_documents.close(params.text_document.uri)
    if file:
        ls.overlaps.closed(file)


HANDLERS: Mapping[str, Handler] = {
    types.TEXT_DOCUMENT_DID_OPEN: did_open,
    types.TEXT_DOCUMENT_DID_CHANGE: did_change,
    types.TEXT_DOCUMENT_DID_SAVE: did_save,
    types.TEXT_DOCUMENT_DID_CLOSE: did_close,
}
OPTIONS = {types.TEXT_DOCUMENT_DID_SAVE: types.SaveOptions(include_text=False)}
