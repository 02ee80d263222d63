"""Who is served, and over what: TCP and unix sockets, for processes of the same user alone."""

import errno
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from forksight.adapters.system.peer import is_same_user
from tests.conftest import Checkout
from tests.lsp.client import Editor, is_empty
from tests.lsp.conftest import MINE
from tests.waiting import wait_for


class Listen(Protocol):
    """Starts a server that listens; it comes with what it says about where."""

    def __call__(self, *arguments: str, program: str | None = None) -> tuple["subprocess.Popen[str]", str]: ...


@pytest.fixture
def listen(shop: Checkout) -> Iterator[Listen]:
    """Starts servers that listen; each comes with what it says about where."""
    servers: list[subprocess.Popen[str]] = []

    def start(*arguments: str, program: str | None = None) -> tuple["subprocess.Popen[str]", str]:
        words = ["-c", program] if program else ["-m", "forksight"]
        server = subprocess.Popen(
            [sys.executable, *words, "server", *arguments],
            cwd=shop.path,
            stderr=subprocess.PIPE,
            text=True,
        )
        servers.append(server)
        assert server.stderr is not None
        return server, server.stderr.readline()

    yield start
    for server in servers:
        server.kill()
        server.wait()


def port_in(said: str) -> int:
    """The port that a server says it listens on."""
    return int(said.partition(", for clients")[0].rpartition(":")[2])


def is_closed(connection: socket.socket) -> bool:
    """Whether the server hangs up without a word."""
    connection.settimeout(60)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def hello(folder: Path, options: object = None) -> bytes:
    """An `initialize` as it goes over the wire."""
    params = {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}, "initializationOptions": options}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


HUNG_UP = ("b''", "Connection reset by peer", "Broken pipe")
CONNECT_AS = """
import os, socket, sys
os.setgroups([]), os.setgid(65534), os.setuid(65534)
family = socket.AF_UNIX if sys.argv[1].startswith("/") else socket.AF_INET
connection = socket.socket(family)
try:
    connection.connect(sys.argv[1] if family == socket.AF_UNIX else ("127.0.0.1", int(sys.argv[1])))
    connection.sendall(sys.stdin.buffer.read())
    print(connection.recv(1))
except OSError as error:
    print(error.strerror)
"""


def as_nobody(place: object, data: bytes) -> str:
    """What another user of this machine is answered."""
    words = [sys.executable, "-I", "-S", "-c", CONNECT_AS, str(place)]
    return subprocess.run(words, input=data, capture_output=True, timeout=60, check=True).stdout.decode().strip()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose a TCP connection is")


@needs_root
@needs_linux
def test_another_user_is_not_served_over_tcp(listen: Listen, shop: Checkout) -> None:
    server, said = listen("--tcp", "127.0.0.1:0")
    assert as_nobody(port_in(said), hello(shop.path)) in HUNG_UP
    editor = Editor.connect(port_in(said))
    assert "hoverProvider" in editor.initialize(shop.path)
    assert server.poll() is None


@needs_root
def test_another_user_is_not_served_over_a_unix_socket(listen: Listen, shop: Checkout, tmp_path: Path) -> None:
    path = tmp_path / "forksight.sock"
    listen("--pipe", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)  # the way there is open to all: the socket itself must not be
    assert as_nobody(path, hello(shop.path)) == "Permission denied"
    path.chmod(0o666)
    assert as_nobody(path, hello(shop.path)) in HUNG_UP


def test_both_ends_of_a_connection_of_our_own() -> None:
    expected = True if sys.platform == "linux" else None
    for host, family in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)):
        with (
            socket.create_server((host, 0), family=family) as listener,
            socket.create_connection(listener.getsockname()[:2]) as client,
            listener.accept()[0] as served,
        ):
            assert (is_same_user(served), is_same_user(client)) == (expected, expected)


def test_a_web_page_is_hung_up_on(listen: Listen) -> None:
    _, said = listen("--tcp", "127.0.0.1:0")
    with socket.create_connection(("127.0.0.1", port_in(said))) as page:
        page.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}")
        assert is_closed(page)


UNKNOWING = """
from forksight.app import workbench
workbench.Forksight.is_same_user = lambda self, connection: None  # as on a system that can't tell
workbench.main()
"""


def test_where_users_can_not_be_told_a_token_is_needed(listen: Listen, shop: Checkout) -> None:
    _, said = listen("--tcp", "127.0.0.1:0", program=UNKNOWING)
    token = said.partition('"token": "')[2].partition('"')[0]
    assert len(token) >= 32
    for options in (None, {"token": ""}, {"token": token[:-1]}, {"token": [token]}):
        with socket.create_connection(("127.0.0.1", port_in(said))) as stranger:
            stranger.sendall(hello(shop.path, options))
            assert is_closed(stranger)
    editor = Editor.connect(port_in(said))
    assert "hoverProvider" in editor.initialize(shop.path, options={"token": token, "overlaps": {"delay": 0}})


