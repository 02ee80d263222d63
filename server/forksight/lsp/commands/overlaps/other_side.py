"""The other side's whole text of a file here, open or not, for the commands that show it."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forksight.core.merge.diff import join_lines
from forksight.core.overlaps.check import FilePlan
from forksight.core.overlaps.overlap import Side
from forksight.core.problems import UsageError
from forksight.features.overlaps.projects import Place
from forksight.lsp.arguments import project_in, text_argument
from forksight.lsp.diagnostics.regions import fresh
from forksight.lsp.wire.uris import sent

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer


@dataclass(frozen=True, slots=True)
class Other:
    """A file here, and one other side of it with its whole text."""

    place: Place
    ours: bytes  # unsaved if it is open, else as on disk; empty if there is no such file
    side: Side
    text: bytes


async def other_text(ls: "ForksightServer", arguments: Mapping[str, Any]) -> Other:
    """The side that `{uri, worktree}` names. Raises `UsageError` if it has no version of that file any more."""
    worktree, uri = sent(text_argument(arguments, "worktree")), text_argument(arguments, "uri")
    checked = await fresh(ls.overlaps, uri)
    if checked:
        prepared, ours = checked.prepared, checked.recorded
        if ours is None:  # only a configured program could tell what git would record
            ours = prepared.file_encoding.to_bytes(checked.document.text)
        return _of(prepared.plan, worktree, prepared.place, ours)
    if ls.open_documents.get(uri):  # what is on disk is not what the person sees
        raise UsageError(f"{uri} could not be compared in time", fix="try again in a moment")
    project, path = await project_in(ls, arguments)

    def closed() -> Other:
        here = project.worktree_now(path)
        if here is None:
            raise UsageError(f"{path} is in no worktree", fix="open a file of one")
        place = Place(project, here, os.path.relpath(path, here.path))
        plan = project.engine.file_plan(here.path, place.path)
        return _of(plan, worktree, place, project.engine.text_here(here.path, place.path))

    return await asyncio.to_thread(closed)


def _of(plan: FilePlan, worktree: str, place: Place, ours: bytes) -> Other:
    for opponent in plan.opponents:
        for side in opponent.sides:
            if side.worktree == worktree:
                return Other(place, ours, side, join_lines(opponent.theirs.text.lines))
    raise UsageError(f"{worktree} has no other version of {place.path} any more", fix="look at the warnings again")
