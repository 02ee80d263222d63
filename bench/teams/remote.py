"""A git remote on the loopback: smart HTTP by git's own `http-backend`, with traffic counted, behind lines that delay it."""

import asyncio
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CHUNK = 1 << 16  # bytes


@dataclass
class Traffic:
    """Bytes that a server received (`up`) and sent (`down`), without the headers of HTTP, and its requests, each a round trip."""

    up: int = 0
    down: int = 0
    requests: int = 0


class Line:
    """A connection with latency: data arrive half a round trip later, and opening a connection takes a whole round trip."""

    def __init__(self, loop: asyncio.AbstractEventLoop, latency: float) -> None:
        """`latency` is the seconds of a round trip."""
        self.port = 0
        self._loop = loop
        self._latency = latency

    async def listen(self, target: int) -> None:
        """Listen on a free port, and forward connections to the port `target` of this machine."""
        self._target = target
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    def address(self, name: str) -> str:
        """The address of the repository `name` through this line."""
        return f"http://127.0.0.1:{self.port}/{name}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self._latency)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            self._loop.call_later(self._latency / 2, writer.write, data)
        self._loop.call_later(self._latency / 2, writer.close)


class Remote:
    """A server of the repositories in a folder; `line` makes connections to it with a latency."""

    def __init__(self, port: int, loop: asyncio.AbstractEventLoop, traffic: Traffic) -> None:
        self._port = port
        self._loop = loop
        self._traffic = traffic

    def during(self, action: Callable[[], object]) -> Traffic:
        """The traffic during a call of `action`."""
        before = replace(self._traffic)
        action()
        after = self._traffic
        return Traffic(after.up - before.up, after.down - before.down, after.requests - before.requests)

    def line(self, latency: float = 0.0) -> Line:
        """A new line to it. `latency` is the seconds of a round trip."""
        line = Line(self._loop, latency)
        asyncio.run_coroutine_threadsafe(line.listen(self._port), self._loop).result(10)
        return line


@contextmanager
def serve(folder: Path) -> Iterator[Remote]:
    """A context manager that serves the repositories in a folder."""
    traffic = Traffic()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder, traffic))
    server.daemon_threads = True
    loop = asyncio.new_event_loop()
    threads = [threading.Thread(target=run, daemon=True) for run in (server.serve_forever, loop.run_forever)]
    for thread in threads:
        thread.start()
    try:
        yield Remote(server.server_address[1], loop, traffic)
    finally:
        server.shutdown()
        server.server_close()
        loop.call_soon_threadsafe(loop.stop)
        for thread in threads:
            thread.join()


def _handler(folder: Path, traffic: Traffic) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # a connection takes several requests

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            env = {
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "http.receivepack",
                "GIT_CONFIG_VALUE_0": "true",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            completed = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=True)
            head, _, content = completed.stdout.partition(b"\r\n\r\n")
            traffic.up, traffic.down = traffic.up + len(body), traffic.down + len(content)
            traffic.requests += 1
            fields = dict(line.partition(": ")[::2] for line in head.decode().split("\r\n"))
            status = fields.pop("Status", "200 OK")
            self.send_response_only(int(status[:3]))
            for name, value in {**fields, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
