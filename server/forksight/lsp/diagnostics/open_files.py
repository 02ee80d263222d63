"""Publishes the overlap diagnostics of open documents.

The protocol's thread only records changes. The resolver's thread finds a document's repository, the repository's follower its
worktree, the preparer what a check needs, and the checker compares texts. A key stroke only runs the checker, which reads no
file and starts no process. Preparer and checker work on several documents in parallel.
"""

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from forksight.core.overlaps.overlap import Conflicts
from forksight.core.problems import ForksightError
from forksight.features.overlaps.projects import Place, Project, Projects
from forksight.lsp.diagnostics.client_state import ClientState
from forksight.lsp.diagnostics.closed_files import ClosedFiles
from forksight.lsp.diagnostics.document_check import check_document
from forksight.lsp.diagnostics.overlap_diagnostics import PRODUCER, diagnostics_for
from forksight.lsp.diagnostics.semantic import SemanticDiagnostics
from forksight.lsp.diagnostics.worker import Worker
from forksight.lsp.documents.file_encoding import detect_file_encoding
from forksight.lsp.documents.open_documents import Checked, OpenFile, Prepared
from forksight.lsp.wire.uris import real_path

_PAUSE = 0.3  # seconds without a key stroke after which git is asked whether a text still makes a renamed file
_THREADS = 3  # documents prepared or checked at a time, so that one that takes long keeps no other waiting


