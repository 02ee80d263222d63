"""Counts a worktree's conflicts: of open documents with their unsaved text, of all other files as on disk.

Semantic breaks are those of the files on disk.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from forksight.core.overlaps.overlap import Conflicts, FileReport
from forksight.lsp.documents.open_documents import OpenDocuments

if TYPE_CHECKING:
    from forksight.core.git.snapshot import Worktree
    from forksight.features.overlaps.projects import Project


def conflicts_in(open_documents: OpenDocuments, project: "Project", worktree: "Worktree") -> Conflicts:
    """The current conflicts of a worktree. Blocks while the engine works."""
    return Conflicts.counted(reports_in(open_documents, project, worktree))


def reports_in(open_documents: OpenDocuments, project: "Project", worktree: "Worktree") -> list[FileReport]:
    """The current overlaps of a worktree: a report for each file, and another for its semantic breaks. Blocks meanwhile."""
    on_disk = (*project.engine.report(worktree.path), *project.engine.semantic_report(worktree.path))
    return _with_open(open_documents, worktree, on_disk)


def counted(open_documents: OpenDocuments, worktree: "Worktree", on_disk: Iterable[FileReport]) -> Conflicts:
    """The conflicts of a worktree, given the reports about its files on disk."""
    return Conflicts.counted(_with_open(open_documents, worktree, on_disk))


def _with_open(open_documents: OpenDocuments, worktree: "Worktree", on_disk: Iterable[FileReport]) -> list[FileReport]:
    checked = [file.checked for file in open_documents.files() if file.checked]
    open_reports = {
        other.report.path: other.report for other in checked if other.prepared.place.worktree.path == worktree.path
    }
    rest = [report for report in on_disk if report.semantic or report.path not in open_reports]
    return [*open_reports.values(), *rest]
