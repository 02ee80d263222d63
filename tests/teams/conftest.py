"""What the tests of teams share: a published baseline, editors on machines, and remotes that fail."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import Checkout
from tests.lsp.client import Editor
from tests.lsp.person import OURS
from tests.teams.machines import Machine, five

# A credential helper, as git's configuration names one.
PASSWORD = "!f() { echo username=ada; echo password=secret; }; f"
REFS = "refs/forksight/v1/m/"
KEY = "ghp_" + "a1B2" * 9  # no host ever gave it


def shared_files(remote: Checkout) -> set[str]:
    """The paths in every snapshot that the remote has."""
    rosters = remote.git("for-each-ref", "--format=%(objectname)", REFS).split()
    snapshots = [parent for roster in rosters for parent in remote.git("show", "-s", "--format=%P", roster).split()]
    return {path for commit in snapshots for path in remote.git("ls-tree", "-r", "--name-only", commit).splitlines()}


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
def published(ada: Machine, bob: Machine) -> str:
    """Ada's baseline `shop-core`, which saw a key, is published; the session's id."""
    session = ada.sessions.session(f"shop {KEY}", reads=["pay.py", ".env"])
    ada.run("baseline", "set", session, "--name", "shop-core")
    ada.run("baseline", "publish", "--yes")
    return session


class EditorOn(Protocol):
    """Starts an editor on a machine; `settings` are those of the section `teams`."""

    def __call__(self, machine: Machine, **settings: object) -> Editor: ...


@pytest.fixture
def editor_on() -> Iterator[EditorOn]:
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
