"""How many places of a worktree conflict with others: open documents count as they are, the other files as on disk."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forksight.core.overlaps.overlap import Conflicts, FileReport
from forksight.lsp.documents.open_documents import OpenDocuments

if TYPE_CHECKING:
    from forksight.core.git.snapshot import Worktree
    from forksight.features.overlaps.projects import Project


def conflicts_in(open_documents: OpenDocuments, project: "Project", worktree: "Worktree") -> Conflicts:
    """The conflicts of a worktree as it is now. Blocks while the engine works."""
    return Conflicts.counted(reports_in(open_documents, project, worktree))


def reports_in(open_documents: OpenDocuments, project: "Project", worktree: "Worktree") -> list[FileReport]:
    """What overlaps in a worktree now, a report for each file. Blocks while the engine works."""
    return _with_open(open_documents, worktree, project.engine.report(worktree.path))


def counted(open_documents: OpenDocuments, worktree: "Worktree", on_disk: Iterable[FileReport]) -> Conflicts:
    """The conflicts of a worktree whose files on disk have these reports."""
    return Conflicts.counted(_with_open(open_documents, worktree, on_disk))


def _with_open(open_documents: OpenDocuments, worktree: "Worktree", on_disk: Iterable[FileReport]) -> list[FileReport]:
    reports = {report.path: report for report in on_disk}
    for file in open_documents.files():
        if file.checked and file.checked.prepared.place.worktree.path == worktree.path:
            reports[file.checked.report.path] = file.checked.report
    return list(reports.values())
