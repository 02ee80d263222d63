"""Bytes between client and server: standard input and output, or TCP on this machine alone."""

import asyncio
import ipaddress
import logging
import os
import queue
import re
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

from pygls.io_ import run_async

from forksight.core.problems import UsageError
from forksight.features.context import Workbench
from forksight.lsp.server import ForksightServer, create_server

_CHUNK = 1 << 16
_LINE_LIMIT = 1 << 20  # bytes of a header line; bodies have no limit
_FLUSH = 2.0  # seconds that the last messages may take to leave

_quiet = logging.getLogger("forksight.wire")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


def serve_stdio(workbench: Workbench) -> int:
    """Serve one client over standard input and output; the exit status, 0 if the client said goodbye properly."""
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    source, sink = _own_stdio()
    return asyncio.run(_serve_stdio(workbench, source, sink))


def serve_tcp(workbench: Workbench, host: str, port: int) -> int:
    """Serve any number of clients, one after another or at once, until interrupted.

    Raises `UsageError` if the address is not this machine's own, or can't be had.
    """
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    try:
        asyncio.run(_serve_tcp(workbench, host, port))
    except KeyboardInterrupt:
        pass
    except OSError as error:
        raise UsageError(f"can't listen on {host}:{port}: {error.strerror}", fix="choose another port") from None
    return 0


def parse_address(address: str) -> tuple[str, int]:
    """The host and port of `HOST:PORT`; the port may be 0, for any that is free.

    Raises `UsageError` if it is no such thing, or not a loopback address: whoever connects can edit the user's files.
    """
    match = re.fullmatch(r"(?:\[(?P<six>[^]]+)\]|(?P<host>[^:]+)):(?P<port>\d{1,5})", address)
    if match is None or int(match["port"]) > 65535:
        raise UsageError(f"--tcp needs HOST:PORT, not {address!r}", fix="for example --tcp 127.0.0.1:7777")
    host = match["six"] or match["host"]
    if not _is_loopback(host):
        raise UsageError(f"--tcp serves this machine only, and {host} is not its loopback address", fix="use 127.0.0.1")
    return host, int(match["port"])


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _serve_stdio(workbench: Workbench, source: BinaryIO, sink: BinaryIO) -> int:
    server = create_server(workbench)
    reader = asyncio.StreamReader(_LINE_LIMIT)
    loop = asyncio.get_running_loop()
    writer = ThreadedWriter(sink, lambda: loop.call_soon_threadsafe(server.stop))
    server.protocol.set_writer(writer)
    threading.Thread(target=_feed, args=(source, reader, loop), name="forksight-read", daemon=True).start()
    try:
        return await _converse(server, reader)
    finally:
        writer.close()


async def _serve_tcp(workbench: Workbench, host: str, port: int) -> None:
    async def connected(reader: asyncio.StreamReader, stream: asyncio.StreamWriter) -> None:
        writer = LoopWriter(stream, asyncio.get_running_loop())
        server = create_server(workbench)
        server.protocol.set_writer(writer)
        try:
            await _converse(server, _NoWebPage(reader))
        finally:
            writer.close()

    listener = await asyncio.start_server(connected, host, port, limit=_LINE_LIMIT)
    for each in listener.sockets:
        name, number = each.getsockname()[:2]
        sys.stderr.write(f"forksight: listening on {name}:{number}\n")
    sys.stderr.flush()
    async with listener:
        await listener.serve_forever()


async def _converse(server: ForksightServer, reader: "asyncio.StreamReader | _NoWebPage") -> int:
    """Read messages until the client says `exit`, is gone, or the server stops itself."""
    reading = asyncio.ensure_future(
        run_async(server.stopped, reader, server.protocol, _quiet, server.report_server_error)
    )
    server.stop = reading.cancel
    try:
        await reading
    except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError, ValueError):
        pass  # stopped from within, gone in the middle of a message, or talking no LSP
    finally:
        server.close()
    return 0 if server.shut_down else 1


class _NoWebPage:
    """A connection that is closed unless it begins as LSP does: a web page may send requests to this machine's ports."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._trusted = False
        self.readexactly = reader.readexactly

    async def readline(self) -> bytes:
        """One line; nothing, as at the end, if the first one is not LSP's."""
        line = await self._reader.readline()
        self._trusted = self._trusted or line.startswith(b"Content-")
        return line if self._trusted else b""


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


class LoopWriter:
    """Writes to a connection of the event loop, from any thread."""

    def __init__(self, stream: asyncio.StreamWriter, loop: asyncio.AbstractEventLoop) -> None:
        self._stream = stream
        self._loop = loop

    def write(self, data: bytes) -> None:
        """Write a message, soon."""
        self._loop.call_soon_threadsafe(self._stream.write, data)

    def close(self) -> None:
        """Write what is left, and hang up."""
        self._loop.call_soon_threadsafe(self._stream.close)


def _feed(source: BinaryIO, reader: asyncio.StreamReader, loop: asyncio.AbstractEventLoop) -> None:
    """Hand over what arrives, on a thread of its own: standard input may be a pipe, a socket or a file."""
    try:
        while data := os.read(source.fileno(), _CHUNK):
            loop.call_soon_threadsafe(reader.feed_data, data)
        loop.call_soon_threadsafe(reader.feed_eof)
    except (OSError, RuntimeError):  # RuntimeError: the loop has ended before its input
        pass


def _own_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for the protocol alone: whatever else prints, prints to standard error."""
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink
