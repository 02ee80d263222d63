"""Through a real `sshd`: keys and hosts that ssh knows serve, and what it does not know is one line, never a question."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.rigs import not_installed
from tests.teams.conftest import failing, met, now, point
from tests.teams.machines import Machine, five
from tests.waiting import wait_for

KEYLESS = "requires a user name and password, or a key"


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


class SshServer:
    """An `sshd` on the loopback that lets in whoever has the key `person`."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("sshd", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
        if program is None:
            not_installed("sshd", "openssh-server")
        self.folder = folder
        for name, passphrase in (("host", ""), ("person", ""), ("locked", "secret")):
            make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(folder / name)]
            subprocess.run(make, check=True)
        (folder / "authorized").write_text((folder / "person.pub").read_text() + (folder / "locked.pub").read_text())
        settings = {
            "HostKey": folder / "host",
            "AuthorizedKeysFile": folder / "authorized",
            "PidFile": folder / "pid",
            "PermitRootLogin": "yes",
            "StrictModes": "no",
            "UsePAM": "no",
            "PasswordAuthentication": "no",
        }
        (folder / "settings").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # it wants an empty folder of root's
        self.port, self.running = self._listen(program)

    def _listen(self, program: str) -> tuple[int, "subprocess.Popen[bytes]"]:
        """The port and the process of an `sshd` that listens. It can't choose a port itself: one that was taken meanwhile is left."""
        log, listens = self.folder / "log", self.folder / "pid"
        while True:
            port = free_port()
            log.unlink(missing_ok=True)
            address = ["-o", f"ListenAddress=127.0.0.1:{port}"]
            running = subprocess.Popen([program, "-D", "-f", str(self.folder / "settings"), "-E", str(log), *address])
            wait_for("sshd", lambda: listens.exists() or running.poll() is not None)  # noqa: B023 - asked at once
            if running.poll() is None:
                return port, running
            assert "Address already in use" in log.read_text(), log.read_text()

    def address(self, folder: Path) -> str:
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{folder}"

    def known_as(self, key: str) -> None:
        """Let people take this key for the host's."""
        kind, text, *_ = (self.folder / f"{key}.pub").read_text().split()
        (self.folder / "known").write_text(f"[127.0.0.1]:{self.port} {kind} {text}\n")

    def command(self, key: str) -> str:
        """What a person has in their configuration as the ssh that git runs."""
        return f"ssh -F none -i {self.folder / key} -o IdentityAgent=none -o UserKnownHostsFile={self.folder / 'known'}"

    def end(self) -> None:
        self.running.terminate()
        self.running.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    folder = tmp_path / "ssh"
    folder.mkdir()
    server = SshServer(folder)
    yield server
    server.end()


def test_keys_and_hosts(
    ada: Machine,
    bob: Machine,
    remote: Checkout,
    server: SshServer,
    personal: Callable[[str, str], str],
    traps: Path,
) -> None:
    for machine in (ada, bob):
        point(machine, server.address(remote.path.parent))
    personal("core.sshCommand", server.command("person"))
    assert "ssh does not know the remote's host key" in ada.run("share", "on", "--yes", ends=2)
    server.known_as("host")
    assert met(ada, bob) == ["Ada"]
    personal("core.sshCommand", server.command("locked"))
    assert KEYLESS in failing(bob)
    server.known_as("person")
    assert "ssh does not know the remote's host key" in now(bob)
    server.end()
    assert "can't be reached" in now(bob)
    assert list(traps.iterdir()) == []


def test_an_ssh_of_the_persons_own_can_not_ask_and_holds_nobody_up(
    ada: Machine,
    remote: Checkout,
    server: SshServer,
    personal: Callable[[str, str], str],
    tmp_path: Path,
) -> None:
    """Started in a terminal: what knows no options to be quiet has none, and what stays behind is not waited for."""
    server.known_as("host")
    own = tmp_path / "connect"
    asked, left = tmp_path / "asked", tmp_path / "left"
    own.write_text(
        f'#!/bin/sh\n(exec </dev/tty) 2>/dev/null && touch {asked}\nsleep 600 & echo $! >>{left}\nexec {server.command("person")} "$@"\n'
    )
    own.chmod(0o755)
    personal("core.sshCommand", str(own))
    personal("ssh.variant", "ssh")
    point(ada, server.address(remote.path.parent)).write({"pay.py": five("ada's\n")})
    command = [sys.executable, "-m", "forksight", "-C", str(ada.clone.path), "share", "on", "--yes"]
    in_a_terminal = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    started = [sys.executable, "-c", in_a_terminal, *command]
    subprocess.run(
        started,
        env={**os.environ, **ada.env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        timeout=240,
    )
    for number in left.read_text().split():
        os.kill(int(number), signal.SIGKILL)  # it is still there
    assert not asked.exists()
    assert remote.git("for-each-ref", "refs/forksight")


def test_a_port_that_somebody_took_meanwhile_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken, free = somebody.getsockname()[1], free_port
        tried: list[int] = []

        def taken_at_first() -> int:
            tried.append(free() if tried else taken)
            return tried[-1]

        monkeypatch.setattr("tests.teams.test_ssh.free_port", taken_at_first)
        server = SshServer(tmp_path)
    server.end()
    assert tried[0] == taken
    assert server.port == tried[-1] != taken
