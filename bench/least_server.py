"""A minimal language server in Python: it answers `initialize` and publishes one diagnostic for each opened document."""

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("least", "1")


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def opened(ls: LanguageServer, params: types.DidOpenTextDocumentParams) -> None:
    """Publish a diagnostic at the document's first character."""
    start = types.Position(0, 0)
    diagnostic = types.Diagnostic(types.Range(start, start), "opened")
    ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, [diagnostic]))


if __name__ == "__main__":
    server.start_io()
