"""Overlaps as LSP diagnostics: one for each region and distinct other text.

They are made at every key stroke, so they are plain JSON instead of lsprotocol's classes.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from lsprotocol import types

from forksight.core.overlaps.foremost import foremost
from forksight.core.overlaps.overlap import FileReport, Kind, Lines, Region
from forksight.core.overlaps.wording import UNNAMED, tell, when
from forksight.core.words.terminal import printable
from forksight.lsp.documents.document import line_width
from forksight.lsp.wire.plain_json import Json
from forksight.lsp.wire.positions import Encoding
from forksight.lsp.wire.uris import sendable, uri_of

if TYPE_CHECKING:
    from forksight.features.overlaps.projects import Project
    from forksight.lsp.diagnostics.client_state import ClientState

SOURCE = "forksight"
PRODUCER = "overlaps"  # whose diagnostics these are, for the publisher
_WARNING, _HINT = types.DiagnosticSeverity.Warning.value, types.DiagnosticSeverity.Hint.value
_SEVERITIES = {"warning": _WARNING, "information": types.DiagnosticSeverity.Information.value, "hint": _HINT}
_MOST_RELATED = 20  # a client shows them all, one line each


def diagnostics_for(
    client: "ClientState", project: "Project", report: FileReport, lines: Sequence[str], starts: Sequence[int] | None
) -> list[Json]:
    """The diagnostics of one file of a repository, by this client's settings; see `diagnostics_of`."""
    return diagnostics_of(
        report,
        lines,
        starts,
        client.abilities.encoding,
        datetime.now().astimezone(),
        related=client.abilities.related_information,
        titles=client.titles.by_worktree,
        live=client.titles.live,
        colleagues=project.context.settings.teams.severity,
    )


def diagnostics_of(
    report: FileReport,
    lines: Sequence[str],
    starts: Sequence[int] | None,
    encoding: Encoding,
    today: datetime,
    *,
    related: bool,
    titles: Mapping[str, str] = UNNAMED,
    live: Collection[str] = (),
    colleagues: str = "information",
) -> list[Json]:
    """The diagnostics of one file. `lines` are the client's, `starts` their `documents.line_starts`; `today` is local.

    `titles` maps worktrees' paths to the titles of their sessions, `live` are the worktrees in which one runs. `colleagues` is
    the setting `forksight.teams.severity`: how overlaps that are only with other machines are shown.
    """
    diagnostics = []
    for region in foremost(report.regions, live):
        first, last, end = span_of(region.lines, lines, starts, encoding)
        diagnostic: Json = {
            "range": _range(first, last, end),
            "message": printable(tell(region, today, titles)),
            "severity": _severity(region, colleagues),
            "code": region.kind.value,
            "source": SOURCE,
            "data": data_of(region),
        }
        if related:
            diagnostic["relatedInformation"] = _related(region, today)
        diagnostics.append(diagnostic)
    return diagnostics


def _severity(region: Region, colleagues: str) -> int:
    if region.kind is Kind.IDENTICAL or (region.meaning and not region.meaning.certain):
        return _HINT
    return _SEVERITIES[colleagues] if all(side.colleague for side in region.others) else _WARNING


def data_of(region: Region) -> Json:
    """The diagnostic's `data`, which distinguishes regions on the same lines. Clients may drop it."""
    return {"others": [sendable(side.worktree) for side in region.others]}


def range_of(region: Lines, lines: Sequence[str], starts: Sequence[int] | None, encoding: Encoding) -> types.Range:
    """The range at which a region is shown."""
    first, last, end = span_of(region, lines, starts, encoding)
    return types.Range(types.Position(first, 0), types.Position(last, end))


def span_of(
    region: Lines, lines: Sequence[str], starts: Sequence[int] | None, encoding: Encoding
) -> tuple[int, int, int]:
    """The first and last line (0-based, inclusive) at which a region is shown, and the width of the last one without its ending."""
    first, last = shown_lines(region, len(lines), starts)
    return first, last, line_width(lines[last], encoding) if lines else 0


def shown_lines(region: Lines, count: int, starts: Sequence[int] | None) -> tuple[int, int]:
    """The first and last line (0-based, inclusive, below `count`) at which a region is shown; an empty region has one line."""
    first, end = client_lines(region, count, starts)
    last_line = max(count - 1, 0)
    return min(first, last_line), min(max(first, end - 1), last_line)


def client_lines(region: Lines, count: int, starts: Sequence[int] | None) -> tuple[int, int]:
    """A region's half-open lines in the client's numbering."""
    if starts is None:
        return region.start, region.end
    first, end = (starts[line] if line < len(starts) else count for line in (region.start, region.end))
    return first, end


def _related(region: Region, today: datetime) -> list[Json]:
    return [
        {
            "location": {
                "uri": uri_of(f"{side.worktree}/{side.path}"),
                "range": _range(side.lines.start, side.lines.end, 0),
            },
            "message": f"{printable(side.label)}: {when(side, today)}",
        }
        for side in region.others[:_MOST_RELATED]
        if side.worktree.startswith("/") and not side.gone  # a compared ref is in no file on disk
    ]


def _range(line: int, last_line: int, last_column: int) -> Json:
    return {
        "start": {"line": line, "character": 0},
        "end": {"line": last_line, "character": last_column},
    }
