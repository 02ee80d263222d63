"""The quick fix that takes the other side's lines."""

from lsprotocol import types

from forksight.core.overlaps.overlap import Kind, Region
from forksight.lsp.diagnostics.overlap_diagnostics import client_lines
from forksight.lsp.documents.document import Document, line_width
from forksight.lsp.documents.open_documents import Checked
from forksight.lsp.wire.capabilities import Client


def take_theirs_edit(client: Client, checked: Checked, region: Region) -> types.WorkspaceEdit | None:
    """The edit that replaces our lines by theirs; None if there are no lines, or they can't be decoded."""
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
    """A workspace edit of one document, with its version if the client supports that."""
    if client.document_changes:
        identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, [edit])])
    return types.WorkspaceEdit(changes={document.uri: [edit]})


def _replacing(document: Document, first: int, end: int, text: str, client: Client) -> types.TextEdit:
    """The edit that replaces lines `first <= n < end` by whole lines. A last line may lack its ending."""
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
    """A text with `\\n` replaced by the buffer's line ending, unless it has a recorded `\\r\\n`."""
    return text if newline == "\n" or "\r\n" in text else text.replace("\n", newline)
