"""The open documents: each with its text, what its check needs, and its last overlaps."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import field, replace
from enum import Enum

from lsprotocol import types

from forksight.core.frozen import dataclass
from forksight.core.overlaps.check import FilePlan
from forksight.core.overlaps.overlap import Conflicts, FileReport
from forksight.features.overlaps.projects import Place
from forksight.lsp.documents.document import Document, changed, opened
from forksight.lsp.documents.file_encoding import FileEncoding
from forksight.lsp.wire.lenient import NO_VERSION
from forksight.lsp.wire.positions import Encoding
from forksight.lsp.wire.uris import path_of

_REMEMBERED = 1_000  # URIs, at least; beyond, the documents that were closed longest ago are forgotten


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a check of a document needs besides its text."""

    place: Place
    file_encoding: FileEncoding
    plan: FilePlan


@dataclass(frozen=True, slots=True)
class Checked:
    """The overlaps of one version of a document."""

    document: Document
    prepared: Prepared
    recorded: bytes | None  # the text as git would record it; None if only a configured program could tell
    starts: Sequence[int] | None  # `document.line_starts` of this version
    report: FileReport

    @property
    def counted(self) -> Conflicts:
        """The numbers of overlaps that would stop, and would not stop, a merge."""
        return Conflicts.counted([self.report])


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open document. Immutable; replaced when anything about it changes."""

    document: Document
    path: str | None  # as the client names it, links not resolved; None if it is no local file
    prepared: Prepared | None = None  # None until its repository is known
    checked: Checked | None = None  # of the newest version that was checked, which may be older than `document`
    outside: bool = False  # it lies in no repository, so it has no diagnostics
    lost: bool = False  # a change of it could not be applied: what the editor shows is not known


class Change(Enum):
    """The outcome of a change."""

    EDITED = "edited"
    OPENED = "opened"  # its text was not known, and is now
    LOST = "lost"  # its text is not known


@dataclass
class OpenDocuments:
    """All open documents, by URI as the client writes it. Thread-safe.

    Diagnostics of open documents are published while `lock` is held, so that none can follow their closing.
    """

    encoding: Encoding = Encoding.UTF16
    lock: threading.RLock = field(default_factory=threading.RLock)
    _files: dict[str, OpenFile] = field(default_factory=dict)
    _waiting: dict[str, list[Future[Checked | None]]] = field(default_factory=dict)
    _uris: dict[str, str] = field(default_factory=dict)  # by resolved path, the last opened last

    def open(self, item: types.TextDocumentItem) -> OpenFile:
        """Add a document that was opened (or opened again, with another text)."""
        path = path_of(item.uri)
        file = OpenFile(opened(item.uri, _version(item.version), item.text), path, outside=path is None)
        with self.lock:
            self._files[item.uri] = file
        return file

    def change(self, uri: str, version: int | None, changes: Sequence[types.TextDocumentContentChangeEvent]) -> Change:
        """Apply changes to a document. A change of the whole text also applies to one whose text was unknown."""
        version = _version(version)
        with self.lock:
            file = self._files.get(uri)
            if file is None or file.lost:
                whole = [number for number, change in enumerate(changes) if not _in_part(change)]
                if not whole:
                    return Change.LOST
                file = OpenFile(opened(uri, version, ""), path_of(uri))
                changes, outcome = changes[whole[-1] :], Change.OPENED
            else:
                outcome = Change.EDITED
            try:
                document = changed(file.document, changes, version, self.encoding)
            except ValueError:
                self.lose(uri)
                return Change.LOST
            self._files[uri] = replace(file, document=document)
            return outcome

    def lose(self, uri: str) -> bool:
        """Mark a document's text as unknown, until a whole text arrives; returns False if it is not open."""
        with self.lock:
            file = self._files.get(uri)
            if file is None:
                return False
            self._files[uri] = OpenFile(file.document, path=None, outside=True, lost=True)
        self.answer(uri, None)
        return True

    def close(self, uri: str) -> OpenFile | None:
        """Remove a document that was closed."""
        with self.lock:
            file = self._files.pop(uri, None)
        self.answer(uri, None)
        return file

    def get(self, uri: str) -> OpenFile | None:
        """The current state of an open document; None if it is not open."""
        return self._files.get(uri)

    def files(self) -> tuple[OpenFile, ...]:
        """The current state of all open documents."""
        with self.lock:
            return tuple(self._files.values())

    def prepare(self, uri: str, prepared: Prepared | None) -> bool:
        """Set what a document's check needs; None if it is in no repository. Returns False if nothing changed."""
        with self.lock:
            file = self._files.get(uri)
            if file is None or (file.prepared == prepared and file.outside == (prepared is None)):
                return False
            self._files[uri] = replace(file, prepared=prepared, outside=prepared is None)
            return True

    def finish(self, uri: str, checked: Checked, publish: Callable[[], None]) -> bool:
        """Store the result of a check and publish it; returns False if the document has changed or was closed meanwhile."""
        with self.lock:
            file = self._files.get(uri)
            if file is None or file.lost or file.document is not checked.document:
                return False
            self._files[uri] = replace(file, checked=checked)
            publish()
        self.answer(uri, checked)
        return True

    def if_closed(self, path: str, publish: Callable[[], None]) -> None:
        """Call `publish`, unless a document with this resolved path is open."""
        with self.lock:
            if self._uris.get(path) not in self._files:
                publish()

    def fresh(self, uri: str) -> Future[Checked | None]:
        """The overlaps of a document's current version, once checked; None if it is not open, or in no repository."""
        future: Future[Checked | None] = Future()
        with self.lock:
            file = self._files.get(uri)
            checked = file.checked if file else None
            is_current = checked and file and checked.document is file.document and checked.prepared is file.prepared
            if file is None or file.outside or is_current:
                future.set_result(checked if is_current else None)
            else:
                self._waiting.setdefault(uri, []).append(future)
        return future

    def answer(self, uri: str, checked: Checked | None) -> None:
        """Resolve all futures that `fresh` returned for this document."""
        with self.lock:
            waiting = self._waiting.pop(uri, [])
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_result(checked)

    def remember(self, path: str, uri: str) -> None:
        """Remember the URI that the client uses for a resolved path."""
        with self.lock:
            self._uris.pop(path, None)
            self._uris[path] = uri
            if len(self._uris) > max(_REMEMBERED, 2 * len(self._files)):
                closed = next(path for path, uri_of_path in self._uris.items() if uri_of_path not in self._files)
                del self._uris[closed]

    def uri_for(self, path: str) -> str | None:
        """The URI by which the client last opened a resolved path."""
        return self._uris.get(path)


def _version(version: int | None) -> int | None:
    return None if version == NO_VERSION else version


def _in_part(change: types.TextDocumentContentChangeEvent) -> bool:
    return isinstance(change, types.TextDocumentContentChangePartial)
