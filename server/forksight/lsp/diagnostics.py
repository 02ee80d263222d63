"""Overlaps as LSP diagnostics: one for each region and distinct other text."""

from collections.abc import Sequence
from datetime import datetime

from lsprotocol import types

from forksight.core.overlaps import FileReport, Kind, Lines, Region, Side
from forksight.core.positions import Encoding
from forksight.core.wording import tell, when
from forksight.lsp.documents import line_width
from forksight.lsp.uris import uri_of

SOURCE = "forksight"
PRODUCER = "overlaps"  # whose diagnostics these are, for the publisher
_MOST_RELATED = 20  # a client shows them all, one line each


def diagnostics_of(
    report: FileReport,
    lines: Sequence[str],
    starts: Sequence[int] | None,
    encoding: Encoding,
    today: datetime,
    *,
    related: bool,
) -> list[types.Diagnostic]:
    """The diagnostics of one file. `lines` are the client's, `starts` their `documents.line_starts`; `today` is local."""
    return [
        types.Diagnostic(
            range=range_of(region.lines, lines, starts, encoding),
            message=tell(region, today),
            severity=types.DiagnosticSeverity.Warning if region.kind.stops_merge else types.DiagnosticSeverity.Hint,
            code=region.kind.value,
            source=SOURCE,
            related_information=_related(region, today) if related else None,
            data={"others": [side.worktree for side in region.others]},
        )
        for region in report.regions
    ]


def range_of(region: Lines, lines: Sequence[str], starts: Sequence[int] | None, encoding: Encoding) -> types.Range:
    """The range from a region's first column to the end of its last line, that line's ending left out."""
    first, last = shown_lines(region, len(lines), starts)
    return types.Range(
        types.Position(first, 0), types.Position(last, line_width(lines[last], encoding) if lines else 0)
    )


def shown_lines(region: Lines, count: int, starts: Sequence[int] | None) -> tuple[int, int]:
    """First and last line (the client's, of which there are `count`) that stand for a region; an empty one has its line."""
    first, end = client_lines(region, count, starts)
    last_line = max(count - 1, 0)
    return min(first, last_line), min(max(first, end - 1), last_line)


def client_lines(region: Lines, count: int, starts: Sequence[int] | None) -> tuple[int, int]:
    """A region's half-open lines as the client counts them."""
    if starts is None:
        return region.start, region.end
    first, end = (starts[line] if line < len(starts) else count for line in (region.start, region.end))
    return first, end


def location_of(side: Side) -> types.Location | None:
    """Where the other side's lines are; None if they are in no file on disk (a compared ref)."""
    if not side.worktree.startswith("/"):
        return None
    lines = types.Range(types.Position(side.lines.start, 0), types.Position(side.lines.end, 0))
    return types.Location(uri_of(f"{side.worktree}/{side.path}"), lines)


def _related(region: Region, today: datetime) -> list[types.DiagnosticRelatedInformation]:
    if region.kind is Kind.MODIFY_DELETE:  # there is nothing left to point at
        return []
    return [
        types.DiagnosticRelatedInformation(location, f"{side.label}: {when(side, today)}")
        for side in region.others[:_MOST_RELATED]
        if (location := location_of(side))
    ]