class Overlaps:
    """Keeps the diagnostics of one client's open documents current. Every public method returns at once."""

    def __init__(
        self,
        projects: Projects,
        client: ClientState,
        closed: ClosedFiles,
        semantic: SemanticDiagnostics,
        *,
        recounted: Callable[[], None],
    ) -> None:
        """`recounted` is called when the number of a document's overlaps changes."""
        self._projects = projects
        self._client = client
        self._closed = closed
        self._semantic = semantic
        self._recounted = recounted
        self._places: dict[str, Place] = {}  # by URI, where each document was last found
        self._early: set[str] = set()  # URIs of documents that were prepared before their repository was scanned
        self._unread: set[str] = set()  # URIs of documents whose file is to be read for how it is encoded
        self._resolver = Worker("forksight-resolve", self._resolve, self._failed)
        self._preparer = Worker("forksight-prepare", self._prepare, self._failed, threads=_THREADS)
        self._rename_asker = Worker("forksight-renames", self._preparer.request, self._failed)
        self._checker = Worker("forksight-check", self._check, self._failed, threads=_THREADS)

    # ------------------------------------------------------------------------------------------ what the client does

    def opened(self, uri: str) -> None:
        """A document was opened, or everything about it must be determined again."""
        self._resolver.request(uri)

    def edited(self, uri: str) -> None:
        """A document was changed."""
        file = self._client.documents.get(uri)
        settings = file.prepared.place.project.settings if file and file.prepared else self._client.settings.overlaps
        self._checker.request(uri, settings.delay / 1000)

    def saved(self, uri: str) -> None:
        """A document was saved: its encoding may have changed, and so may its worktree."""
        file = self._client.documents.get(uri)
        if file and file.prepared:
            file.prepared.place.project.follower.look(file.prepared.place.worktree.path)
        self._resolver.request(uri)

    def lost(self, uri: str) -> None:
        """A document's text is unknown: its only diagnostic says so."""
        self._client.publisher.clear(PRODUCER, uri)
        self._client.log.show_once(
            f"A change of {uri} could not be applied: it is not checked until the editor sends its whole text "
            "(close and open it)."
        )

    def closed(self, file: OpenFile) -> None:
        """A document was closed: its diagnostics are removed, or become those of a closed file."""
        uri = file.document.uri
        self._places.pop(uri, None)
        self._unread.discard(uri)
        self._early.discard(uri)
        self._client.publisher.closed(uri)
        self._semantic.closed(uri)
        if not (file.prepared and self._closed.took_over(file.prepared.place, uri)):
            self._client.publisher.clear(PRODUCER, uri)
        if file.checked and file.checked.counted != Conflicts():
            self._recounted()

    def fresh(self, uri: str) -> Future[Checked | None]:
        """The overlaps of a document's current version, once checked; None if it is not open, or in no repository."""
        future = self._client.documents.fresh(uri)
        if not future.done():
            self._checker.request(uri)
        return future

    def recheck(self, project: Project) -> None:
        """Other worktrees changed: prepare every open document of a repository again. Called on its follower's thread."""
        for file in self._client.documents.files():
            uri, place = file.document.uri, self._place_of(file)
            if place is not None and place.project is project:
                self._locate(uri, project, f"{place.worktree.path}/{place.path}")
            elif file.path and file.outside and project.worktree(real_path(file.path)):
                self._resolver.request(uri)

    def retitle(self, project: Project) -> None:
        """Titles of sessions changed: publish every warning of a repository again."""
        for file in self._client.documents.files():
            if file.prepared and file.prepared.place.project is project:
                self._checker.request(file.document.uri)
        self._semantic.retitle(project)
        self._closed.sweep(project)

    def drop(self, project: Project) -> None:
        """A repository was removed: look up the repository of each of its documents again."""
        for file in self._client.documents.files():
            place = self._place_of(file)
            if place is None or place.project is project:
                self._resolver.request(file.document.uri)

    def set_folders(self, folders: Mapping[str, str]) -> None:
        """Set the client's workspace folders: resolved path -> the path that the client gave."""
        self._closed.folders = folders
        for project in self._projects:
            project.client_worktrees.clear()
            self._closed.sweep(project)
        for folder in folders:
            self._resolver.request(folder)

    def clear(self) -> None:
        """Remove all diagnostics."""
        with self._client.documents.lock:
            self._client.publisher.clear_all(PRODUCER)
            self._semantic.clear()

    def wait_idle(self, seconds: float) -> None:
        """Wait until no document waits for its check, at most `seconds` for each stage."""
        self._resolver.wait_idle(seconds)
        self._preparer.wait_idle(seconds)
        self._checker.wait_idle(seconds)

    def close(self) -> None:
        """Stop the threads."""
        self._resolver.close()
        self._rename_asker.close()
        self._preparer.close()
        self._checker.close()

    def _place_of(self, file: OpenFile) -> Place | None:
        """Where a document was last found, whether or not it is prepared."""
        return self._places.get(file.document.uri) or (file.prepared.place if file.prepared else None)

    # ------------------------------------------------------------------------------------------ the resolver

    def _resolve(self, key: str) -> None:
        """Look up the repository of a document (given by URI) or a folder (given by path)."""
        if not self._client.settings.overlaps.enabled:
            self._client.documents.answer(key, None)
        elif key.startswith("/"):
            project = self._projects.project(key)
            if project:
                project.follower.submit(lambda: self._adopt(project, key))
        else:
            self._client.ready.wait()
            self._resolve_document(key)

    def _resolve_document(self, uri: str) -> None:
        file = self._client.documents.get(uri)
        if file is None or file.path is None:
            self._client.documents.answer(uri, None)
            return
        path = real_path(file.path)
        project = self._projects.project(path)
        if project is None:
            self._outside(uri)
            return
        self._client.documents.remember(path, uri)
        self._unread.add(uri)
        if not project.follower.scanned.is_set():
            self._prepare_early(uri, project, path)
        project.follower.submit(lambda: self._locate(uri, project, path))

    def _prepare_early(self, uri: str, project: Project, path: str) -> None:
        """Have a document checked before its repository's first scan, if possible."""
        first = project.first_plan(path)
        file = self._client.documents.get(uri)
        if first is None or file is None or not self._projects.follows(project):
            return
        place, plan = first
        project.repository.prepare_conversion(place.worktree, [place.path])
        file_encoding = detect_file_encoding(file.document.text, project.repository.on_disk(path))
        self._early.add(uri)
        if self._client.documents.prepare(uri, Prepared(place, file_encoding, plan)):
            self._checker.request(uri)
        else:
            self._early.discard(uri)

    def _outside(self, uri: str) -> None:
        self._places.pop(uri, None)
        self._client.documents.prepare(uri, None)
        self._client.documents.answer(uri, None)
        self._client.publisher.clear(PRODUCER, uri)
        self._semantic.closed(uri)

    # ------------------------------------------------------------------------------------------ a follower

    def _adopt(self, project: Project, folder: str) -> None:
        worktree = project.worktree(folder)
        if worktree and folder in self._closed.folders:
            project.client_worktrees.add(worktree.path)
            self._closed.sweep(project)

    def _locate(self, uri: str, project: Project, path: str) -> None:
        if self._client.documents.get(uri) is None:
            return
        place = project.locate(path)
        if place is None:
            self._outside(uri)
            return
        self._closed.opened(place, uri)
        self._places[uri] = place
        self._preparer.request(uri)

    # ------------------------------------------------------------------------------------------ the preparer

    def _prepare(self, uri: str) -> None:
        file, place = self._client.documents.get(uri), self._places.get(uri)
        if file is None or place is None:
            return
        project = place.project
        project.repository.prepare_conversion(place.worktree, [place.path])
        file_encoding = file.prepared.file_encoding if file.prepared else None
        if file_encoding is None or uri in self._unread:
            self._unread.discard(uri)
            on_disk = project.repository.on_disk(f"{place.worktree.path}/{place.path}")
            file_encoding = detect_file_encoding(file.document.text, on_disk)
        to_bytes, text = file_encoding.to_bytes, file.document.text
        plan = project.engine.file_plan(
            place.worktree.path,
            place.path,
            lambda: project.repository.to_git(place.worktree, place.path, to_bytes(text)),
        )
        now = self._places.get(uri)
        if not self._projects.follows(project) or now is None or now.project is not project:
            return
        early = uri in self._early
        self._early.discard(uri)
        news = self._client.documents.prepare(uri, Prepared(place, file_encoding, plan))
        if news or early or file.checked is None:
            self._checker.request(uri)

    # ------------------------------------------------------------------------------------------ the checker

    def _check(self, uri: str) -> None:
        file = self._client.documents.get(uri)
        if file is None or file.prepared is None or not file.prepared.place.project.settings.enabled:
            if file is None or file.outside or file.prepared is not None:
                self._client.documents.answer(uri, None)
            return
        began = time.perf_counter()
        document, place = file.document, file.prepared.place
        checked = check_document(document, file.prepared)
        report = checked.report
        self._client.log.problems(report.problems)
        diagnostics = diagnostics_for(self._client, place.project, report, document.lines, checked.starts)
        new = file.checked is None or file.checked.document is not document

        def publish() -> None:
            if place.project.settings.enabled:
                self._semantic.follow(place.project, document, checked.starts)
                self._client.publisher.show(PRODUCER, uri, diagnostics, document.version, always=new)

        if self._client.documents.finish(uri, checked, publish):
            if file.prepared.plan.text not in (None, checked.recorded):
                self._rename_asker.request(uri, _PAUSE)
            if uri not in self._early:
                self._semantic.checked(uri)
            if checked.counted != (file.checked.counted if file.checked else Conflicts()):
                self._recounted()
        spent = 1000 * (time.perf_counter() - began)
        self._client.log.detail(f"{uri} version {document.version}: {len(report.regions)} overlaps in {spent:.1f} ms")

    def _failed(self, uri: str, error: Exception) -> None:
        self._client.documents.answer(uri, None)
        place = self._places.get(uri)
        if not (place and isinstance(error, ForksightError) and place.project.failed()):
            self._client.log.failed(f"check {os.path.basename(uri)} for overlaps", error)
