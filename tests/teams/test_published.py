"""What leaves a machine that shares, when, and what never does."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from forksight.adapters.teams import object_store
from forksight.core.teams import wire
from tests.conftest import Checkout
from tests.teams.conftest import REFS, shared_files
from tests.teams.machines import NUMBERS, Machine, five


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file below a folder with the sum of its bytes."""
    return {
        str(Path(place, name)): hashlib.sha256(Path(place, name).read_bytes()).hexdigest()
        for place, _, names in os.walk(folder)
        for name in names
    }


def test_what_never_leaves(ada: Machine, remote: Checkout) -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMII\n"
    ada.clone.git("config", "forksight.teams.exclude", "private/*")
    ada.write(
        {
            "pay.py": five("mine\n"),
            ".env.local": "KEY=1\n",
            "certs/server.pem": "x\n",
            "deploy.py": f'KEY = """{key}"""\n',
            "token.txt": "ghp_" + "a" * 36,
            "big.bin": b"x" * (1 << 20) + b"y",
            "ignored.log": "x\n",
            "private/notes.md": "x\n",
            "fits.txt": "x\n",
        }
    )
    ada.run("share", "on", "--yes")
    assert shared_files(remote) == {"pay.py", "fits.txt"}
    status = ada.json("share", "status")
    assert status["worktrees"] == [{"label": "main", "files": 2, "left_out": 6}]
    stays = {left["path"]: left["why"] for left in status["left_out"]}
    assert len(stays) == 6
    assert stays["private/notes.md"] == "forksight.teams.exclude names it"
    assert "    stays here: big.bin: it is larger than 1 MiB" in ada.run("share", "status").splitlines()


def test_sharing_by_branch_prefix(ada: Machine, remote: Checkout) -> None:
    ada.clone.git("config", "--add", "forksight.teams.branches", "pay/*")
    pay = ada.clone.worktree("till", "pay/till")
    pay.write({"pay.py": five("mine\n")})
    ada.write({"cart.py": five("mine\n")})
    ada.clone.worktree("detached").git("checkout", "--quiet", "--detach")
    ada.run("share", "on", "--yes")
    assert shared_files(remote) == {"pay.py"}
    assert [shared["label"] for shared in ada.json("share", "status")["worktrees"]] == ["pay/till"]


def test_eight_mebibytes_in_all(ada: Machine, remote: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    assert wire.LARGEST_SHARE == 8 << 20
    monkeypatch.setattr("forksight.core.teams.sharing.LARGEST_SHARE", 8 << 10)  # so much less takes no time
    ada.write({f"part-{number}.bin": bytes([number]) * 900 for number in range(12)}).run("share", "on", "--yes")
    assert len(shared_files(remote)) == 9


def test_looking_and_sharing_leave_the_repository_as_it_was(ada: Machine, bob: Machine) -> None:
    bob.run("share", "on", "--yes")
    ada.write({"pay.py": five("mine\n")})
    ada.clone.git("status")
    before = fingerprint(ada.clone.path)
    ada.run("share", "on", "--yes")
    ada.run("share", "now")
    ada.run("overlaps", ends=None)
    ada.run("share", "off")
    after = fingerprint(ada.clone.path)
    ours = {path for path in after if "/.git/forksight/" in path}
    assert {path: after[path] for path in after.keys() - ours} == before
    assert ada.clone.git("for-each-ref", "refs/forksight") == ""


def test_unpushed_commits_travel_as_text(ada: Machine, bob: Machine, remote: Checkout) -> None:
    ada.clone.git("checkout", "--quiet", "-b", "feature/pay")
    ada.clone.commit({"pay.py": five("committed by ada\n"), "cart.py": None})
    ada.run("share", "on", "--yes")
    assert shared_files(remote) == {"pay.py"}
    bob.write({"pay.py": five("bob's\n"), "cart.py": NUMBERS + "more\n"}).run("share", "on", "--yes")
    overlaps = bob.json("overlaps", ends=1)["overlaps"]
    assert [(overlap["path"], overlap["kind"]) for overlap in overlaps] == [
        ("cart.py", "modify-delete"),
        ("pay.py", "conflict"),
    ]
    assert {overlap["other"]["branch"] for overlap in overlaps} == {"feature/pay"}


def test_commits_that_only_the_remote_has(ada: Machine, bob: Machine) -> None:
    """Bob has not fetched the commit that Ada's worktree starts from."""
    ada.clone.commit({"cart.py": NUMBERS + "pushed\n"})
    ada.clone.git("push", "--quiet")
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    (overlap,) = bob.json("overlaps", ends=1)["overlaps"]
    assert (overlap["path"], overlap["kind"]) == ("pay.py", "conflict")


def test_unchanged_worktrees_are_not_pushed_again(ada: Machine, remote: Checkout) -> None:
    ada.write({"pay.py": five("mine\n")}).run("share", "on", "--yes")
    first = remote.git("for-each-ref", REFS)
    ada.run("share", "now")
    assert remote.git("for-each-ref", REFS) == first


def test_what_is_clean_again_is_deleted_once(ada: Machine, remote: Checkout) -> None:
    ada.write({"pay.py": five("mine\n")}).run("share", "on", "--yes")
    ada.clone.git("checkout", "--quiet", "--", ".")
    ada.run("share", "now")
    assert remote.git("for-each-ref", REFS) == ""
    state = next(ada.data.rglob("team/state.json"))
    published = json.loads(state.read_text())["published"]
    ada.run("share", "now")
    assert json.loads(state.read_text())["published"] == published


def test_several_worktrees_of_one_machine(ada: Machine, bob: Machine) -> None:
    for name in ("one", "two"):
        ada.clone.worktree(name).write({"pay.py": five(f"{name}\n")})
    ada.run("share", "on", "--yes")
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    others = [overlap["other"] for overlap in bob.json("overlaps", ends=1)["overlaps"]]
    assert sorted(other["branch"] for other in others) == ["one", "two"]
    assert len({other["worktree"] for other in others}) == 2


def test_what_can_not_be_shared_is_said(ada: Machine) -> None:
    ada.run("share", "on", "--yes")
    alone = ada.clone.worktree("alone")
    alone.git("checkout", "--quiet", "--orphan", "other")
    alone.commit({"x.py": "x\n"})
    ada.run("share", "now")
    assert "other is not shared: none of its commits is on the remote" in ada.run("share", "status")


def test_our_store_does_not_grow_with_each_publish(
    ada: Machine, bob: Machine, remote: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "MOST_PACKS", 3)
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    ada.run("share", "on", "--yes")
    for number in range(4):
        ada.write({"pay.py": five(f"ada's {number}\n")}).run("share", "now")
        bob.run("share", "now")
    for machine in (ada, bob):
        assert len([*machine.data.rglob("team/objects/pack/*.pack")]) <= 4
        assert [*machine.data.rglob("team/objects/??/*")] == [], "what is loose stays for good"
        (overlap,) = machine.json("overlaps", ends=1)["overlaps"]
        assert overlap["other"]["user"] != machine.name
