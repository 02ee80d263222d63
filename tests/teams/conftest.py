"""Two machines with a home of their own each, and the remote that both have cloned."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from forksight.app.workbench import Forksight
from forksight.cli import group
from tests.conftest import Checkout, Content
from tests.forks.sessions_repo import SessionsRepo
from tests.lsp.client import Editor
from tests.lsp.person import OURS

PASSWORD = (
    "!f() { echo username=ada; echo password=secret; }; f"  # a credential helper, as git's configuration names one
)
REFS = "refs/forksight/v1/m/"
KEY = "ghp_" + "a1B2" * 9  # no host ever gave it
NUMBERS = "".join(f"line {number}\n" for number in range(1, 21))


def five(text: str) -> str:
    """The numbered lines with another fifth one."""
    return NUMBERS.replace("line 5\n", text)


def shared_files(remote: Checkout) -> set[str]:
    """The paths in every snapshot that the remote has."""
    rosters = remote.git("for-each-ref", "--format=%(objectname)", REFS).split()
    snapshots = [parent for roster in rosters for parent in remote.git("show", "-s", "--format=%P", roster).split()]
    return {path for commit in snapshots for path in remote.git("ls-tree", "-r", "--name-only", commit).splitlines()}


@dataclass(frozen=True)
class Machine:
    """A person's machine: its data folder, and its clone."""

    name: str
    data: Path
    clone: Checkout

    @property
    def claude(self) -> Path:
        """Claude Code's folder."""
        return self.data.parent / ".claude"

    @property
    def sessions(self) -> SessionsRepo:
        """The sessions in its clone."""
        return SessionsRepo(self.clone, self.claude, self.env)

    @property
    def homes(self) -> dict[str, str]:
        """Where the person and their Claude Code live, for what does not live elsewhere."""
        return {"HOME": str(self.data.parent), "CLAUDE_CONFIG_DIR": str(self.claude)}

    @property
    def env(self) -> dict[str, str]:
        return {
            "XDG_DATA_HOME": str(self.data),
            "GIT_AUTHOR_NAME": self.name,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "forksight.teams.label",
            "GIT_CONFIG_VALUE_0": f"{self.name.lower()}-laptop",
        }

    def run(self, *arguments: str, ends: int | None = 0, cwd: Path | None = None) -> str:
        """What `forksight` prints on this machine, in this process: a start takes longer than most commands."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**self.env, **self.homes}.items():
                patch.setenv(name, value)
            done = CliRunner().invoke(group, ["-C", str(cwd or self.clone.path), *arguments], obj=Forksight())
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert ends is None or done.exit_code == ends, f"{done.exit_code}: {done.output}"
        return done.stdout + (done.stderr if done.exit_code == 2 else "")

    def json(self, *arguments: str, ends: int | None = 0) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run(*arguments, "--json", ends=ends))
        return answer

    def write(self, files: Mapping[str, Content]) -> "Machine":
        self.clone.write(files)
        return self


def point(machine: Machine, address: str) -> Machine:
    machine.clone.git("remote", "set-url", "origin", f"{address}/remote.git")
    return machine


def met(ada: Machine, bob: Machine) -> list[str]:
    """Whose lines Bob's conflict with after both have shared theirs."""
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    return [overlap["other"]["user"] for overlap in bob.json("overlaps", ends=1)["overlaps"]]


def failing(machine: Machine) -> str:
    """The one calm line of status, after a look that failed for this reason; doctor has it too."""
    sentence = machine.run("share", "now", ends=2)
    assert len(sentence.splitlines()) == 1
    (line,) = (line for line in machine.run("share", "status").splitlines() if "failed" in line)
    (check,) = (check for check in machine.json("doctor", ends=1)["checks"] if check["name"] == "sharing")
    assert check["status"] == "warning"
    assert check["detail"].rstrip(".") in line.replace("The last", "Sharing: the last").rstrip(".")
    return line


def now(machine: Machine) -> str:
    """The one line that a failed exchange ends with."""
    (line,) = machine.run("share", "now", ends=2).splitlines()
    return line


def trap(folder: Path, name: str) -> Path:
    """A program that leaves a file of its name."""
    program = folder.parent / f"trap-{name}"
    program.write_text(f'#!/bin/sh\ntouch "{folder}/{name}"\n')
    program.chmod(0o755)
    return program


@pytest.fixture
def remote(tmp_path: Path) -> Checkout:
    """A bare repository."""
    remote = Checkout(tmp_path.resolve() / "remote.git")
    remote.path.mkdir()
    remote.git("init", "--quiet", "--bare", "--initial-branch=main")
    return remote


@pytest.fixture
def machine(remote: Checkout, tmp_path: Path) -> Callable[..., Machine]:
    """Makes machines that have cloned the remote, or an address that leads to it."""

    def make(name: str, address: str | None = None) -> Machine:
        place = tmp_path.resolve() / name.lower()
        place.mkdir()
        Checkout(place).git("clone", "--quiet", address or str(remote.path), "shop")
        return Machine(name, place / "data", Checkout(place / "shop"))

    return make


@pytest.fixture
def ada(machine: Callable[..., Machine]) -> Machine:
    """Ada's machine, who pushed the first commit: `pay.py` and `cart.py` of 20 numbered lines."""
    ada = machine("Ada")
    ada.clone.git("symbolic-ref", "HEAD", "refs/heads/main")
    ada.clone.commit({"pay.py": NUMBERS, "cart.py": NUMBERS, ".gitignore": "*.log\n"}, "base")
    ada.clone.git("push", "--quiet", "--set-upstream", "origin", "main")
    return ada


@pytest.fixture
def bob(ada: Machine, machine: Callable[..., Machine]) -> Machine:
    """Bob's machine."""
    return machine("Bob")


@pytest.fixture
def published(ada: Machine, bob: Machine) -> str:
    """Ada's baseline `shop-core`, which saw a key, is published; the session's id."""
    session = ada.sessions.session(f"shop {KEY}", reads=["pay.py", ".env"])
    ada.run("baseline", "set", session, "--name", "shop-core")
    ada.run("baseline", "publish", "--yes")
    return session


@pytest.fixture
def editor_on() -> Iterator[Callable[..., Editor]]:
    """Starts editors on machines, and leaves no server behind."""
    started: list[Editor] = []

    def begin(machine: Machine, **settings: object) -> Editor:
        editor = Editor.start(machine.clone.path, env={**machine.env, **machine.homes}).answer_as_usual()
        started.append(editor)
        options = {"overlaps": {"delay": 0}, "teams": {"poll": 1, **settings}}
        editor.initialize(machine.clone.path, capabilities=OURS, options=options)
        return editor

    yield begin
    for editor in started:
        editor.kill()


@pytest.fixture
def traps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs that must not run leave a file each; the person's own askpass programs are some."""
    folder = tmp_path / "ran"
    folder.mkdir()
    for name in ("GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.setenv(name, str(trap(folder, name)))
    monkeypatch.setenv("DISPLAY", ":0")
    return folder


@pytest.fixture
def personal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Says something in the person's own configuration of git."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    return lambda key, value: Checkout(tmp_path).git("config", "--global", key, value)
