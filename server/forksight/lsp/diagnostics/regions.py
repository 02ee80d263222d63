"""The overlaps at a range of an open document, for hovers and code actions."""

import asyncio
from collections.abc import Iterator

from lsprotocol import types

from forksight.core.overlaps.overlap import Region
from forksight.lsp.diagnostics.open_files import Overlaps
from forksight.lsp.diagnostics.overlap_diagnostics import shown_lines
from forksight.lsp.diagnostics.semantic import SemanticDiagnostics
from forksight.lsp.documents.open_documents import Checked

_PATIENCE = 2.0  # seconds that a person's question waits for a check under way


async def fresh(overlaps: Overlaps, uri: str) -> Checked | None:
    """The overlaps of a document's current version; None if they are not known within two seconds."""
    try:
        return await asyncio.wait_for(asyncio.wrap_future(overlaps.fresh(uri)), _PATIENCE)
    except TimeoutError:
        return None


def regions_at(checked: Checked, semantic: SemanticDiagnostics, range_: types.Range) -> Iterator[Region]:
    """The regions that are shown on any line of a range, semantic ones last."""
    for region in (*checked.report.regions, *semantic.regions(checked.document)):
        first, last = shown_lines(region.lines, len(checked.document.lines), checked.starts)
        if range_.start.line <= last and range_.end.line >= first:
            yield region
