"""Taking the other side's lines: a region as an edit of the buffer."""

from lsprotocol import types

from forksight.core.overlaps.overlap import Kind, Region
from forksight.lsp.diagnostics.overlap_diagnostics import client_lines
from forksight.lsp.documents.document import Document, line_width
from forksight.lsp.documents.open_documents import Checked
from forksight.lsp.wire.capabilities import Client


def take_theirs_edit(client: Client, checked: Checked, region: Region) -> types.WorkspaceEdit | None:
    """The edit that puts their lines in place of ours; None where there are no lines to take, or they are no text here."""
    if region.kind not in (Kind.CONFLICT, Kind.ADD_ADD):
        return None
    text = checked.prepared.file_encoding.to_text(region.theirs)
    if text is None:
        return None
    document = checked.document
    first, end = client_lines(region.lines, len(document.lines), checked.starts)
    return workspace_edit(
        client, document, _replacing(document, first, end, _with_endings(text, document.newline), client)
    )


def workspace_edit(client: Client, document: Document, edit: types.TextEdit) -> types.WorkspaceEdit:
    """One edit of one document, of the version that it is about where the client can check that."""
    if client.document_changes:
        identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, [edit])])
    return types.WorkspaceEdit(changes={document.uri: [edit]})


def _replacing(document: Document, first: int, end: int, text: str, client: Client) -> types.TextEdit:
    """Lines `first <= n < end` replaced by a text of whole lines; mind a last line without its ending."""
    lines = document.lines
    unended = len(lines) - 1 if lines and not lines[-1].endswith(("\n", "\r")) else None
    start = types.Position(first, 0)
    stop = types.Position(end, 0)
    if unended is not None and end == len(lines):
        stop = types.Position(unended, line_width(lines[unended], client.encoding))
        if first == end:  # their lines come after ours, which has no ending yet
            start = stop
            text = document.newline + text
    return types.TextEdit(types.Range(start, stop), text)


def _with_endings(text: str, newline: str) -> str:
    """A text with the buffer's line endings, if it has git's own; a recorded `\\r\\n` is left as it is."""
    return text if newline == "\n" or "\r\n" in text else text.replace("\n", newline)
