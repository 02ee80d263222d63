"""Sends diagnostics to the client: one list for each document, merged from several producers."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from forksight.lsp.wire.plain_json import Json

Diagnostics = Sequence[Json]


@dataclass
class _Shown:
    parts: dict[str, Diagnostics] = field(default_factory=dict)
    version: int | None = None


class Publisher:
    """Keeps the published diagnostics by document and producer, and sends changes. Thread-safe.

    A producer (`overlaps`, `sessions`, …) only replaces and clears its own. `send` is called with the parameters of each
    `textDocument/publishDiagnostics`, and must not block.
    """

    def __init__(self, send: Callable[[Json], None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._shown: dict[str, _Shown] = {}

    def show(
        self, producer: str, uri: str, diagnostics: Diagnostics, version: int | None = None, *, always: bool = False
    ) -> None:
        """Replace a producer's diagnostics of a document, and send them if they changed, or `always`.

        `version` is that of an open document; None for a closed one, or to keep the last version.
        """
        with self._lock:
            shown = self._shown.setdefault(uri, _Shown())
            if version is not None:
                shown.version = version
            if always or list(shown.parts.get(producer, ())) != list(diagnostics):
                self._put(uri, shown, producer, diagnostics)
            self._forget_empty(uri)

    def hold(self, producer: str, uri: str, diagnostics: Diagnostics) -> None:
        """Replace a producer's diagnostics of a document without sending them; they go with the next `show`."""
        with self._lock:
            if uri in self._shown:
                self._shown[uri].parts[producer] = diagnostics

    def closed(self, uri: str) -> None:
        """The document was closed: its diagnostics are sent without a version from now on."""
        with self._lock:
            if uri in self._shown:
                self._shown[uri].version = None
                self._forget_empty(uri)

    def clear(self, producer: str, uri: str) -> None:
        """Remove a producer's diagnostics of a document."""
        with self._lock:
            shown = self._shown.get(uri)
            if shown and shown.parts.get(producer):
                self._put(uri, shown, producer, ())
                self._forget_empty(uri)

    def clear_all(self, producer: str) -> None:
        """Remove all diagnostics of a producer."""
        for uri in list(self._shown):
            self.clear(producer, uri)

    def _put(self, uri: str, shown: _Shown, producer: str, diagnostics: Diagnostics) -> None:
        shown.parts[producer] = diagnostics
        everything = [diagnostic for part in shown.parts.values() for diagnostic in part]
        params: Json = {"uri": uri, "diagnostics": everything}
        if shown.version is not None:
            params["version"] = shown.version
        self._send(params)

    def _forget_empty(self, uri: str) -> None:
        """Forget a closed document without diagnostics."""
        shown = self._shown[uri]
        if shown.version is None and not any(shown.parts.values()):
            del self._shown[uri]
