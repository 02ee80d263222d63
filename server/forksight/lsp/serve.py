"""Bytes between client and server: standard input and output, or TCP on this machine alone."""

import asyncio
import ipaddress
import logging
import os
import re
import socket
import sys
import threading
from contextlib import suppress
from typing import BinaryIO

from forksight.core.problems import UsageError
from forksight.features.context import Workbench
from forksight.lsp.assembly import create_server
from forksight.lsp.server import ForksightServer
from forksight.lsp.wire.streams import ThreadedWriter, bodies


def serve_stdio(workbench: Workbench) -> int:
    """Serve one client over standard input and output; the exit status, 0 if the client said goodbye properly."""
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    source, sink = _own_stdio()
    return asyncio.run(_serve_alone(workbench, source, sink))


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
        raise UsageError(
            f"can't listen on {_shown(host)}:{port}: {os.strerror(error.errno or 0)}", fix="choose another port"
        ) from None
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


def _shown(host: str) -> str:
    """A host as it stands before a port."""
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _serve_tcp(workbench: Workbench, host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        listener.setblocking(False)
        name, number = listener.getsockname()[:2]
        sys.stderr.write(f"forksight: listening on {_shown(name)}:{number}\n")
        sys.stderr.flush()
        clients = set()
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(listener)
            client = asyncio.create_task(_serve_connection(workbench, connection))
            clients.add(client)
            client.add_done_callback(clients.discard)


async def _serve_connection(workbench: Workbench, connection: socket.socket) -> None:
    connection.setblocking(True)
    with connection, connection.makefile("rb") as source, connection.makefile("wb") as sink:
        try:
            await _serve(workbench, source, sink)
        finally:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # lets the reading thread go


async def _serve_alone(workbench: Workbench, source: BinaryIO, sink: BinaryIO) -> int:
    """Serve the only client of this process, which ends with it."""
    try:
        return await _serve(workbench, source, sink)
    finally:
        workbench.leave()  # threads that read are waited for at the end, and a git that hangs takes a minute


async def _serve(workbench: Workbench, source: BinaryIO, sink: BinaryIO) -> int:
    """Serve one client until it says `exit` or is gone, or the server stops itself."""
    server = create_server(workbench)
    loop = asyncio.get_running_loop()
    writer = ThreadedWriter(sink, lost=lambda: loop.call_soon_threadsafe(server.stop))
    server.protocol.set_writer(writer)
    threading.Thread(target=_read, args=(source, loop, server), name="forksight-read", daemon=True).start()
    try:
        await server.ended.wait()
    finally:
        server.close()
        await asyncio.to_thread(writer.close)
    return 0 if server.shut_down else 1


def _read(source: BinaryIO, loop: asyncio.AbstractEventLoop, server: ForksightServer) -> None:
    """Hand over each message that arrives, on a thread of its own: standard input may be a pipe, a socket or a file."""
    with suppress(RuntimeError):  # the loop has ended before its input
        try:
            for body in bodies(source):
                loop.call_soon_threadsafe(server.receive, body)
        except (OSError, ValueError):
            pass  # a connection that was reset, or closed here
        finally:
            loop.call_soon_threadsafe(server.stop)


def _own_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for the protocol alone: whatever else prints, prints to standard error."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink
