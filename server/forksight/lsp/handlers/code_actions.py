"""Code actions on an overlap: show the session, open theirs, diff with theirs, take theirs, ignore the branch and undo that.

Three more commands are offered in every document, when the person asks for actions.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from lsprotocol import types

from forksight.core.overlaps.foremost import grouped, most_important
from forksight.core.overlaps.overlap import Kind, Region, Side
from forksight.core.words.terminal import printable
from forksight.lsp.commands import command
from forksight.lsp.diagnostics.overlap_diagnostics import SOURCE, data_of, range_of
from forksight.lsp.diagnostics.regions import fresh, regions_at
from forksight.lsp.documents.open_documents import Checked
from forksight.lsp.handlers.guard import Handler
from forksight.lsp.handlers.keep_import import keep_import_edit
from forksight.lsp.handlers.take_theirs import take_theirs_edit
from forksight.lsp.wire.uris import sendable

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

Action = types.CodeAction | types.Command

_MOST_FIXES = 4  # about a region
_MOST_SIDES = 4  # of those that share a text: each has its own way to ignore it
_MUTE = "forksight.ignoreOverlaps"  # the kind of what ignores overlaps, where there are quick fixes enough
_UNMUTE = "source.forksight.stopIgnoring"
_NAMED = {
    "forkSession": "Fork session for this branch",
    "refreshBaseline": "Refresh baseline",
    "showForkTree": "Show fork tree",
}
_TEXTUAL = (Kind.CONFLICT, Kind.ADD_ADD, Kind.IDENTICAL)


async def code_action(ls: "ForksightServer", params: types.CodeActionParams) -> list[Action]:
    """The actions for the overlaps in a range. Offering them changes nothing."""
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
    diagnostics = [diagnostic for diagnostic in params.context.diagnostics if diagnostic.source == SOURCE]
    for group in grouped(regions_at(checked, ls.semantic, params.range)):
        foremost = most_important(group, ls.sessions.live)
        shown = [(region, _about(ls, checked, region, diagnostics)) for region in foremost]
        by_region = [_fixes(ls, checked, region, about) for region, about in shown]
        fixes = list(islice(_in_turn(by_region), _MOST_FIXES))
        if _wanted(types.CodeActionKind.QuickFix.value, params.context):
            actions += fixes
        ignores = [(ignore, about) for region, about in shown for ignore in _commands_to_ignore(uri, region)]
        for number, (ignore, about) in enumerate(ignores, len(fixes)):
            kind = types.CodeActionKind.QuickFix.value if number < _MOST_FIXES else _MUTE
            if _wanted(kind, params.context):
                actions.append(_action(ls, ignore, kind, about))
    if asked and _wanted(_UNMUTE, params.context):
        for label in sorted(await asyncio.to_thread(checked.prepared.place.project.context.ledger.muted)):
            undo = command("forksight.stopIgnoring", f"Show overlaps with {label} again", {"uri": uri, "label": label})
            actions.append(_action(ls, undo, _UNMUTE, ()))
    return actions


def _in_turn(lists: Sequence[Iterator[Action]]) -> Iterator[Action]:
    """The first item of each list, then the second of each, and so on."""
    for together in zip_longest(*lists):
        yield from (action for action in together if action is not None)


def _wanted(kind: str, context: types.CodeActionContext) -> bool:
    only = context.only
    return only is None or any(kind == prefix or kind.startswith(f"{prefix}.") or not prefix for prefix in only)


def _about(
    ls: "ForksightServer", checked: Checked, region: Region, diagnostics: Sequence[types.Diagnostic]
) -> list[types.Diagnostic]:
    """Those of the client's diagnostics that are about a region."""
    lines = range_of(region.lines, checked.document.lines, checked.starts, ls.client.encoding)
    data = data_of(region)
    return [
        diagnostic
        for diagnostic in diagnostics
        if diagnostic.range == lines
        and diagnostic.code == region.kind.value
        and diagnostic.data in (None, data)  # a client may drop the data
    ]


def _fixes(
    ls: "ForksightServer", checked: Checked, region: Region, about: Sequence[types.Diagnostic]
) -> Iterator[Action]:
    """The quick fixes of a region, the likeliest first."""
    uri, (first, *others) = checked.document.uri, region.others
    commands = [*_show_session(ls, checked, region), *_open(uri, first)]
    if region.kind in _TEXTUAL:
        commands.append(command("forksight.diffTheirs", f"Show the difference to {first.label}", _theirs(uri, first)))
    for to_see in commands:
        yield _action(ls, to_see, types.CodeActionKind.QuickFix, about)
    if ls.client.action_literals:
        edit = take_theirs_edit(ls.client, checked, region)
        if edit:
            yield _edit(f"Take {first.label}'s version of these lines", edit, about)
        keeping = keep_import_edit(ls.client, checked, region)
        if keeping and region.meaning:
            yield _edit(f"Keep the import of {region.meaning.symbol}", keeping, about)
    for side in others:
        for open_theirs in _open(uri, side):
            yield _action(ls, open_theirs, types.CodeActionKind.QuickFix, about)


def _show_session(ls: "ForksightServer", checked: Checked, region: Region) -> Iterator[types.Command]:
    worktrees = [side.worktree for side in region.others]
    working = ls.sessions.at_work(checked.prepared.place.project, worktrees)
    if working:
        title = f"Show {working.title} ({working.state})"
        yield command("forksight.resumeSession", title, {"uri": checked.document.uri, "session": working.session})


def _open(uri: str, side: Side) -> Iterator[types.Command]:
    if not side.gone:
        yield command("forksight.openTheirs", f"Open {side.label}'s version", _theirs(uri, side))


def _commands_to_ignore(uri: str, region: Region) -> Iterator[types.Command]:
    """The commands that ignore a region's sides: by branch; a colleague's by machine, by person, or by branch."""
    for side in region.others[:_MOST_SIDES]:
        names = {side.label: side.label}
        if side.colleague:
            names[side.colleague.user] = f"all of {side.colleague.user}"
            if side.branch:
                names[side.branch] = f"the branch {side.branch}"
        for label, called in names.items():
            arguments = {"uri": uri, "label": sendable(label)}
            yield command("forksight.ignoreOverlaps", f"Ignore overlaps with {called}", arguments)


def _theirs(uri: str, side: Side) -> dict[str, object]:
    return {
        "uri": uri,
        "worktree": sendable(side.worktree),
        "path": sendable(side.path),
        "lines": [side.lines.start, side.lines.end],
    }


def _edit(title: str, edit: types.WorkspaceEdit, diagnostics: Sequence[types.Diagnostic]) -> types.CodeAction:
    return types.CodeAction(printable(title), types.CodeActionKind.QuickFix, diagnostics or None, edit=edit)


def _action(
    ls: "ForksightServer", command: types.Command, kind: str, diagnostics: Sequence[types.Diagnostic]
) -> Action:
    if not ls.client.action_literals:
        return command
    return types.CodeAction(command.title, kind, diagnostics or None, command=command)


HANDLERS: Mapping[str, Handler] = {types.TEXT_DOCUMENT_CODE_ACTION: code_action}
OPTIONS = {
    types.TEXT_DOCUMENT_CODE_ACTION: types.CodeActionOptions([types.CodeActionKind.QuickFix, "source.forksight", _MUTE])
}
