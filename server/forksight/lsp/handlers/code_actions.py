"""Code actions on an overlap: open theirs, see the difference, take theirs, ignore that branch; and undo ignoring.

Three commands are offered in every document besides, when the person asks.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from forksight.core.overlaps.overlap import Kind, Region, Side
from forksight.core.words.terminal import printable
from forksight.lsp.commands import command
from forksight.lsp.diagnostics.findings import fresh, regions_at
from forksight.lsp.diagnostics.overlap_diagnostics import SOURCE, data_of, range_of
from forksight.lsp.documents.open_documents import Checked
from forksight.lsp.handlers.guard import Handler
from forksight.lsp.handlers.keep_import import keep_import_edit
from forksight.lsp.handlers.take_theirs import take_theirs_edit
from forksight.lsp.wire.uris import sendable

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

Action = types.CodeAction | types.Command

_MOST_SIDES = 4  # of those that share a text: each has its own ways to open and to ignore it
_UNMUTE = "source.forksight.stopIgnoring"
_NAMED = {
    "forkSession": "Fork session for this branch",
    "refreshBaseline": "Refresh baseline",
    "showForkTree": "Show fork tree",
}
_TEXTUAL = (Kind.CONFLICT, Kind.ADD_ADD, Kind.IDENTICAL)


async def code_action(ls: "ForksightServer", params: types.CodeActionParams) -> list[Action]:
    """What can be done about the overlaps in a range; nothing that is offered has changed anything yet."""
    uri = params.text_document.uri
    asked = params.context.trigger_kind != types.CodeActionTriggerKind.Automatic
    actions = await _on_overlaps(ls, params, asked=asked)
    for name, title in _NAMED.items():
        kind = f"source.forksight.{name}"
        if asked and _wanted(kind, params.context):
            actions.append(_action(ls, command(f"forksight.{name}", title, {"uri": uri}), kind, ()))
    return actions


async def _on_overlaps(ls: "ForksightServer", params: types.CodeActionParams, *, asked: bool) -> list[Action]:
    actions: list[Action] = []
    uri = params.text_document.uri
    checked = await fresh(ls.overlaps, uri)
    if checked is None:
        return actions
    if _wanted(types.CodeActionKind.QuickFix.value, params.context):
        diagnostics = [diagnostic for diagnostic in params.context.diagnostics if diagnostic.source == SOURCE]
        for region in regions_at(checked, ls.semantic, params.range):
            actions += _fixes(ls, checked, region, diagnostics)
    if asked and _wanted(_UNMUTE, params.context):
        for label in sorted(await asyncio.to_thread(checked.prepared.place.project.context.ledger.muted)):
            undo = command("forksight.stopIgnoring", f"Show overlaps with {label} again", {"uri": uri, "label": label})
            actions.append(_action(ls, undo, _UNMUTE, ()))
    return actions


def _wanted(kind: str, context: types.CodeActionContext) -> bool:
    only = context.only
    return only is None or any(kind == wanted or kind.startswith(f"{wanted}.") or not wanted for wanted in only)


def _fixes(
    ls: "ForksightServer", checked: Checked, region: Region, diagnostics: Sequence[types.Diagnostic]
) -> Iterator[Action]:
    lines = range_of(region.lines, checked.document.lines, checked.starts, ls.client.encoding)
    data = data_of(region)
    about = [
        diagnostic for diagnostic in diagnostics if diagnostic.range == lines and diagnostic.code == region.kind.value
    ]
    about = [diagnostic for diagnostic in about if diagnostic.data in (None, data)]  # a client may drop the data
    for show_theirs in _commands_to_see(checked.document.uri, region):
        yield _action(ls, show_theirs, types.CodeActionKind.QuickFix, about)
    edit = take_theirs_edit(ls.client, checked, region)
    if edit and ls.client.action_literals:
        title = f"Take {region.others[0].label}'s version of these lines"
        yield types.CodeAction(printable(title), types.CodeActionKind.QuickFix, about or None, edit=edit)
    kept = keep_import_edit(ls.client, checked, region)
    if kept and ls.client.action_literals and region.meaning:
        title = f"Keep the import of {region.meaning.symbol}"
        yield types.CodeAction(printable(title), types.CodeActionKind.QuickFix, about or None, edit=kept)
    for ignore in _commands_to_ignore(checked.document.uri, region):
        yield _action(ls, ignore, types.CodeActionKind.QuickFix, about)


def _commands_to_see(uri: str, region: Region) -> Iterator[types.Command]:
    for side in region.others[:_MOST_SIDES]:
        if not side.gone:
            yield command("forksight.openTheirs", f"Open {side.label}'s version", _theirs(uri, side))
    if region.kind in _TEXTUAL:
        first = region.others[0]
        yield command("forksight.diffTheirs", f"Show the difference to {first.label}", _theirs(uri, first))


def _commands_to_ignore(uri: str, region: Region) -> Iterator[types.Command]:
    for side in region.others[:_MOST_SIDES]:
        arguments = {"uri": uri, "label": sendable(side.label)}
        yield command("forksight.ignoreOverlaps", f"Ignore overlaps with {side.label}", arguments)


def _theirs(uri: str, side: Side) -> dict[str, object]:
    return {
        "uri": uri,
        "worktree": sendable(side.worktree),
        "path": sendable(side.path),
        "lines": [side.lines.start, side.lines.end],
    }


def _action(ls: "ForksightServer", what: types.Command, kind: str, diagnostics: Sequence[types.Diagnostic]) -> Action:
    if not ls.client.action_literals:
        return what
    return types.CodeAction(what.title, kind, diagnostics or None, command=what)


HANDLERS: Mapping[str, Handler] = {types.TEXT_DOCUMENT_CODE_ACTION: code_action}
OPTIONS = {
    types.TEXT_DOCUMENT_CODE_ACTION: types.CodeActionOptions([types.CodeActionKind.QuickFix, "source.forksight"])
}
