"""A lock that a killed git left where sharing keeps its data: it is named, and what it kept from being done is done later."""

from pathlib import Path

import pytest

from forksight.adapters.git import process
from tests.conftest import Checkout
from tests.teams.baselines import REF
from tests.teams.conftest import REFS
from tests.teams.machines import Machine


@pytest.fixture
def team(ada: Machine, bob: Machine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which Bob's machine keeps what it shares with Ada's, and fetches from there."""
    monkeypatch.setattr(process, "_PAUSES", ())
    for machine in (ada, bob):
        machine.write({"pay.py": machine.name}).run("share", "on", "--yes")
    (folder,) = bob.data.glob("forksight/repositories/*/team")
    return folder


def shared(remote: Checkout) -> int:
    """How many machines share there."""
    return len(remote.git("for-each-ref", REFS).splitlines())


@pytest.mark.parametrize(
    ("arguments", "done"),
    [
        (("share", "off"), "Sharing is off, and what was published is deleted."),
        (("share", "forget", "Ada"), "What Ada (ada-laptop) shared was deleted from the remote"),
    ],
)
def test_what_can_not_be_forgotten_here_is_not_deleted_there(
    bob: Machine, remote: Checkout, team: Path, arguments: tuple[str, ...], done: str
) -> None:
    lock = team / "packed-refs.lock"
    lock.touch()
    assert f"remove the lock: `rm {lock}`" in bob.run(*arguments, ends=2)
    assert shared(remote) == 2
    lock.unlink()
    assert done in bob.run(*arguments)
    assert shared(remote) == 1


def test_what_can_not_be_deleted_there_is_not_forgotten_here(bob: Machine, remote: Checkout, team: Path) -> None:
    hook = remote.path / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert "hook declined" in bob.run("share", "forget", "Ada", ends=2)
    hook.unlink()
    assert "was deleted from the remote" in bob.run("share", "forget", "Ada")
    assert shared(remote) == 1
    assert (team / "HEAD").exists()


def test_a_lock_here_is_not_the_remotes_fault(ada: Machine, bob: Machine, team: Path) -> None:
    session = ada.sessions.session("shop", reads=["pay.py"])
    ada.run("baseline", "set", session, "--name", "shop-core")
    ada.run("baseline", "publish", "--yes")
    lock = team / f"{REF}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    told = bob.run("baseline", "fetch", "--yes", ends=2)
    assert "another git works on what is kept of sharing here, or was killed (cannot lock ref " in told
    assert lock.exists()
    lock.unlink()
    bob.run("baseline", "fetch", "--yes")
