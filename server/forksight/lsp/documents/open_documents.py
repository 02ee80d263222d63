"""The open documents: the text of each, what checking it takes, and the overlaps last found in it."""

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
    """What a check of a document needs beside its text."""

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
        """How many overlaps there are, by what they would do to a merge."""
        return Conflicts.counted([self.report])


@dataclass(frozen=True, slots=True)
class OpenFile:
    """An open document: a value, replaced when anything about it changes."""

    document: Document
    path: str | None  # as the client names it, links not resolved; None if it is no local file
    prepared: Prepared | None = None  # None until its repository is known
    checked: Checked | None = None  # of the newest version that was checked, which may be older than `document`
    outside: bool = False  # it lies in no repository, so it has no diagnostics
    lost: bool = False  # a change of it could not be applied: what the editor shows is not known


class Change(Enum):
    """What came of a change."""

    EDITED = "edited"
    OPENED = "opened"  # its text was not known, and is now
    LOST = "lost"  # its text is not known


@dataclass
class OpenDocuments:
    """Every open document by its URI, as the client writes it. Every method may be called from any thread.

    What is published for an open document is published while `lock` is held: nothing late can follow its closing.
    """

    encoding: Encoding = Encoding.UTF16
    lock: threading.RLock = field(default_factory=threading.RLock)
    _files: dict[str, OpenFile] = field(default_factory=dict)
    _waiting: dict[str, list[Future[Checked | None]]] = field(default_factory=dict)
    _uris: dict[str, str] = field(default_factory=dict)  # by resolved path, the last opened last

    def open(self, item: types.TextDocumentItem) -> OpenFile:
        """A document was opened (or opened again, with another text)."""
        path = path_of(item.uri)
        file = OpenFile(opened(item.uri, _version(item.version), item.text), path, outside=path is None)
        with self.lock:
            self._files[item.uri] = file
        return file

    def change(self, uri: str, version: int | None, changes: Sequence[types.TextDocumentContentChangeEvent]) -> Change:
        """A document was changed. A whole text opens one whose text was not known."""
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
        """The text of a document is not known any more, until a whole one comes. False if it is not open."""
        with self.lock:
            file = self._files.get(uri)
            if file is None:
                return False
            self._files[uri] = OpenFile(file.document, path=None, outside=True, lost=True)
        self.answer(uri, None)
        return True

    def close(self, uri: str) -> OpenFile | None:
        """A document was closed."""
        with self.lock:
            file = self._files.pop(uri, None)
        self.answer(uri, None)
        return file

    def get(self, uri: str) -> OpenFile | None:
        """An open document as it is now."""
        return self._files.get(uri)

    def files(self) -> tuple[OpenFile, ...]:
        """All open documents as they are now."""
        with self.lock:
            return tuple(self._files.values())

    def prepare(self, uri: str, prepared: Prepared | None) -> bool:
        """Note what checking a document takes; None if it is in no repository. False if that is no news."""
        with self.lock:
            file = self._files.get(uri)
            if file is None or (file.prepared == prepared and file.outside == (prepared is None)):
                return False
            self._files[uri] = replace(file, prepared=prepared, outside=prepared is None)
            return True

    def finish(self, uri: str, checked: Checked, publish: Callable[[], None]) -> bool:
        """Keep the result of a check and publish it; False if it came too late: the document has changed, or was closed."""
        with self.lock:
            file = self._files.get(uri)
            if file is None or file.lost or file.document is not checked.document:
                return False
            self._files[uri] = replace(file, checked=checked)
            publish()
        self.answer(uri, checked)
        return True

    def if_closed(self, path: str, publish: Callable[[], None]) -> None:
        """Publish something, unless the document with this resolved path is open."""
        with self.lock:
            if self._uris.get(path) not in self._files:
                publish()

    def fresh(self, uri: str) -> Future[Checked | None]:
        """The overlaps of a document as it is now, once they are known; None if it is not open, or in no repository."""
        future: Future[Checked | None] = Future()
        with self.lock:
            file = self._files.get(uri)
            checked = file.checked if file else None
            known = checked and file and checked.document is file.document and checked.prepared is file.prepared
            if file is None or file.outside or known:
                future.set_result(checked if known else None)
            else:
                self._waiting.setdefault(uri, []).append(future)
        return future

    def answer(self, uri: str, checked: Checked | None) -> None:
        """Give the result to everybody who waits for `fresh` of this document."""
        with self.lock:
            waiting = self._waiting.pop(uri, [])
        for future in waiting:
            if future.set_running_or_notify_cancel():
                future.set_result(checked)

    def remember(self, path: str, uri: str) -> None:
        """A client calls this resolved path by this URI."""
        with self.lock:
            self._uris.pop(path, None)
            self._uris[path] = uri
            if len(self._uris) > max(_REMEMBERED, 2 * len(self._files)):
                closed = next(path for path, known in self._uris.items() if known not in self._files)
                del self._uris[closed]

    def uri_for(self, path: str) -> str | None:
        """What the client called a resolved path when it had it open."""
        return self._uris.get(path)


def _version(version: int | None) -> int | None:
    return None if version == NO_VERSION else version


def _in_part(change: types.TextDocumentContentChangeEvent) -> bool:
    return isinstance(change, types.TextDocumentContentChangePartial)
