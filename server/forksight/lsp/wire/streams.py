"""Messages in a stream of bytes: LSP's base protocol, read and written."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

_LINE_LIMIT = 1 << 20  # bytes of a header line
_BODY_LIMIT = 1 << 30  # bytes of a body; what announces more is no client
_FLUSH = 2.0  # seconds that the last messages may take to leave


def bodies(source: BinaryIO) -> Iterator[bytes]:
    """The bodies of the messages in a stream, until it ends, breaks off, or is no LSP.

    Any header but LSP's own ends it: a web page may send requests to this machine's ports, and they must not be obeyed.
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
    """Writes on a thread of its own: a client that does not read keeps nobody waiting. `lost` is called when it is gone."""

    def __init__(self, sink: BinaryIO, lost: Callable[[], object]) -> None:
        self._sink = sink
        self._lost = lost
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="forksight-write", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Write a message, soon. May be called from any thread."""
        self._queue.put(data)

    def close(self) -> None:
        """Write what is left, but do not wait for a client that does not read."""
        self._queue.put(None)
        self._thread.join(_FLUSH)

    def _run(self) -> None:
        try:
            while (data := self._queue.get()) is not None:
                self._sink.write(data)
                self._sink.flush()
        except OSError:
            self._lost()
