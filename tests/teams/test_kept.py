"""What is kept of sharing for this user: what it counts for, and that what can't be read is never taken for a fact."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.adapters.teams.own_repository import OwnRepository
from forksight.adapters.teams.team import GitTeam
from forksight.cli.commands.baseline import team
from forksight.core.problems import GitError
from tests.conftest import Checkout
from tests.teams.baselines import REF, one_more
from tests.teams.conftest import PASSWORD, REFS, point, trap
from tests.teams.machines import Machine, five
from tests.teams.servers import http_server


def kept(machine: Machine, name: str) -> Path:
    """A file of the machine's, outside of the repository."""
    (path,) = machine.data.rglob(f"team/{name}")
    return path


def published(remote: Checkout) -> list[str]:
    return remote.git("for-each-ref", "--format=%(refname)", REFS).split()


@pytest.fixture
def sharing(ada: Machine) -> Machine:
    """Ada, who shares a changed file."""
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    return ada


def test_a_yes_counts_for_the_repository_that_it_was_said_of(sharing: Machine, remote: Checkout, traps: Path) -> None:
    """Another one is unpacked where it was, with the same remote, and a program of its own."""
    clone = sharing.clone
    shutil.rmtree(clone.path)
    Checkout(clone.path.parent).git("clone", "--quiet", str(remote.path), clone.path.name)
    clone.git("config", "remote.origin.uploadpack", str(trap(traps, "uploadpack")))
    clone.write({"new.py": "not said yes to\n", ".git/forksight/sharing": ""})
    before = published(remote)
    assert "is about another repository that was at this path" in sharing.run("share", "now", ends=2)
    (problem,) = sharing.json("share", "status")["problems"]
    assert "is about another repository that was at this path" in problem["message"]
    assert sharing.json("overlaps")["overlaps"] == []
    assert published(remote) == before
    assert list(traps.iterdir()) == []


def test_a_yes_goes_along_with_its_repository(sharing: Machine, remote: Checkout) -> None:
    before = published(remote)
    moved = Machine(
        sharing.name, sharing.data, Checkout(sharing.clone.path.rename(sharing.clone.path.with_name("moved")))
    )
    moved.write({"cart.py": five("ada's cart\n")}).run("share", "now")
    assert published(remote) == before


def test_a_home_that_was_copied_is_another_machine(sharing: Machine, remote: Checkout, tmp_path: Path) -> None:
    old = sharing.clone.path.parent
    kept_apart = shutil.copytree(old, tmp_path / "old-laptop")
    shutil.rmtree(old)
    shutil.copytree(kept_apart, old)
    assert sharing.json("share", "status")["on"] is False
    sharing.run("share", "on", "--yes")
    assert len(published(remote)) == 2


@pytest.mark.parametrize("name", ["consent.json", "state.json", "machine.json"])
def test_what_can_not_be_read_is_told_and_off_deletes_for_all_that(
    sharing: Machine, remote: Checkout, name: str
) -> None:
    kept(sharing, name).write_text('{"on": tru')
    problems = sharing.json("share", "status")["problems"]
    assert any("can't be read" in problem["message"] for problem in problems) is (name == "consent.json")
    assert "deleted" in sharing.run("share", "off")
    assert published(remote) == []


def test_what_was_said_and_can_not_be_read_is_not_taken_for_nothing_said(sharing: Machine, remote: Checkout) -> None:
    """Else the setting, which lets one look, would decide."""
    sharing.clone.git("config", "forksight.teams.enabled", "true")
    kept(sharing, "consent.json").write_text('{"on": tru')
    document = sharing.json("share", "status")
    assert document["on"] is False
    assert "can't be read" in document["problems"][0]["message"]


def test_a_damaged_id_does_not_make_a_colleague_of_oneself(sharing: Machine, remote: Checkout) -> None:
    before = published(remote)
    kept(sharing, "machine.json").write_text("x")
    sharing.write({"cart.py": five("ada's cart\n")}).run("share", "now")
    assert published(remote) == before
    assert sharing.json("overlaps")["overlaps"] == []


def test_off_uses_what_the_yes_let_run(ada: Machine, remote: Checkout) -> None:
    with http_server(remote.path.parent) as server:
        point(ada, server.address).clone.git("config", "credential.helper", PASSWORD)
        ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
        ada.run("share", "off")
    assert published(remote) == []


