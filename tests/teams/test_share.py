"""`forksight share`: two machines and a plain remote, through the command line."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from forksight.adapters.teams import transport
from forksight.app.workbench import Forksight
from forksight.core.problems import TeamError
from forksight.features.teams.consent import turn_on
from tests.conftest import Checkout
from tests.teams.conftest import REFS, shared_files
from tests.teams.machines import NUMBERS, Machine, five


def test_a_colleagues_uncommitted_lines_are_told(ada: Machine, bob: Machine) -> None:
    ada.write({"pay.py": five("five, as ada has it\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": five("five, as bob has it\n")}).run("share", "on", "--yes")
    (overlap,) = bob.json("overlaps", ends=1)["overlaps"]
    assert (overlap["path"], overlap["kind"], overlap["lines"]) == ("pay.py", "conflict", [4, 5])
    assert overlap["other"]["user"] == "Ada"
    assert overlap["other"]["machine"] == "ada-laptop"
    assert overlap["other"]["worktree"].startswith(REFS)
    assert "Ada (ada-laptop) changed these lines too (uncommitted, seen" in bob.run("overlaps", ends=1)
    ada.run("share", "now")
    (overlap,) = ada.json("overlaps", ends=1)["overlaps"]
    assert overlap["other"]["user"] == "Bob"


def test_what_was_fetched_a_moment_ago_is_seen_now(ada: Machine, bob: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    bob.write({"pay.py": five("five, as bob has it\n")}).run("share", "on", "--yes")
    ada.write({"pay.py": five("five, as ada has it\n")}).run("share", "on", "--yes")
    for name, value in bob.env.items():
        monkeypatch.setenv(name, value)
    Forksight().open(str(bob.clone.path)).team.poll("origin")  # and whoever polled has not noted it yet
    assert "Ada (ada-laptop) changed these lines too (uncommitted, seen" in bob.run("overlaps", ends=1)


def test_what_merges_cleanly_is_silent_and_what_is_mended_goes(ada: Machine, bob: Machine) -> None:
    ada.write({"pay.py": five("five, as ada has it\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": NUMBERS.replace("line 15\n", "fifteen\n")}).run("share", "on", "--yes")
    assert bob.json("overlaps")["overlaps"] == []
    bob.write({"pay.py": five("five, as bob has it\n")})
    assert bob.json("overlaps", ends=1)["overlaps"]
    ada.write({"pay.py": NUMBERS}).run("share", "now")
    bob.run("share", "now")
    assert bob.json("overlaps")["overlaps"] == []


def test_nothing_leaves_before_a_yes(ada: Machine, remote: Checkout) -> None:
    ada.write({"pay.py": five("mine\n"), "new.py": "new\n", ".env": "KEY=1\n", "noise.log": "x\n"})
    plan = ada.run("share", "on", ends=1)
    assert "pay.py" in plan
    assert "new.py" in plan
    assert "stays here: .env: its name says that it holds keys" in plan
    assert "noise.log" not in plan
    assert remote.git("for-each-ref", REFS) == ""
    assert ada.json("share", "status")["on"] is False
    assert ada.run("share", "now", ends=2).startswith("forksight: sharing is off")
    document = ada.json("share", "on", ends=1)
    assert document["worktrees"][0]["files"] == ["new.py", "pay.py"]
    assert remote.git("for-each-ref", REFS) == ""


def test_off_deletes_the_ref(ada: Machine, bob: Machine, remote: Checkout) -> None:
    ada.write({"pay.py": five("mine\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    assert len(remote.git("for-each-ref", REFS).splitlines()) == 2
    said = ada.run("share", "off")
    assert "deleted" in said
    assert "can't be taken back" in said
    assert len(remote.git("for-each-ref", REFS).splitlines()) == 1
    assert ada.json("overlaps")["overlaps"] == []
    bob.run("share", "now")
    assert bob.json("overlaps")["overlaps"] == []


def test_off_without_the_remote_says_so_and_does_it_later(ada: Machine, remote: Checkout) -> None:
    ada.write({"pay.py": five("mine\n")}).run("share", "on", "--yes")
    away = remote.path.rename(remote.path.with_name("away.git"))
    assert "is still on origin" in ada.run("share", "off", ends=2)
    assert ada.json("share", "status")["on"] is False
    away.rename(remote.path)
    ada.run("share", "off")
    assert remote.git("for-each-ref", REFS) == ""


def test_off_deletes_what_a_round_under_way_publishes(
    ada: Machine, remote: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.write({"pay.py": five("mine\n")}).run("share", "on", "--yes")
    for name, value in ada.env.items():
        monkeypatch.setenv(name, value)
    context = Forksight().open(str(ada.clone.path))
    roster, name = remote.git("for-each-ref", "--format=%(objectname) %(refname)", REFS).split()
    with ThreadPoolExecutor(1) as pool:
        with context.team.alone() as alone:
            assert alone
            off = pool.submit(ada.run, "share", "off")
            with pytest.raises(TimeoutError):  # it waits for the end of the round
                off.result(timeout=1)
            remote.git("update-ref", name, roster)  # the last push of the round
            context.team.note(context.team.state())
        assert "deleted" in off.result()
    assert remote.git("for-each-ref", REFS) == ""
    assert context.team.state().published is None


def test_a_yes_that_failed_after_the_push_can_be_taken_back(
    ada: Machine, remote: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.write({"pay.py": five("mine\n")})

    def fetch(*_: object) -> None:
        raise TeamError("the remote can't be reached")

    monkeypatch.setattr(transport, "fetch", fetch)
    for name, value in ada.env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(TeamError):
        turn_on(Forksight().open(str(ada.clone.path)), "origin")
    assert ada.json("share", "status")["on"] is False
    assert shared_files(remote) == {"pay.py"}
    ada.run("share", "off")
    assert shared_files(remote) == set()


def test_what_was_first_seen_two_weeks_ago_is_silent(ada: Machine, bob: Machine) -> None:
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    (noted,) = bob.data.rglob("team/state.json")
    state = json.loads(noted.read_text())
    for days, silent in ((13, False), (15, True)):
        seen = {key: moment - days * 86400 for key, moment in state["seen"].items()}
        noted.write_text(json.dumps({**state, "seen": seen}))
        assert (bob.json("overlaps", ends=None)["overlaps"] == []) is silent


def test_forget(ada: Machine, bob: Machine, remote: Checkout) -> None:
    ada.write({"pay.py": five("mine\n")}).run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    assert "no machine Eve shares here" in bob.run("share", "forget", "Eve", ends=2)
    bob.run("share", "forget", "ada-laptop")
    assert remote.git("for-each-ref", REFS) == ""


def test_ignored_by_person_machine_and_branch(ada: Machine, bob: Machine) -> None:
    ada.write({"pay.py": five("mine\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    for glob in ("Ada", "ada-laptop", "Ada (ada-laptop)", "main", "refs/forksight/*"):
        assert bob.json("overlaps", "--ignore", glob)["overlaps"] == [], glob
    assert bob.json("overlaps", "--ignore", "Eve", ends=1)["overlaps"]


def test_a_repository_cant_turn_it_on(ada: Machine, remote: Checkout) -> None:
    ada.clone.git("config", "forksight.teams.enabled", "true")
    ada.write({"pay.py": five("mine\n")})
    assert ada.json("share", "status")["on"] is False
    assert "lets something leave this machine" in ada.run("doctor", ends=None)


def test_a_remote_that_leads_elsewhere_later_gets_nothing(ada: Machine, remote: Checkout, tmp_path: Path) -> None:
    ada.run("share", "on", "--yes")
    other = tmp_path / "other.git"
    ada.clone.git("clone", "--quiet", "--bare", str(remote.path), str(other))
    ada.clone.git("remote", "set-url", "origin", str(other))
    ada.write({"pay.py": five("mine\n")})
    assert "leads to" in ada.run("share", "now", ends=2)
    ada.clone.git("remote", "set-url", "origin", str(remote.path))
    for key in ("remote.origin.pushurl", f"url.{other}.insteadOf", f"url.{other}.pushInsteadOf"):
        ada.clone.git("config", key, str(other if "pushurl" in key else remote.path))
        assert f"leads to {'' if '.insteadOf' in key else f'{remote.path}, '}{other} now" in ada.run(
            "share", "now", ends=2
        )
        ada.clone.git("config", "--unset", key)
    ada.clone.git("remote", "set-url", "origin", str(other))
    assert Checkout(other).git("for-each-ref", REFS) == ""
    ada.run("share", "on", "--yes")
    assert Checkout(other).git("for-each-ref", REFS) != ""


def test_nothing_to_share_through(repo: Checkout, tmp_path: Path) -> None:
    machine = Machine("Ada", tmp_path / "data", repo)
    assert "this repository has no remote" in machine.run("share", "on", "--yes", ends=2)
    repo.git("remote", "add", "one", str(tmp_path / "nowhere"))
    repo.git("remote", "add", "two", str(tmp_path / "nowhere"))
    assert "several remotes: one, two" in machine.run("share", "on", "--yes", ends=2)
    assert "forksight:" in machine.run("share", "on", "--yes", "--remote", "one", ends=2)
    assert machine.json("share", "status")["on"] is False


def test_a_clean_merge_with_a_colleague_that_would_break_is_told(ada: Machine, bob: Machine) -> None:
    base = "from functools import wraps\n\n\ndef pay():\n    return 1\n\n\ndef refund():\n    return 2\n"
    ada.clone.commit({"shop.py": base})
    ada.clone.git("push", "-q", "origin", "main")
    bob.clone.git("pull", "-q", "origin", "main")
    ada.write({"shop.py": base.replace("from functools import wraps\n", "")}).run("share", "on", "--yes")
    bob.write({"shop.py": base.replace("return 2", "return wraps(pay)")}).run("share", "on", "--yes")
    (overlap,) = bob.json("overlaps", ends=1)["overlaps"]
    assert (overlap["kind"], overlap["symbol"], overlap["lines"]) == ("semantic-gone", "wraps", [8, 9])
    assert (overlap["other"]["user"], overlap["other"]["machine"]) == ("Ada", "ada-laptop")
