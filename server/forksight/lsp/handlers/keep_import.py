"""Keeping an import that the other side drops: a line for the buffer, where it merges cleanly."""

from lsprotocol import types

from forksight.core.overlaps.overlap import Lines, Region
from forksight.lsp.diagnostics.overlap_diagnostics import client_lines
from forksight.lsp.documents.open_documents import Checked
from forksight.lsp.handlers.take_theirs import workspace_edit
from forksight.lsp.wire.capabilities import Client


def keep_import_edit(client: Client, checked: Checked, region: Region) -> types.WorkspaceEdit | None:
    """The edit that adds the import again; None where none was dropped, or this side dropped it."""
    meaning = region.meaning
    if meaning is None or meaning.keep is None or meaning.changed_here:
        return None
    line, text = meaning.keep
    document = checked.document
    first, _ = client_lines(Lines(line, line), len(document.lines), checked.starts)
    place = types.Position(first, 0)
    return workspace_edit(client, document, types.TextEdit(types.Range(place, place), text + document.newline))