def test_off_does_not_take_another_place_for_the_one_that_was_shared_through(
    sharing: Machine, remote: Checkout, tmp_path: Path
) -> None:
    other = tmp_path / "other.git"
    sharing.clone.git("clone", "--quiet", "--bare", str(remote.path), str(other))
    sharing.clone.git("remote", "set-url", "origin", str(other))
    assert f"still on origin: it was published to {remote.path}, but origin leads to {other} now" in sharing.run(
        "share", "off", ends=2
    )
    sharing.clone.git("remote", "set-url", "origin", str(remote.path))
    sharing.run("share", "off")
    assert published(remote) == []


def test_a_plan_runs_nothing_that_the_repository_names(ada: Machine, remote: Checkout, traps: Path) -> None:
    ada.write({"pay.py": five("ada's\n")})
    ada.clone.git("remote", "set-url", "origin", f"ssh://shop.invalid{remote.path}")
    program = trap(traps, "ssh")
    program.write_text(f'{program.read_text()}eval "$(for last; do :; done; echo "$last")"\n')
    ada.clone.git("config", "core.sshCommand", str(program))
    ada.clone.git("config", "ssh.variant", "simple")
    plan = ada.run("share", "on", ends=1)
    assert "pay.py" in plan
    assert list(traps.iterdir()) == []
    ada.run("share", "on", "--yes")
    assert [path.name for path in traps.iterdir()] == ["ssh"]
    assert published(remote)


def test_the_plan_of_a_baseline_runs_nothing_that_the_repository_names(
    ada: Machine, bob: Machine, remote: Checkout, traps: Path
) -> None:
    session = ada.sessions.session("learn the shop", reads=["pay.py"])
    ada.run("baseline", "set", session, "--name", "shop-core")
    program = trap(traps, "ssh")
    program.write_text(f'{program.read_text()}eval "$(for last; do :; done; echo "$last")"\n')
    for machine, verb in ((ada, "publish"), (bob, "fetch")):
        machine.clone.git("remote", "set-url", "origin", f"ssh://shop.invalid{remote.path}")
        machine.clone.git("config", "core.sshCommand", str(program))
        machine.clone.git("config", "ssh.variant", "simple")
        if verb == "publish":  # what would leave is shown all the same
            shown = machine.json("baseline", verb, ends=1)
            assert shown["baseline"]["rows"]
            assert "that this repository's own configuration names" in shown["problems"][0]["message"]
        else:
            assert "`forksight baseline fetch --remote origin --yes`" in machine.run("baseline", verb, ends=2)
        assert list(traps.iterdir()) == []
        machine.run("baseline", verb, "--yes")
        assert [path.name for path in traps.iterdir()] == ["ssh"]
        (traps / "ssh").unlink()
    assert [baseline["name"] for baseline in bob.json("baseline", "list")["baselines"]] == ["Ada/shop-core"]


