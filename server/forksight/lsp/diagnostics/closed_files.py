"""Publishes diagnostics of files that are not open: changed files of the client's worktrees that have overlaps."""

import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

from forksight.core.overlaps.overlap import FileReport
from forksight.core.overlaps.settle import SettledFiles
from forksight.core.problems import ForksightError
from forksight.features.overlaps.projects import Place, Project
from forksight.lsp.diagnostics.client_state import ClientState
from forksight.lsp.diagnostics.overlap_diagnostics import PRODUCER, diagnostics_for
from forksight.lsp.diagnostics.semantic import PRODUCER as SEMANTIC
from forksight.lsp.diagnostics.worker import Worker
from forksight.lsp.documents.document import line_starts, split
from forksight.lsp.wire.plain_json import Json
from forksight.lsp.wire.uris import uri_of

_LATER = 0.05  # seconds, so that documents that the client opens at its start come first
_PAUSE = 0.15  # seconds before what breaks without a conflict is looked for: what it loads would keep those documents waiting


class ClosedFiles:
    """Keeps the diagnostics of closed files current, on its own threads. Every public method returns at once."""

    def __init__(self, client: ClientState, open_files_first: Callable[[], None]) -> None:
        """`open_files_first` waits, for a bounded time, until no open document waits for its check."""
        # By a workspace folder's resolved path, the path that the client gave: it knows the files by that one.
        self.folders: Mapping[str, str] = {}
        self._client = client
        self._open_files_first = open_files_first
        self._lock = threading.Lock()
        self._projects: dict[str, Project] = {}
        self._shown: dict[str, dict[str, set[str]]] = {}  # common dir -> producer -> URIs
        self._settling: dict[str, SettledFiles] = {}  # by common dir; the semantic sweeper's thread alone uses it
        self._sweeper = Worker("forksight-closed", self._sweep, self._failed)
        self._semantic_sweeper = Worker("forksight-closed-semantic", self._sweep_semantic, self._failed)

    def sweep(self, project: Project) -> None:
        """Request that the diagnostics of a repository's closed files are computed again."""
        common_dir = project.repository.common_dir
        with self._lock:
            self._projects[common_dir] = project
        self._sweeper.request(common_dir, _LATER)
        self._semantic_sweeper.request(common_dir, _PAUSE)

    def opened(self, place: Place, uri: str) -> None:
        """A file was opened: remove what is shown for it under another URI. Without folders, its worktree is covered."""
        own = self._uri(f"{place.worktree.path}/{place.path}")
        if own != uri and self._client.documents.get(own) is None:
            self._client.publisher.clear(PRODUCER, own)
            self._client.publisher.clear(SEMANTIC, own)
        if not self.folders and place.worktree.path not in place.project.client_worktrees:
            place.project.client_worktrees.add(place.worktree.path)
            self.sweep(place.project)

    def took_over(self, place: Place, uri: str) -> bool:
        """A file was closed; returns whether its diagnostics are kept up to date here from now on."""
        if not _covered(place.project) or place.worktree.path not in place.project.client_worktrees:
            return False
        with self._lock:
            shown = self._shown.setdefault(place.project.repository.common_dir, {})
            shown.setdefault(PRODUCER, set()).add(uri)
        self.sweep(place.project)
        return True

    def forget(self) -> None:
        """Remove all diagnostics of closed files, and forget the repositories."""
        with self._lock:
            shown, self._shown = self._shown, {}
            self._projects = {}
            self._settling = {}
            for by_producer in shown.values():
                self._clear(by_producer)

    def drop(self, project: Project) -> None:
        """A repository was removed: remove the diagnostics of its closed files."""
        common_dir = project.repository.common_dir
        with self._lock:
            if self._projects.get(common_dir) is project:
                del self._projects[common_dir]
                self._settling.pop(common_dir, None)
                self._clear(self._shown.pop(common_dir, {}))

    def _clear(self, by_producer: Mapping[str, Collection[str]]) -> None:
        for producer, uris in by_producer.items():
            for uri in uris:
                if self._client.documents.get(uri) is None:
                    self._client.publisher.clear(producer, uri)

    def close(self) -> None:
        """Stop the threads."""
        self._sweeper.close()
        self._semantic_sweeper.close()

    def _sweep(self, common_dir: str) -> None:
        self._client.ready.wait()
        self._open_files_first()
        project = self._projects.get(common_dir)
        if project is None:
            return
        self._show(project, PRODUCER, self._by_uri(project, _worktrees(project), project.engine.report))

    def _sweep_semantic(self, common_dir: str) -> None:
        self._client.ready.wait()
        project = self._projects.get(common_dir)
        if project is None or not (project.settings.semantic_in or SEMANTIC in self._shown.get(common_dir, {})):
            return
        self._open_files_first()
        settled = self._settling.setdefault(common_dir, SettledFiles())
        worktrees = _worktrees(project)
        reports = {worktree: project.engine.semantic_report(worktree) for worktree in worktrees}
        now = time.monotonic()
        shown = settled.shown(reports, now)
        self._show(project, SEMANTIC, self._by_uri(project, worktrees, lambda worktree: shown[worktree]))
        if settled.due is not None:
            self._semantic_sweeper.request(common_dir, max(0.0, settled.due - now))

    def _by_uri(
        self, project: Project, worktrees: Iterable[str], report_on: Callable[[str], Iterable[FileReport]]
    ) -> dict[str, tuple[str, list[Json]]]:
        """URI -> path and diagnostics of each file with overlaps."""
        by_uri: dict[str, tuple[str, list[Json]]] = {}
        for worktree in worktrees:
            for report in report_on(worktree):
                path = f"{worktree}/{report.path}"
                self._client.log.problems(report.problems)
                if report.regions:
                    uri = self._client.documents.uri_for(path) or self._uri(path)
                    by_uri[uri] = (path, self._diagnostics(project, path, report))
        return by_uri

    def _show(self, project: Project, producer: str, by_uri: Mapping[str, tuple[str, list[Json]]]) -> None:
        common_dir = project.repository.common_dir
        with self._lock:
            if self._projects.get(common_dir) is not project:
                return
            shown = self._shown.setdefault(common_dir, {})
            self._clear({producer: shown.get(producer, set()) - by_uri.keys()})
            shown[producer] = set(by_uri)
            for uri, (path, diagnostics) in by_uri.items():
                self._client.documents.if_closed(path, partial(self._client.publisher.show, producer, uri, diagnostics))

    def _diagnostics(self, project: Project, path: str, report: FileReport) -> list[Json]:
        text = (project.repository.on_disk(path) or b"").decode("utf-8", "replace")
        lines = split(text)
        return diagnostics_for(self._client, project, report, lines, line_starts(lines, text))

    def _uri(self, path: str) -> str:
        """The URI of a file, with the path by which the client knows its folder."""
        for resolved, client_path in self.folders.items():
            if path.startswith(resolved + "/"):
                return uri_of(client_path + path[len(resolved) :])
        return uri_of(path)

    def _failed(self, common_dir: str, error: Exception) -> None:
        project = self._projects.get(common_dir)
        if not (project and isinstance(error, ForksightError) and project.failed()):
            self._client.log.failed(f"look at the changed files of {os.path.dirname(common_dir)}", error)


def _worktrees(project: Project) -> list[str]:
    """The paths of the worktrees whose closed files are covered."""
    return sorted(project.client_worktrees) if _covered(project) else []


def _covered(project: Project) -> bool:
    """Whether closed files of a repository are covered at all."""
    return project.settings.enabled and project.settings.scope == "changed"
