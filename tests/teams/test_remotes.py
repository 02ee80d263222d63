"""Real remotes: smart HTTP with a password, `git://`, and a path whose host refuses; nothing runs or asks that must not."""

from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.teams.conftest import Machine, five
from tests.teams.servers import git_daemon, http_server


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


@pytest.fixture
def traps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs that must not run leave a file each; the person's own askpass programs are some."""
    folder = tmp_path / "ran"
    folder.mkdir()
    for name in ("GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.setenv(name, str(trap(folder, name)))
    monkeypatch.setenv("DISPLAY", ":0")
    return folder


def trap(folder: Path, name: str) -> Path:
    """A program that leaves a file of its name."""
    program = folder.parent / f"trap-{name}"
    program.write_text(f'#!/bin/sh\ntouch "{folder}/{name}"\n')
    program.chmod(0o755)
    return program


def test_http_with_a_password_that_a_helper_knows(
    ada: Machine, bob: Machine, remote: Checkout, traps: Path, tmp_path: Path
) -> None:
    log = tmp_path / "helper.log"
    helper = tmp_path / "helper"
    helper.write_text(
        f'#!/bin/sh\necho "$1" >> {log}\nif [ "$1" = get ]; then echo username=ada; echo password=secret; fi\n'
    )
    helper.chmod(0o755)
    with http_server(remote.path.parent) as server:
        for machine in (ada, bob):
            point(machine, server.address).clone.git("config", "credential.helper", str(helper))
        assert met(ada, bob) == ["Ada"]
        server.password = "another"
        assert "wants a name and a password" in failing(bob)
        assert set(log.read_text().split()) == {"get"}, "a refused password is still the helper's"
        bob.clone.git("config", "--unset", "credential.helper")
        assert "wants a name and a password" in failing(bob)
    assert "can't be reached" in failing(bob)
    assert [overlap["other"]["user"] for overlap in bob.json("overlaps", ends=1)["overlaps"]] == ["Ada"]
    assert list(traps.iterdir()) == []


def test_git_daemon(ada: Machine, bob: Machine, remote: Checkout) -> None:
    with git_daemon(remote.path.parent) as address:
        assert met(point(ada, address), point(bob, address)) == ["Ada"]


def test_hosts_that_refuse(ada: Machine, bob: Machine, remote: Checkout) -> None:
    assert met(ada, bob) == ["Ada"]
    remote.git("config", "receive.hideRefs", "refs/forksight")
    bob.write({"cart.py": five("more of bob's\n")})
    assert "deny updating a hidden ref" in failing(bob)
    remote.git("config", "--unset", "receive.hideRefs")
    hook = remote.path / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no such refs here' >&2; exit 1\n")
    hook.chmod(0o755)
    assert "pre-receive hook declined" in failing(bob)
    bob.clone.git("remote", "rename", "origin", "upstream")
    assert "there is no remote origin here" in bob.run("share", "now", ends=2)
    (check,) = (check for check in bob.json("doctor", ends=1)["checks"] if check["name"] == "sharing")
    assert "there is no remote origin here" in check["detail"]


def test_what_a_repository_brings_along_never_runs(
    ada: Machine, bob: Machine, traps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob looks at what colleagues share in all repositories, and has said nothing of this one."""
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": five("bob's\n")})
    hooks = bob.clone.path / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "pre-push", "post-merge", "pre-auto-gc"):
        trap(traps, name).rename(hooks / name)
    keys = (
        "core.sshCommand",
        "core.gitProxy",
        "core.askPass",
        "core.fsmonitor",
        "core.alternateRefsCommand",
        "remote.origin.uploadpack",
        "remote.origin.receivepack",
    )
    for key in keys:
        bob.clone.git("config", key, str(trap(traps, key)))
    bob.clone.git("config", "credential.helper", f"!{trap(traps, 'helper')}")
    bob.clone.git("config", "forksight.teams.remote", "origin")
    settings = bob.data / "gitconfig"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[forksight "teams"]\n\tenabled = true\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    bob.run("share", "now")
    assert [overlap["other"]["user"] for overlap in bob.json("overlaps", ends=1)["overlaps"]] == ["Ada"]
    assert list(traps.iterdir()) == []
    for key in keys:
        bob.clone.git("config", "--unset", key)
    bob.clone.git("config", "core.hooksPath", str(hooks))
    bob.run("share", "on", "--yes")
    assert list(traps.iterdir()) == [], "hooks do not run either once the person has said yes"
