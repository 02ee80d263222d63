"""Git servers for tests, on the loopback: smart HTTP with a password by git's own `http-backend`, and `git daemon`."""

import base64
import os
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.waiting import wait_for


class HttpServer(ThreadingHTTPServer):
    """Serves the repositories in a folder to whoever knows the password."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.password = "secret"  # of the user "ada"
        self.as_proxy: list[str] = []  # the addresses that it was asked for as a proxy of whatever host
        self.refuses: int | None = None  # the status that everybody gets

    def handle_error(self, *_: object) -> None:
        """Nothing to the test's output: a client that went away is no error."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: HttpServer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("http://"):
            self.server.as_proxy.append(self.path)
        if self.server.refuses:
            self.send_response(self.server.refuses)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        wanted = base64.b64encode(f"ada:{self.server.password}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {wanted}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="shop"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        _, _, path, query, _ = urlsplit(self.path)
        env = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.receivepack",
            "GIT_CONFIG_VALUE_0": "true",
            "REMOTE_USER": "ada",
            "REMOTE_ADDR": "127.0.0.1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = [line.partition(": ")[::2] for line in head.decode().split("\r\n")]
        self.send_response(next((int(value[:3]) for name, value in fields if name == "Status"), 200))
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing to the test's output."""


@contextmanager
def http_server(folder: Path) -> Iterator[HttpServer]:
    with HttpServer(folder) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextmanager
def git_daemon(folder: Path, host: str = "127.0.0.1", where: Sequence[str] = ()) -> Iterator[str]:
    """The address below which the repositories in a folder are. `where`: the words that a command starts with to run at the host."""

    def begin() -> tuple["subprocess.Popen[bytes]", int] | None:
        """A daemon on a port that was free; None if it was not any more."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        serve = [*where, "git", "daemon", f"--listen={host}", f"--port={port}", "--reuseaddr", "--export-all"]
        daemon = subprocess.Popen([*serve, "--enable=receive-pack", f"--base-path={folder}", str(folder)])

        def answers() -> bool:
            with socket.socket() as peer:
                return daemon.poll() is not None or peer.connect_ex((host, port)) == 0

        wait_for("git daemon", answers)
        return (daemon, port) if daemon.poll() is None else None

    daemon, port = wait_for("a port", begin)
    try:
        yield f"git://{host}:{port}"
    finally:
        daemon.terminate()
        daemon.wait()


class Cable:
    """The one way to another host, which is a network namespace of this machine. Unplugged, nobody is told: what is sent is lost."""

    def __init__(self, name: str, number: int) -> None:
        self.where = ("ip", "netns", "exec", name)  # the words that a command starts with to run there
        self.host = f"198.18.{number}.2"  # https://www.rfc-editor.org/rfc/rfc2544: for networks that are tested
        self._name = name
        self._number = number

    def __enter__(self) -> "Cable":
        _ip("netns", "add", self._name)
        _ip("link", "add", f"fs{self._number}", "type", "veth", "peer", "name", "eth0", "netns", self._name)
        _ip("address", "add", f"198.18.{self._number}.1/30", "dev", f"fs{self._number}")
        _ip("-n", self._name, "address", "add", f"{self.host}/30", "dev", "eth0")
        _ip("link", "set", f"fs{self._number}", "up")
        self.plug(is_in=True)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            _ip("link", "delete", f"fs{self._number}")
        with suppress(OSError):
            _ip("netns", "delete", self._name)

    def plug(self, *, is_in: bool) -> None:
        """Plug it in at the other host, or out."""
        _ip("-n", self._name, "link", "set", "eth0", "up" if is_in else "down")


def _ip(*arguments: str) -> None:
    """Raises `OSError` where there is no such program, or one may not use it so."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.returncode, done.stderr.strip())


class Link:
    """The way to a server: `address` leads there. It can be slow, and end or fall silent after some bytes of a connection."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.delay = 0.0  # seconds, each way
        self.lost = 0  # every so many-th piece is late by 0.3 s, as one that was sent again; 0: none
        self.silent_after: int | None = None  # bytes from the server
        self.cut_after: int | None = None  # bytes from the server
        self.cut_up_after: int | None = None  # bytes to the server
        self._held: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def open(self) -> None:
        """As good as new."""
        self.delay, self.lost = 0.0, 0
        self.silent_after = self.cut_after = self.cut_up_after = None

    def close(self) -> None:
        for held in (self._listener, *self._held):
            held.close()

    def _accept(self) -> None:
        while True:
            try:
                near = self._listener.accept()[0]
                far = socket.create_connection(self._there)
            except OSError:
                return
            self._held += [near, far]
            for source, sink, down in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=(source, sink, down), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, down: bool) -> None:
        carried = 0
        pieces = 0
        with suppress(OSError):
            while piece := source.recv(1 << 14):
                pieces += 1
                time.sleep(self.delay + (0.3 if self.lost and pieces % self.lost == 0 else 0.0))
                cut = self.cut_after if down else self.cut_up_after
                if cut is not None and carried + len(piece) > cut:
                    sink.sendall(piece[: cut - carried])
                    for end in (source, sink):  # a reset, as a box on the way sends it
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        end.shutdown(socket.SHUT_RDWR)
                    return
                if down and self.silent_after is not None and carried + len(piece) > self.silent_after:
                    sink.sendall(piece[: self.silent_after - carried])
                    return  # and the connection stays
                carried += len(piece)
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def link_to(address: str) -> Iterator[tuple[Link, str]]:
    """A way to a server (`SCHEME://HOST:PORT`), and the address at its near end."""
    parts = urlsplit(address)
    assert parts.hostname
    assert parts.port
    link = Link(parts.hostname, parts.port)
    yield link, f"{parts.scheme}://127.0.0.1:{link.port}"
    link.close()
