"""Serves clients over standard input and output, a unix socket, or TCP on this machine.

A client can edit the user's files and run programs, so only processes of the same user are served.
"""

import asyncio
import errno
import ipaddress
import json
import logging
import os
import re
import socket
import stat
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, BinaryIO

from forksight.core.problems import UsageError
from forksight.features.context import Workbench
from forksight.lsp.assembly import create_server
from forksight.lsp.server import ForksightServer
from forksight.lsp.wire.streams import ThreadedWriter, bodies

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE = 0.2  # seconds between two tries to take a client, where there is no descriptor for it
_KEPT = 128  # descriptors for the work of those who are served: git's pipes, watches, files


def serve_stdio(workbench: Workbench) -> int:
    """Serve one client over standard input and output; returns the exit status, 0 if the client shut the server down properly."""
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    source, sink = workbench.own_stdio()
    return asyncio.run(_alone(workbench, _serve(workbench, source, sink)))


def serve_tcp(workbench: Workbench, host: str, port: int) -> int:
    """Serve any number of clients until interrupted. Raises `UsageError` if the address is not on loopback, or not available."""
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


def serve_pipe(workbench: Workbench, path: str) -> int:
    """Serve over a unix socket: a client that listens there already (as VS Code's library does), else one that connects to it.

    The socket is created with mode 0600 and removed when the server ends. Raises `UsageError`.
    """
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            if _connected(connection, path):
                if workbench.is_same_user(connection) is False:
                    raise UsageError(f"another user listens at {path}", fix="name a path in a folder of your own")
                return asyncio.run(_alone(workbench, _converse(workbench, connection, None)))
        with socket.socket(socket.AF_UNIX) as listener:
            previous = os.umask(0o177)
            try:
                listener.bind(path)
            finally:
                os.umask(previous)
            try:
                listener.listen()
                asyncio.run(_accept(workbench, listener, path))
            finally:
                os.unlink(path)
    except KeyboardInterrupt:
        pass
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise UsageError(f"can't listen on {path}: {reason}", fix="choose another path") from None
    return 0


def _connected(connection: socket.socket, path: str) -> bool:
    """Connect to a socket; returns whether a process listens there. A socket that we left behind is removed."""
    try:
        connection.connect(path)
    except FileNotFoundError:
        return False
    except ConnectionRefusedError:
        facts = os.lstat(path)
        if stat.S_ISSOCK(facts.st_mode) and facts.st_uid == os.geteuid():
            os.unlink(path)
        return False
    return True


def parse_address(address: str) -> tuple[str, int]:
    """The host and port of `HOST:PORT`; port 0 is any free port.

    Raises `UsageError` for other texts, and for addresses that are not loopback.
    """
    match = re.fullmatch(r"(?:\[(?P<six>[^]]+)\]|(?P<host>[^:]+)):(?P<port>\d{1,5})", address)
    if match is None or int(match["port"]) > 65535:
        raise UsageError(f"--tcp needs HOST:PORT, not {address!r}", fix="for example --tcp 127.0.0.1:7777")
    host = match["six"] or match["host"]
    if not _is_loopback(host):
        raise UsageError(f"--tcp serves this machine only, and {host} is not its loopback address", fix="use 127.0.0.1")
    return host, int(match["port"])


def _shown(host: str) -> str:
    """A host as it is written before a port."""
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _serve_tcp(workbench: Workbench, host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        name, number = listener.getsockname()[:2]
        await _accept(workbench, listener, f"{_shown(name)}:{number}")


async def _accept(workbench: Workbench, listener: socket.socket, address: str) -> None:
    """Serve every process of our user that connects, until cancelled.

    On systems that can't tell whose process it is, the client has to send the token that is printed here.
    """
    import resource
    import secrets

    listener.setblocking(False)
    token = None if _tells_users(workbench) else secrets.token_urlsafe(24)
    hint = f', for clients with initializationOptions {{"token": "{token}"}}' if token else ""
    sys.stderr.write(f"forksight: listening on {address}{hint}\n")
    sys.stderr.flush()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    clients = set()
    while True:
        try:
            connection, _ = await asyncio.get_running_loop().sock_accept(listener)
        except OSError as error:
            if error.errno not in _EXHAUSTED:
                raise
            await asyncio.sleep(_PAUSE)  # until somebody leaves
            continue
        if most != resource.RLIM_INFINITY and connection.fileno() > most - min(_KEPT, most // 3):
            _refuse(connection, "too many files are open: raise `ulimit -n`")
            continue
        client = asyncio.create_task(_serve_connection(workbench, connection, token))
        clients.add(client)
        client.add_done_callback(clients.discard)


def _refuse(connection: socket.socket, why: object) -> None:
    connection.close()
    sys.stderr.write(f"forksight: a client was refused: {why}\n")
    sys.stderr.flush()


def _tells_users(workbench: Workbench) -> bool:
    """Whether this system can tell which user is at the other end of a connection."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        return workbench.is_same_user(ours) is not None


async def _serve_connection(workbench: Workbench, connection: socket.socket, token: str | None) -> None:
    try:
        if token is not None or workbench.is_same_user(connection):
            await _converse(workbench, connection, token)
        else:
            connection.close()
    except (OSError, RuntimeError) as error:  # no descriptor or no thread is left for it: the others go on
        _refuse(connection, error)


async def _converse(workbench: Workbench, connection: socket.socket, token: str | None) -> int:
    """Serve the client of a connection, and close it; returns the exit status."""
    connection.setblocking(True)
    with connection, connection.makefile("rb") as source, connection.makefile("wb") as sink:
        try:
            return await _serve(workbench, source, sink, token)
        finally:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)  # lets the reading thread go


async def _alone(workbench: Workbench, conversation: Coroutine[Any, Any, int]) -> int:
    """Serve the only client of this process, and end the process with it."""
    try:
        return await conversation
    finally:
        workbench.leave()  # threads that read are waited for at the end, and a git that hangs takes a minute


async def _serve(workbench: Workbench, source: BinaryIO, sink: BinaryIO, token: str | None = None) -> int:
    """Serve one client until it sends `exit` or disconnects, or the server stops. With a token, only one that sends it."""
    server = create_server(workbench)
    loop = asyncio.get_running_loop()
    writer = ThreadedWriter(sink, lost=lambda: loop.call_soon_threadsafe(server.stop))
    server.protocol.set_writer(writer)
    threading.Thread(target=_read, args=(source, loop, server, token), name="forksight-read", daemon=True).start()
    try:
        await server.ended.wait()
    finally:
        server.close()
        await asyncio.to_thread(writer.close)
    return 0 if server.shut_down else 1


def _read(source: BinaryIO, loop: asyncio.AbstractEventLoop, server: ForksightServer, token: str | None) -> None:
    """Read messages on a thread and hand them to the event loop: standard input may be a pipe, a socket or a file."""
    with suppress(RuntimeError):  # the loop has ended before its input
        try:
            for number, body in enumerate(bodies(source)):
                if token is not None and number == 0 and not _knows(token, body):
                    return
                loop.call_soon_threadsafe(server.receive, body)
        except (OSError, ValueError):
            pass  # a connection that was reset, or closed here
        finally:
            loop.call_soon_threadsafe(server.stop)


def _knows(token: str, body: bytes) -> bool:
    """Whether a client's first message is an `initialize` that has the token in its initializationOptions."""
    try:
        sent_token = json.loads(body)["params"]["initializationOptions"]["token"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return False
    import secrets

    return isinstance(sent_token, str) and secrets.compare_digest(sent_token.encode(), token.encode())
