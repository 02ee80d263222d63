"""Real remotes: smart HTTP with a password, `git://`, and a path whose host refuses; nothing runs or asks that must not."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cleanup.full_disk import small_disk
from tests.conftest import Checkout
from tests.teams.conftest import failing, met, now, point, trap
from tests.teams.machines import Machine, five
from tests.teams.servers import git_daemon, http_server


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
        assert "requires a user name and password" in failing(bob)
        assert set(log.read_text().split()) == {"get"}, "a refused password is still the helper's"
        bob.clone.git("config", "--unset", "credential.helper")
        assert "requires a user name and password" in failing(bob)
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
    for setting in ("receive.denyNonFastForwards", "receive.denyDeletes"):
        remote.git("config", setting, "true")
    bob.run("share", "now")  # these bind branches and tags
    hooks = remote.path / "hooks"
    hooks.mkdir(exist_ok=True)
    bob.write({"cart.py": five("even more of bob's\n")})
    ada.write({"cart.py": five("ada's cart\n")}).run("share", "now")
    for name, said in (("pre-receive", "the quota of 1 GB is used up"), ("update", "refs/forksight is protected")):
        hook = hooks / name
        hook.write_text(f"#!/bin/sh\necho '{said}' >&2; echo second line >&2; exit 1\n")
        hook.chmod(0o755)
        declined = f"{'pre-receive ' if name == 'pre-receive' else ''}hook declined ({said})"
        assert f"the remote refused the push: {declined}" in (failing(bob) if name == "update" else now(bob))
        hook.unlink()
    paths = [overlap["path"] for overlap in bob.json("overlaps", ends=1)["overlaps"]]
    assert paths == ["cart.py", "pay.py"], "what others share is fetched for all that"
    bob.clone.git("remote", "rename", "origin", "upstream")
    assert "there is no remote origin here" in bob.run("share", "now", ends=2)
    (check,) = (check for check in bob.json("doctor", ends=1)["checks"] if check["name"] == "sharing")
    assert "there is no remote origin here" in check["detail"]
    bob.clone.git("remote", "remove", "upstream")
    assert "there is no remote origin here" in now(bob)


def test_history_that_was_taken_away_is_not_brought_back(ada: Machine, bob: Machine, remote: Checkout) -> None:
    assert met(ada, bob) == ["Ada"]
    base = ada.clone.git("rev-parse", "HEAD").strip()
    anew = bob.clone.git("commit-tree", "-m", "without the secret", "HEAD^{tree}").strip()
    bob.clone.git("push", "--quiet", "--force", "origin", f"{anew}:refs/heads/main")
    bob.clone.git("reset", "--quiet", "--soft", anew)
    bob.run("share", "now")
    ada.run("share", "off")
    remote.git("gc", "--quiet", "--prune=now")
    assert "its history was rewritten" in ada.run("share", "on", "--yes", ends=2)
    assert base not in remote.git("cat-file", "--batch-all-objects", "--batch-check")
    ada.clone.git("fetch", "--quiet")
    ada.run("share", "on", "--yes")
    why = "main is not shared: none of its commits is on the remote; push its branch, or fetch."
    assert why in ada.run("share", "status")
    assert why in [check["detail"] for check in ada.json("doctor", ends=1)["checks"]]
    ada.clone.git("reset", "--quiet", "--soft", "origin/main")
    ada.run("share", "now")
    bob.run("share", "now")
    assert [overlap["other"]["user"] for overlap in bob.json("overlaps", ends=1)["overlaps"]] == ["Ada"]


def test_a_remote_that_is_made_anew(ada: Machine, bob: Machine, remote: Checkout) -> None:
    assert met(ada, bob) == ["Ada"]
    shutil.rmtree(remote.path)
    assert "has no such repository" in failing(ada)
    remote.path.mkdir()
    remote.git("init", "--quiet", "--bare", "--initial-branch=main")
    ada.write({"cart.py": five("more of ada's\n")})
    for _ in range(2):
        assert "or it was made anew" in now(ada)
    assert remote.git("count-objects").startswith("0 ")
    ada.clone.git("push", "--quiet", "origin", "main")
    ada.run("share", "now")
    bob.run("share", "now")
    assert [overlap["other"]["user"] for overlap in bob.json("overlaps", ends=1)["overlaps"]] == ["Ada"]


def test_a_disk_that_is_full_there(ada: Machine, remote: Checkout) -> None:
    ada.run("share", "on", "--yes")
    objects = remote.path / "objects"
    kept = objects.rename(objects.with_name("kept"))
    objects.mkdir()
    with small_disk(objects):
        shutil.copytree(kept, objects, dirs_exist_ok=True)
        with (objects / "filling").open("wb") as filling, suppress(OSError):
            while True:
                filling.write(bytes(1 << 16))
                filling.flush()
        ada.write({"noise.bin": os.urandom(300_000)})
        assert "No space left on device" in failing(ada)
        (objects / "filling").unlink()
        ada.run("share", "now")


def test_what_a_repository_brings_along_never_runs(
    ada: Machine, bob: Machine, remote: Checkout, traps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob looks at what colleagues share in all repositories, and has said nothing of this one."""
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": five("bob's\n")})
    hooks = bob.clone.path / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("reference-transaction", "pre-push", "post-merge", "post-checkout", "pre-auto-gc"):
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
    bob.clone.git("config", "protocol.ext.allow", "always")
    bob.clone.git("config", f"url.ext::{trap(traps, 'ext')} .insteadOf", str(remote.path))
    assert "leads to ext::" in now(bob)
    next(bob.data.rglob("team/consent.json")).unlink()  # as if nothing was said
    assert "transport 'ext' not allowed" in now(bob)
    assert "transport 'ext' not allowed" in bob.run("share", "on", "--yes", ends=2)
    assert list(traps.iterdir()) == [], "hooks do not run either once the person has said yes"
