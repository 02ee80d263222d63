"""Hover: the other side's version of these lines, whose it is, and since when."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from lsprotocol import types

from forksight.core.merge.unified_diff import changed_lines
from forksight.core.overlaps.foremost import foremost
from forksight.core.overlaps.overlap import Kind, Region, Side
from forksight.core.overlaps.wording import tell, when
from forksight.core.words.markdown import escaped
from forksight.core.words.terminal import printable
from forksight.lsp.diagnostics.overlap_diagnostics import range_of
from forksight.lsp.diagnostics.regions import fresh, regions_at
from forksight.lsp.handlers.guard import Handler

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

_MOST_LINES = 40
_WIDEST = 400  # characters of a line
_MOST_NAMES = 10


async def hover(ls: "ForksightServer", params: types.HoverParams) -> types.Hover | None:
    """The other versions of the line at the position."""
    checked = await fresh(ls.overlaps, params.text_document.uri)
    if checked is None:
        return None
    under_pointer = list(regions_at(checked, ls.semantic, types.Range(params.position, params.position)))
    regions = foremost(under_pointer, ls.sessions.live)
    if not regions:
        return None
    today = datetime.now().astimezone()
    markdown = ls.client.markdown_hover
    project = checked.prepared.place.project

    def session(side: Side) -> str:
        working = ls.sessions.at_work(project, [side.worktree])
        return f"{working.title}, {working.state}" if working else ""

    text = "\n\n".join(_paragraphs(region, today, session, markdown=markdown) for region in regions)
    kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
    lines = range_of(regions[0].lines, checked.document.lines, checked.starts, ls.client.encoding)
    return types.Hover(types.MarkupContent(kind, text), lines)


def _paragraphs(region: Region, today: datetime, session: Callable[[Side], str], *, markdown: bool) -> str:
    """The Markdown paragraphs about a region. `session` returns the title and state of a side's session, `""` if there is none."""
    shown = escaped if markdown else printable
    parts = [shown(tell(region, today))]
    first, *rest = region.others
    if rest:
        named = [_named(side, when(side, today), session(side)) for side in region.others[:_MOST_NAMES]]
        more = len(region.others) - len(named)
        names = ", ".join(named) + (f" and {more} more" if more else "")
        parts.append(shown(names))
    elif working := session(first):
        parts.append(shown(f"{first.label}: {working}"))
    if region.texts == 1 and region.meaning and region.meaning.before != region.meaning.after:
        parts.append(_difference(region.meaning.before, region.meaning.after, markdown=markdown))
    if region.texts == 1 and region.kind in (Kind.CONFLICT, Kind.ADD_ADD) and (region.ours or region.theirs):
        parts.append(_difference(region.ours, region.theirs, markdown=markdown))
    return "\n\n".join(parts)


def _named(side: Side, since: str, session: str) -> str:
    return f"{side.label} ({'; '.join(part for part in (since, session) if part)})"


def _difference(ours: bytes, theirs: bytes, *, markdown: bool) -> str:
    lines, left_out = changed_lines(ours, theirs, _MOST_LINES)
    body = "\n".join(_shown(line) for line in lines)
    if markdown:
        fence = "```"
        while fence in body:
            fence += "`"
        body = f"{fence}diff\n{body}\n{fence}"
    return f"{body}\n\n{left_out} more lines" if left_out else body


def _shown(line: str) -> str:
    text = printable(line[:_WIDEST].expandtabs(4))
    return text if len(line) <= _WIDEST else f"{text}…"


HANDLERS: Mapping[str, Handler] = {types.TEXT_DOCUMENT_HOVER: hover}