def test_a_unix_socket_serves_and_goes_with_the_server(
    listen: Listen, shop: Checkout, pay: Checkout, tmp_path: Path
) -> None:
    path = tmp_path / "forksight.sock"
    server, said = listen("--pipe", str(path))
    assert said == f"forksight: listening on {path}\n"
    for _ in range(2):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            editor = Editor(connection.makefile("rb"), connection.makefile("wb"))
            editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
            assert editor.diagnostics(editor.open(shop.path / "pay.py", MINE))
            editor.request("shutdown")
            editor.notify("exit")
    server.send_signal(2)
    assert server.wait(60) == 0
    assert not path.exists()


def test_a_socket_that_a_killed_server_left_is_taken_over(listen: Listen, tmp_path: Path) -> None:
    path = tmp_path / "forksight.sock"
    server, _ = listen("--pipe", str(path))
    server.kill()
    server.wait()
    assert path.is_socket()
    _, said = listen("--pipe", str(path))
    assert said == f"forksight: listening on {path}\n"


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_socket_is_left_alone(kind: str, tmp_path: Path) -> None:
    path, target = tmp_path / "here", tmp_path / "work.txt"
    target.write_text("precious")
    path.symlink_to(target) if kind == "link" else path.write_text("precious")
    words = [sys.executable, "-m", "forksight", "server", "--pipe", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, path.read_text(), target.read_text()) == (2, "precious", "precious")
    assert done.stderr == f"forksight: can't listen on {path}: {os.strerror(errno.EADDRINUSE)}: choose another path\n"


def test_an_editor_that_listens_itself_is_connected_to(shop: Checkout, pay: Checkout, tmp_path: Path) -> None:
    path = tmp_path / "editor.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        server = subprocess.Popen([sys.executable, "-m", "forksight", "server", "--pipe", str(path)], cwd=shop.path)
        try:
            connection, _ = listener.accept()
            editor = Editor(connection.makefile("rb"), connection.makefile("wb"))
            editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
            assert editor.diagnostics(editor.open(shop.path / "pay.py", MINE))
            editor.request("shutdown")
            editor.notify("exit")
            assert server.wait(60) == 0
        finally:
            server.kill()
            server.wait()


LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (96, 96))
from forksight.app import workbench
workbench.main()
"""


@needs_linux
def test_at_the_limit_of_descriptors_a_client_is_refused_and_the_others_go_on(listen: Listen, shop: Checkout) -> None:
    server, said = listen("--tcp", "127.0.0.1:0", program=LIMITED)
    first = Editor.connect(port_in(said))
    first.initialize(shop.path, options={"overlaps": {"delay": 0}})
    assert first.diagnostics(first.open(shop.path / "cart.py"), is_empty) == []
    crowd = [socket.create_connection(("127.0.0.1", port_in(said))) for _ in range(150)]
    assert server.stderr is not None
    assert "a client was refused" in server.stderr.readline()
    for connection in crowd:
        connection.close()
    assert first.request("forksight/status", {})["branch"] == "main"

    def served() -> bool:
        late = Editor.connect(port_in(said))
        try:
            return "hoverProvider" in late.initialize(shop.path)
        except (OSError, AssertionError):
            return False

    wait_for("a client that is served again", served)
    assert server.poll() is None


def test_clients_over_tcp_one_after_another_and_at_once(shop: Checkout, pay: Checkout) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "forksight", "server", "--tcp", "127.0.0.1:0"],
        cwd=shop.path,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        port = int(server.stderr.readline().rpartition(":")[2])
        first, second = Editor.connect(port), Editor.connect(port)
        for editor in (first, second):
            editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
        for editor in (first, second):
            assert editor.diagnostics(editor.open(shop.path / "pay.py", MINE))
        first.request("shutdown")
        first.notify("exit")
        assert second.diagnostics(second.open(shop.path / "cart.py"), is_empty) == []
        third = Editor.connect(port)
        third.initialize(shop.path, options={"overlaps": {"delay": 0}})
        assert third.diagnostics(third.open(shop.path / "pay.py", MINE))
        assert server.poll() is None
    finally:
        server.kill()
        server.wait()


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = [sys.executable, "-m", "forksight", "server", "--tcp", f"127.0.0.1:{port}"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert (
        done.stderr
        == f"forksight: can't listen on 127.0.0.1:{port}: {os.strerror(errno.EADDRINUSE)}: choose another port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tcp", "0.0.0.0:0"], "this machine only"),
        (["--tcp", "example.org:80"], "this machine only"),
        (["--tcp", "7777"], "HOST:PORT"),
        (["--tcp", ""], "HOST:PORT"),
        (["--tcp", "127.0.0.1:99999"], "HOST:PORT"),
        (["--stdio", "--tcp", "127.0.0.1:0"], "--stdio and --tcp exclude each other"),
        (["--pipe", "x", "--tcp", "127.0.0.1:0"], "--tcp and --pipe exclude each other"),
        (["--pipe", ""], "--pipe needs a path"),
    ],
)
def test_an_address_that_can_not_be_served(arguments: list[str], words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "forksight", "server", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
