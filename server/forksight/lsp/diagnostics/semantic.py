"""Publishes semantic overlaps as diagnostics: after a pause in typing, on its own thread, and after the textual check.

A key stroke only moves the warnings that are shown to their new lines.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from forksight.core.frozen import dataclass
from forksight.core.overlaps.overlap import FileReport, Region
from forksight.core.problems import ForksightError
from forksight.features.overlaps.projects import Project
from forksight.lsp.diagnostics.client_state import ClientState
from forksight.lsp.diagnostics.overlap_diagnostics import diagnostics_for
from forksight.lsp.diagnostics.worker import Worker
from forksight.lsp.documents.document import Document, line_starts
from forksight.lsp.documents.open_documents import OpenFile
from forksight.lsp.wire.plain_json import Json

if TYPE_CHECKING:
    from forksight.core.overlaps.settle import Settled
    from forksight.features.overlaps.semantic.engine import SemanticPlan

PRODUCER = "semantic"  # whose diagnostics these are, for the publisher
_THREADS = 2  # documents checked at a time, so that one that takes long keeps no other waiting
_TURN = 0.0005  # seconds for which one thread keeps the others waiting: a key stroke is not to wait for this work
_PAUSE = 0.15  # seconds without an edit, at least, before a text is looked at; and after its document was opened


@dataclass(frozen=True)
class _Known:
    """The state of an open document: its plan, and what is shown."""

    plan: "SemanticPlan | None"
    project: Project  # with `generation`, what the plan was made of
    generation: int
    document: Document | None = None
    settled: "Settled | None" = None


class SemanticDiagnostics:
    """Keeps the semantic diagnostics of one client's open documents current. Every public method returns at once."""

    def __init__(self, client: ClientState, open_files_first: Callable[[], None]) -> None:
        """`open_files_first` waits, for a bounded time, until no open document waits for its textual check."""
        self._client = client
        self._open_files_first = open_files_first
        self._lock = threading.Lock()
        self._generations: dict[str, int] = {}
        self._known: dict[str, _Known] = {}
        sys.setswitchinterval(_TURN)
        self._worker = Worker("forksight-semantic", self._check, self._failed, threads=_THREADS)

    def checked(self, uri: str) -> None:
        """A document's textual check has completed: check it for semantic overlaps after a pause."""
        self._worker.request(uri, max(_PAUSE, self._client.settings.overlaps.delay / 1000))

    def recheck(self, project: Project) -> None:
        """Other worktrees changed: check every open document of a repository again."""
        common_dir = project.repository.common_dir
        self._generations[common_dir] = self._generations.get(common_dir, 0) + 1
        for file in self._client.documents.files():
            uri = file.document.uri
            if file.prepared and file.prepared.place.project is project:
                self._worker.request(uri, 0.0 if uri in self._known else _PAUSE)

    def retitle(self, project: Project) -> None:
        """Titles of sessions changed: publish every warning of a repository again."""
        for file in self._client.documents.files():
            if file.prepared and file.prepared.place.project is project:
                self._worker.request(file.document.uri)

    def closed(self, uri: str) -> None:
        """A document was closed."""
        with self._lock:
            self._known.pop(uri, None)
        self._client.publisher.clear(PRODUCER, uri)

    def clear(self) -> None:
        """Remove all semantic diagnostics."""
        with self._lock:
            self._known.clear()
        self._client.publisher.clear_all(PRODUCER)

    def regions(self, document: Document) -> Sequence[Region]:
        """The regions shown for a document, moved to their current lines."""
        state = self._known.get(document.uri)
        if state is None or state.document is None or state.settled is None or not state.settled.shown:
            return ()
        from forksight.core.overlaps.settle import moved

        return moved(state.settled.shown, state.document.lines, document.lines)

    def follow(self, project: Project, document: Document, starts: Sequence[int] | None) -> None:
        """Move what is shown for a document to its current lines, to be sent with the next diagnostics. At every key stroke.

        `starts` is `line_starts` of the document.
        """
        regions = self.regions(document)
        if regions:
            diagnostics = self._diagnostics(project, document, starts, regions)
            self._client.publisher.hold(PRODUCER, document.uri, diagnostics)

    def close(self) -> None:
        """Stop the threads."""
        self._worker.close()

    # ------------------------------------------------------------------------------------------ the worker

    def _check(self, uri: str) -> None:
        self._open_files_first()
        file = self._client.documents.get(uri)
        if file is None or file.checked is None or file.checked.document is not file.document:
            return  # the textual check comes first, and asks again
        if not file.checked.prepared.place.project.settings.semantic_in or file.checked.recorded is None:
            self.closed(uri)
            return
        began = time.perf_counter()
        state = self._plan(file)
        place = file.checked.prepared.place
        report: FileReport | None = FileReport(place.path)
        if state.plan is not None:
            report = place.project.engine.check_semantic(
                state.plan,
                file.checked.recorded,
                lambda: self._stale(file),
                likely=place.project.settings.semantic == "hints",
            )
        if report is None:
            return  # the check of the newer text asks again
        self._settle(file.document, state, report.regions)
        spent = 1000 * (time.perf_counter() - began)
        self._client.log.detail(f"{uri}: {len(report.regions)} semantic overlaps in {spent:.1f} ms")

    def _stale(self, file: OpenFile) -> bool:
        """Whether a document was edited or closed since."""
        now = self._client.documents.get(file.document.uri)
        return now is None or now.document is not file.document

    def _plan(self, file: OpenFile) -> _Known:
        """The state of a document, with a plan for the repository's current state."""
        assert file.checked is not None
        uri, place = file.document.uri, file.checked.prepared.place
        project = place.project
        generation = self._generations.get(project.repository.common_dir, 0)
        state = self._known.get(uri)
        if state is None or state.project is not project or state.generation != generation:
            last_plan = state.plan if state and state.project is project else None
            plan = project.engine.semantic_plan(place.worktree.path, place.path, last_plan)
            last = (state.document, state.settled) if state else (None, None)
            state = _Known(plan, project, generation, *last)
        return state

    def _settle(self, document: Document, state: _Known, regions: Sequence[Region]) -> None:
        if state.settled is None and not regions:
            with self._lock:
                self._known[document.uri] = state
            self._client.publisher.clear(PRODUCER, document.uri)  # what a closed file had
            return
        from forksight.core.overlaps.settle import Settled, moved, settle

        last = state.settled
        if last is not None and state.document is not None:
            last = Settled(moved(last.shown, state.document.lines, document.lines), last.changing)
        now = time.monotonic()
        settled = settle(last, regions, now)
        starts = line_starts(document.lines, document.text)
        diagnostics = self._diagnostics(state.project, document, starts, settled.shown)
        with self._client.documents.lock:
            file = self._client.documents.get(document.uri)
            if file is None or file.document is not document:
                return
            with self._lock:
                self._known[document.uri] = replace(state, document=document, settled=settled)
            self._client.publisher.show(PRODUCER, document.uri, diagnostics)
        if settled.due is not None:
            self._worker.request(document.uri, max(0.0, settled.due - now))

    def _diagnostics(
        self, project: Project, document: Document, starts: Sequence[int] | None, regions: Sequence[Region]
    ) -> list[Json]:
        report = FileReport(regions[0].path if regions else "", tuple(regions))
        return diagnostics_for(self._client, project, report, document.lines, starts)

    def _failed(self, uri: str, error: Exception) -> None:
        if isinstance(error, ForksightError):  # whoever follows the repository meets it too, and says it
            self._client.log.detail(f"{uri} was not checked for semantic overlaps: {error.sentence}")
        else:
            self._client.log.failed(f"check {os.path.basename(uri)} for semantic overlaps", error)
