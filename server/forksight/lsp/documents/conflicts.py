"""How many places of a worktree conflict with others: open documents count as they are, the other files as on disk.

What a clean merge breaks counts as on disk."""

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
    """What overlaps in a worktree now: for each file a report, and one more where a clean merge breaks something.

    Blocks while the engine works.
    """
    on_disk = (*project.engine.report(worktree.path), *project.engine.semantic_report(worktree.path))
    return _with_open(open_documents, worktree, on_disk)


def counted(open_documents: OpenDocuments, worktree: "Worktree", on_disk: Iterable[FileReport]) -> Conflicts:
    """The conflicts of a worktree whose files on disk have these reports."""
    return Conflicts.counted(_with_open(open_documents, worktree, on_disk))


def _with_open(open_documents: OpenDocuments, worktree: "Worktree", on_disk: Iterable[FileReport]) -> list[FileReport]:
    checked = [file.checked for file in open_documents.files() if file.checked]
    open_reports = {
        other.report.path: other.report for other in checked if other.prepared.place.worktree.path == worktree.path
    }
    rest = [report for report in on_disk if report.semantic or report.path not in open_reports]
    return [*open_reports.values(), *rest]
