"""LSP's base protocol: reads and writes messages in a stream of bytes."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

_LINE_LIMIT = 1 << 20  # bytes of a header line
_BODY_LIMIT = 1 << 30  # bytes of a body; what announces more is no client
_FLUSH = 2.0  # seconds that the last messages may take to leave


def bodies(source: BinaryIO) -> Iterator[bytes]:
    """The bodies of the messages in a stream, until it ends or is no valid LSP.

    Any header that is not LSP's ends it: web pages can send HTTP requests to this machine's ports, which must not be obeyed.
    """
    while True:
        length = None
        while (line := source.readline(_LINE_LIMIT)).strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length" and value.strip().isdigit():
                length = int(value)
            elif name.lower() != b"content-type":
                return
        if not line or length is None or length > _BODY_LIMIT:
            return
        body = source.read(length)
        if len(body) < length:
            return
        yield body


class ThreadedWriter:
    """Writes on its own thread, so that a client that does not read blocks nobody. `lost` is called when the client is gone."""

    def __init__(self, sink: BinaryIO, lost: Callable[[], object]) -> None:
        self._sink = sink
        self._lost = lost
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="forksight-write", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Queue a message to be written. Thread-safe."""
        self._queue.put(data)

    def close(self) -> None:
        """Write what is queued, but do not wait long for a client that does not read."""
        self._queue.put(None)
        self._thread.join(_FLUSH)

    def _run(self) -> None:
        try:
            while (data := self._queue.get()) is not None:
                self._sink.write(data)
                self._sink.flush()
        except OSError:
            self._lost()
