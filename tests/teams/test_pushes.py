"""What a publish costs: pushes are the scarce good, and over a slow line their round trips and bytes."""

import os
from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.teams.machines import Machine

TEXT = "".join(f"{os.urandom(30).hex()}\n" for _ in range(200))


def test_a_push_sends_what_changed_and_asks_only_about_new_parents(
    ada: Machine, remote: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
    remote.git("config", "receive.unpackLimit", "1")

    def published(*arguments: str) -> bool:
        """Publishes; whether the remote was asked what it has before."""
        trace.unlink(missing_ok=True)
        ada.run("share", *arguments)
        return "--negotiate-only" in trace.read_text()

    ada.clone.commit({"long.txt": TEXT, "other.txt": TEXT[::-1]}, "long")
    ada.clone.git("push", "--quiet")
    ada.write({"long.txt": TEXT + "more\n", "other.txt": TEXT[::-1] + "more\n"})
    assert published("on", "--yes")
    ada.write({"long.txt": TEXT + "more and more\n"})
    assert not published("now")
    packs = sorted((remote.path / "objects/pack").glob("*.idx"), key=lambda pack: pack.stat().st_mtime_ns)
    described = [line.split() for line in remote.git("verify-pack", "-v", str(packs[-1])).splitlines()]
    bases = {line[6] for line in described if line[1:2] == ["blob"] and len(line) == 7}
    assert {ada.clone.git("rev-parse", f"HEAD:{name}") for name in ("long.txt", "other.txt")} <= bases

    ada.clone.commit({"long.txt": TEXT}, "another parent")
    ada.clone.git("push", "--quiet")
    ada.write({"long.txt": TEXT + "and again\n"})
    assert published("now")


def test_a_remote_does_not_tell_how_far_it_is(
    ada: Machine, bob: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In percent after percent, which are more bytes than the news."""
    ada.write({"long.txt": TEXT}).run("share", "on", "--yes")
    trace = tmp_path / "packets"
    monkeypatch.setenv("GIT_TRACE_PACKET", str(trace))
    bob.run("share", "on", "--yes")
    assert "fetch> no-progress" in trace.read_text()
    assert bob.json("share", "status")["colleagues"]
