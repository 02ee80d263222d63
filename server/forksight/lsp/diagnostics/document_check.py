"""Checks one version of an open document. It reads no file and starts no process."""

from forksight.core.overlaps.check import check_text
from forksight.core.overlaps.overlap import FileReport
from forksight.lsp.documents.document import Document, line_starts
from forksight.lsp.documents.open_documents import Checked, Prepared


def check_document(document: Document, prepared: Prepared) -> Checked:
    """The overlaps of a document's text, by what was prepared for it."""
    place, text = prepared.place, document.text
    recorded = place.project.repository.to_git(place.worktree, place.path, prepared.file_encoding.to_bytes(text))
    if recorded is None:  # only a configured program could tell what git would record
        report = FileReport(place.path, (), prepared.plan.problems)
    else:
        report = check_text(prepared.plan, recorded)
    return Checked(document, prepared, recorded, line_starts(document.lines, text), report)