def test_no_other_bytes_are_published_than_were_shown(
    ada: Machine, remote: Checkout, traps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = ada.sessions.session("learn the shop", reads=["pay.py"])
    ada.run("baseline", "set", session, "--name", "shop-core")
    ada.clone.git("remote", "set-url", "origin", f"ssh://shop.invalid{remote.path}")
    program = trap(traps, "ssh")
    program.write_text(f'{program.read_text()}eval "$(for last; do :; done; echo "$last")"\n')
    ada.clone.git("config", "core.sshCommand", str(program))
    ada.clone.git("config", "ssh.variant", "simple")

    def agree(*_: object, **__: object) -> bool:
        with ada.sessions.transcript(session).open("a") as transcript:
            transcript.write(one_more(ada, session))
        return True

    with monkeypatch.context() as patch:
        patch.setattr(team, "_agreed", agree)
        assert "has changed since it was shown" in ada.run("baseline", "publish", ends=2)
    assert remote.git("for-each-ref", "--format=%(refname)", REF) == ""
    ada.run("baseline", "publish", "--yes")
    assert remote.git("for-each-ref", "--format=%(refname)", REF) == REF


def test_an_address_that_git_does_not_tell_is_not_remembered(sharing: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sharing.env.items():
        monkeypatch.setenv(name, value)
    repository = sharing.clone.open()
    team = GitTeam(repository, OwnRepository(repository.common_dir))

    def silent(*_: object) -> str:
        raise GitError("git took longer than 60 s", fix="", code="git-timeout")

    with monkeypatch.context() as patch:
        patch.setattr(OwnRepository, "ask", silent)
        assert team.address("origin") == ""
    assert team.address("origin") == team.consent().address


def lose(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "config": lambda team: (team / "config").write_text("[core\nbare = x"),
    "HEAD": lambda team: (team / "HEAD").write_text("\0\0"),
    "packed-refs": lambda team: (team / "packed-refs").write_text("garbage\n\0"),
    "objects": lambda team: lose(team / "objects"),
    "shallow": lambda team: (team / "shallow").write_text("xyz\n"),
    "refs": lambda team: [path.write_text("") for path in (team / "refs/forksight/v1/m").iterdir()],
    "missing": lambda team: [path.write_text("1" * 40 + "\n") for path in (team / "refs/forksight/v1/m").iterdir()],
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_store_hides_nothing_else_and_is_made_anew(sharing: Machine, bob: Machine, what: str) -> None:
    linked = Checkout(bob.clone.path.with_name("linked"))
    bob.clone.git("worktree", "add", "--quiet", "--detach", str(linked.path))
    linked.write({"cart.py": five("linked\n")})
    bob.write({"pay.py": five("bob's\n"), "cart.py": five("bob's\n")}).run("share", "on", "--yes")

    def told() -> list[str]:
        return [str(overlap["other"]["user"]) for overlap in bob.json("overlaps", ends=1)["overlaps"]]

    assert told() == ["None", "Ada"]
    DAMAGE[what](kept(bob, "HEAD").parent)
    assert "None" in told()
    for command in ("tree", "matrix", "share status", "doctor"):
        bob.run(*command.split(), ends=None)
    if what in ("config", "HEAD", "packed-refs", "objects"):
        assert "What colleagues share can't be read" in str(bob.json("share", "status")["problems"])
    bob.write({"new.py": "bob's\n"}).run("share", "now", ends=None)
    bob.run("share", "now")
    assert told() == ["None", "Ada"]


def test_a_damaged_remote_costs_nothing_that_is_kept_here(sharing: Machine, bob: Machine, remote: Checkout) -> None:
    """What its programs print of its files reads as if git complained of ours."""
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    store = Checkout(kept(bob, "HEAD").parent)
    before = store.git("for-each-ref")
    (remote.path / "packed-refs").write_text("garbage line\n")
    assert "unexpected line in" in bob.run("share", "now", ends=2)
    assert store.git("for-each-ref") == before
    assert [overlap["other"]["user"] for overlap in bob.json("overlaps", ends=1)["overlaps"]] == ["Ada"]


def test_what_others_would_not_read_is_not_shared(ada: Machine, bob: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that is too long, and one worktree more than is read, would cost all that the machine shares."""
    names = [f"{'d' * 100}/{number:03}" for number in range(60)]
    ada.clone.commit(dict.fromkeys(names, "x\n"), "many")
    ada.clone.git("push", "--quiet", "origin", "main")
    shutil.rmtree(ada.clone.path / ("d" * 100))
    for number in range(2):
        linked = Checkout(ada.clone.path.with_name(f"linked{number}"))
        ada.clone.git("worktree", "add", "--quiet", "--detach", str(linked.path))
        linked.write({"cart.py": five(f"ada's, {number}\n")})
    for module in ("wire", "sharing"):
        monkeypatch.setattr(f"forksight.core.teams.{module}.LONGEST_MESSAGE", 2000)
    monkeypatch.setattr("forksight.core.teams.wire.MOST_SNAPSHOTS", 2)
    monkeypatch.setattr("forksight.features.teams.sharing.MOST_SNAPSHOTS", 2)
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    status = ada.json("share", "status")
    assert len([said for said in status["not_shared"] if "no more than 2 worktrees are" in said]) == 1
    (left,) = (worktree["left_out"] for worktree in status["worktrees"] if worktree["label"] == "main")
    assert 0 < left < len(names)
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    report = bob.json("overlaps", ends=1)
    assert [overlap["other"]["user"] for overlap in report["overlaps"]] == ["Ada"]
    assert report["problems"] == []
