"""Networks as they are: slow ones, ones that break off or fall silent in the middle, and proxies. Each is one calm line, then all goes on."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from forksight.adapters.teams import remote_git
from tests.conftest import Checkout
from tests.teams.conftest import PASSWORD, failing, met, point
from tests.teams.machines import Machine, five
from tests.teams.servers import Cable, Link, git_daemon, http_server, link_to
from tests.waiting import wait_for


@pytest.fixture
def link(remote: Checkout) -> Iterator[tuple[Link, str]]:
    """The way to a server, and the address at its near end."""
    with git_daemon(remote.path.parent) as address, link_to(address) as near:
        yield near


@contextmanager
def impatient(*, after: Path | None = None) -> Iterator[None]:
    """A remote that says nothing for a second and a half is given up in the block; with `after` once that file is there.

    Not elsewhere: beside other programs a remote that is well may be as silent.
    """
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as pool:

        def begin() -> None:
            if after:
                wait_for(after.name, after.exists)
            patch.setattr(remote_git, "SILENCE", 1.5)

        begun = pool.submit(begin)
        if not after:
            begun.result()
        yield
        begun.result()


def told(bob: Machine) -> list[str]:
    """The machines that something was said against."""
    return [problem["message"] for problem in bob.json("overlaps", ends=None)["problems"]]


def test_a_connection_that_ends_or_is_silent_in_the_middle(ada: Machine, bob: Machine, link: tuple[Link, str]) -> None:
    way, address = link
    way.delay, way.lost = 0.01, 30
    assert met(point(ada, address), point(bob, address)) == ["Ada"], "slow, and with losses"
    way.open()
    ada.write({"noise.bin": os.urandom(100_000), "cart.py": five("ada's cart\n")}).run("share", "now")
    bob.write({"cart.py": five("bob's cart\n")})
    way.cut_after = 20_000
    assert "was lost" in failing(bob)
    assert told(bob) == [], "nobody's data is damaged"
    way.open()
    way.silent_after = 20_000
    with impatient():
        assert "silent for 1.5 s" in bob.run("share", "now", ends=2)
    assert told(bob) == []
    way.open()
    bob.run("share", "now")
    paths = [overlap["path"] for overlap in bob.json("overlaps", ends=1)["overlaps"]]
    assert paths == ["cart.py", "pay.py"]
    ada.write({"noise.bin": os.urandom(100_000)})
    way.cut_up_after = 20_000
    assert len(ada.run("share", "now", ends=2).splitlines()) == 1
    way.open()
    ada.run("share", "now")
    assert ada.json("share", "status")["error"] is None


def test_a_git_that_has_ended_is_not_waited_for(ada: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It closes its outputs a moment before it ends: none of the exchanges waits for a glance at it then."""
    monkeypatch.setattr(remote_git, "_GLANCE", 60.0)
    begun = time.monotonic()
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    ada.run("share", "now")
    assert time.monotonic() - begun < 40.0


def test_what_left_without_an_answer(ada: Machine, remote: Checkout) -> None:
    """The pushes arrive, and that they did is never heard."""
    hook = remote.path / "hooks/post-receive"
    hook.parent.mkdir(exist_ok=True)
    arrived = remote.path / "arrived"
    hook.write_text(f"#!/bin/sh\ntouch {arrived}\nexec sleep 600\n")
    hook.chmod(0o755)
    refs = ("for-each-ref", "refs/forksight")
    ada.write({"pay.py": five("ada's\n")})
    with impatient(after=arrived):
        assert "silent for 1.5 s" in ada.run("share", "on", "--yes", ends=2)
    assert remote.git(*refs)
    hook.rename(hook.with_name("away"))
    ada.run("share", "off")
    assert remote.git(*refs) == "", "it was published for all that"
    ada.run("share", "on", "--yes")
    hook.with_name("away").rename(hook)
    arrived.unlink()
    ada.write({"pay.py": five("a mistake\n")})
    with impatient(after=arrived):
        ada.run("share", "now", ends=2)
    hook.unlink()
    ada.write({"pay.py": five("ada's\n")}).run("share", "now")
    (roster,) = remote.git("for-each-ref", "--format=%(objectname)", "refs/forksight").split()
    assert "ada's" in remote.git("show", f"{roster}^:pay.py"), (
        "the newest that was published is the newest that there is"
    )


@pytest.fixture
def cable() -> Iterator[Cable]:
    """The way to a host of its own."""
    cable = Cable(f"forksight-{os.getpid()}", os.getpid() % 250)
    try:
        with cable:
            yield cable
    except OSError as error:
        cable.__exit__()
        pytest.skip(f"no network of its own can be made here: {error}")


def test_a_network_that_falls_apart_and_comes_together(
    ada: Machine, bob: Machine, remote: Checkout, cable: Cable
) -> None:
    with git_daemon(remote.path.parent, cable.host, cable.where) as address:
        assert met(point(ada, address), point(bob, address)) == ["Ada"]
        cable.plug(is_in=False)
        ada.write({"cart.py": five("ada's cart\n")})
        bob.write({"cart.py": five("bob's cart\n")})
        with impatient():
            for machine in ada, bob:
                assert "failed" in failing(machine)
        assert told(bob) == []
        cable.plug(is_in=True)
        for machine in ada, bob:
            machine.run("share", "now")
        paths = [overlap["path"] for overlap in bob.json("overlaps", ends=1)["overlaps"]]
        assert paths == ["cart.py", "pay.py"]


def test_a_proxy(ada: Machine, bob: Machine, remote: Checkout, personal: Callable[[str, str], str]) -> None:
    personal("credential.helper", PASSWORD)
    with http_server(remote.path.parent) as server:
        personal("http.proxy", server.address)
        assert met(point(ada, "http://shop.invalid"), point(bob, "http://shop.invalid")) == ["Ada"]
        assert all(asked.startswith("http://shop.invalid/remote.git/") for asked in server.as_proxy)
        assert server.as_proxy
        server.refuses = 407
        assert "the proxy refused git's connection" in failing(bob)
    assert "can't be reached" in failing(bob)
    personal("http.proxy", "http://proxy.invalid:1")
    assert "the proxy" in failing(bob)
