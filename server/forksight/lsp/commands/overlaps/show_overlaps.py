"""`forksight.showOverlaps {uri?}`: every overlap of a worktree, as a Markdown document."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from forksight.core.git.snapshot import Worktree
from forksight.core.overlaps import markdown
from forksight.core.overlaps.overlap import Conflicts, FileReport
from forksight.core.problems import UsageError
from forksight.lsp.arguments import PLACE, project_in, uri_in
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.uris import uri_of

if TYPE_CHECKING:
    from forksight.features.overlaps.projects import Project
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Show those of the document's worktree; without a document, those of the first folder: `{uri, shown, …counts}`."""
    project, worktree = await _chosen(ls, arguments)
    on_disk = await asyncio.to_thread(project.engine.report, worktree.path)
    semantic = await asyncio.to_thread(project.engine.semantic_report, worktree.path)
    reports = _with_open_ones(ls, project, worktree, on_disk)
    counts = Conflicts.counted([*reports, *semantic])
    text = markdown.overlaps(
        worktree,
        [*reports, *semantic],
        muted=await asyncio.to_thread(project.context.ledger.muted),
        problems=[*project.engine.problems(), *project.follower.problems],
        today=datetime.now().astimezone(),
        link_to=lambda path: uri_of(f"{worktree.path}/{path}"),
    )
    shown = await show_text(ls, "Overlaps.md", text)
    return {
        **shown,
        "worktree": worktree.path,
        "conflicts": counts.conflicts,
        "files": counts.files,
        "breaks": counts.breaks,
    }


async def _chosen(ls: "ForksightServer", arguments: Mapping[str, Any]) -> "tuple[Project, Worktree]":
    if uri_in(arguments) is None:
        for project in ls.projects:  # without a folder, the worktree of any open document is as good
            for worktree in project.engine.worktrees():
                if worktree.path in project.client_worktrees:
                    return project, worktree
    project, path = await project_in(ls, arguments)
    chosen = await asyncio.to_thread(project.worktree_now, path)
    if chosen is None:
        raise UsageError(f"{path} is in no worktree", fix="open a file of one")
    return project, chosen


def _with_open_ones(
    ls: "ForksightServer", project: "Project", worktree: Worktree, reports: Sequence[FileReport]
) -> list[FileReport]:
    """The reports by path; an open document's is that of its unsaved text."""
    by_path = {report.path: report for report in reports}
    for file in ls.open_documents.files():
        place = file.prepared.place if file.prepared else None
        if file.checked and place and place.project is project and place.worktree.path == worktree.path:
            by_path[place.path] = file.checked.report
    return [by_path[path] for path in sorted(by_path) if by_path[path].regions]
