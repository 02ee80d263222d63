"""The quick fix that keeps an import which the other side drops, at a line where it merges cleanly."""

from lsprotocol import types

from forksight.core.overlaps.overlap import Lines, Region
from forksight.lsp.diagnostics.overlap_diagnostics import client_lines
from forksight.lsp.documents.open_documents import Checked
from forksight.lsp.handlers.take_theirs import workspace_edit
from forksight.lsp.wire.capabilities import Client


def keep_import_edit(client: Client, checked: Checked, region: Region) -> types.WorkspaceEdit | None:
    """The edit that adds the import again; None if none was dropped, or if this side dropped it."""
    meaning = region.meaning
    if meaning is None or meaning.keep is None or meaning.changed_here:
        return None
    line, text = meaning.keep
    document = checked.document
    first, _ = client_lines(Lines(line, line), len(document.lines), checked.starts)
    position = types.Position(first, 0)
    return workspace_edit(client, document, types.TextEdit(types.Range(position, position), text + document.newline))
