"""A team's baseline where something goes wrong: what can't be, kills at any point, what a stranger publishes."""

import json
import os
import signal
from collections.abc import Callable
from types import ModuleType

import pytest

from forksight.adapters.store.ledger.ledger import SqliteLedger
from forksight.adapters.store.vault import Vault
from forksight.adapters.teams import transport
from forksight.adapters.teams.own_repository import OwnRepository
from forksight.core.teams.baseline import record as records
from tests.conftest import Checkout
from tests.teams.baselines import REF, files_of, one_more, transcripts
from tests.teams.machines import Machine, MakeMachine
from tests.teams.stranger import EMPTY, Stranger


def test_what_can_not_be_is_one_clear_error(
    ada: Machine, bob: Machine, machine: MakeMachine, remote: Checkout, published: str
) -> None:
    assert "there is no published baseline cart" in bob.run("baseline", "fetch", "cart", ends=2)
    assert "no remote nowhere" in bob.run("baseline", "fetch", "--remote", "nowhere", ends=2)
    assert "is empty" in bob.run("baseline", "fetch", "", ends=2)
    assert "no baseline yet" in bob.run("baseline", "publish", ends=2)

    # Somebody publishes between the plan and the push.
    tip = remote.git("rev-parse", REF)
    ada.sessions.transcript(published).open("a").write(one_more(ada, published))
    with pytest.MonkeyPatch.context() as patch:
        push = transport.push

        def late(folder: str, remote_name: str, refspec: str, *, negotiate: bool = False, lease: str = "") -> None:
            remote.git(
                "update-ref", REF, remote.git("commit-tree", "-p", tip, "-m", "x", f"{tip}^{{tree}}", env=ada.env)
            )
            push(folder, remote_name, refspec, negotiate=negotiate, lease=lease)

        patch.setattr(transport, "push", late)
        assert "refused the push" in ada.run("baseline", "publish", "--yes", ends=2)
    remote.git("update-ref", REF, tip)

    # A history that begins elsewhere.
    other = machine("Eve")
    other.clone.git("checkout", "--quiet", "--orphan", "other")
    other.clone.commit({"x": "x\n"}, "another beginning")
    for ref in other.clone.git("for-each-ref", "--format=%(refname)", "refs/remotes").splitlines():
        other.clone.git("update-ref", "-d", ref)
    other.clone.git("branch", "--delete", "--force", "main")
    other.clone.git("reflog", "expire", "--expire=now", "--all")
    other.clone.git("gc", "--quiet", "--prune=now")
    assert "is of another repository" in other.run("baseline", "fetch", ends=2)

    # The commit at which it learned the project was never pushed, or not fetched yet.
    ada.clone.commit({"pay.py": "new\n"}, "later")
    late_session = ada.sessions.session("late")
    ada.run("baseline", "set", late_session, "--name", "late")
    plan = ada.json("baseline", "publish", "late", "--yes")
    assert [warning["code"] for warning in plan["warnings"]] == ["commit-not-pushed"]
    assert [w["code"] for w in bob.json("baseline", "fetch", "Ada/late", "--yes")["warnings"]] == ["commit-missing"]
    assert bob.json("baseline", "check", ends=None)["drift"] is None


def test_killed_at_any_point_the_second_run_has_it(
    ada: Machine, bob: Machine, published: str, remote: Checkout
) -> None:
    def killed_in(
        owner: type | ModuleType, name: str, *, after: bool, machine: Machine = bob, verb: str = "fetch"
    ) -> None:
        real = getattr(owner, name)

        def deadly(*arguments: object, **more: object) -> object:
            done = real(*arguments, **more) if after else None
            os.kill(os.getpid(), signal.SIGKILL)
            return done

        child = os.fork()
        if not child:
            setattr(owner, name, deadly)
            machine.run("baseline", verb, "--yes")
            os._exit(0)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL, name

    points: tuple[tuple[type | ModuleType, str, bool], ...] = (
        (transport, "fetch", True),
        (OwnRepository, "writing_files", False),
        (Vault, "keep", False),
        (Vault, "keep", True),
        (Vault, "restore", True),
        (SqliteLedger, "save_baseline", False),
        (SqliteLedger, "save_baseline", True),
    )
    for owner, name, after in points:
        killed_in(owner, name, after=after)
    bob.run("baseline", "fetch", "--yes")
    assert len(transcripts(bob)) == 1
    assert [made["name"] for made in bob.json("baseline", "list")["baselines"]] == ["Ada/shop-core"]
    assert not list(bob.data.rglob("staging/*"))

    ada.sessions.transcript(published).open("a").write(one_more(ada, published))
    killed_in(OwnRepository, "point", after=False, machine=ada, verb="publish")
    assert remote.git("rev-list", "--count", REF) == "2", "it is published, though its publisher does not know"
    assert "is published already" in ada.run("baseline", "publish")


def test_what_a_stranger_publishes_costs_itself_alone(
    ada: Machine, bob: Machine, remote: Checkout, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.git("hash-object", "-t", "tree", "-w", os.devnull)
    stranger = Stranger(remote)
    said = json.loads(remote.git("cat-file", "blob", f"{REF}:baseline.json"))
    text = remote.git("cat-file", "blob", f"{REF}:transcript.jsonl").encode() + b"\n"

    def publish(
        name: str, transcript: bytes = text, *, mode: bytes = b"100644", extra: bool = False, **more: object
    ) -> None:
        import hashlib

        body = {**said, "name": name, "size": len(transcript), "sha256": hashlib.sha256(transcript).hexdigest(), **more}
        entries = {
            b"baseline.json": (b"100644", stranger.store("blob", json.dumps(body).encode())),
            b"transcript.jsonl": (mode, stranger.store("blob", transcript)),
        }
        if extra:
            entries[b"..x"] = b"100644", stranger.store("blob", b"x")
        commit = stranger.commit(stranger.tree(entries), b"x")
        remote.git("update-ref", f"refs/forksight/v1/b/{name}", commit)

    climbing = text.replace(b"{checkout}", b"{checkout}/../../../../etc/passwd\\u0000")
    refused: dict[str, Callable[[str], object]] = {
        "checksum": lambda name: publish(name, sha256="0" * 64),
        "length": lambda name: publish(name, size=7),
        "link": lambda name: publish(name, b"/etc/passwd", mode=b"120000"),
        "more": lambda name: publish(name, extra=True),
        "prose": lambda name: publish(name, b"Dear Bob,\nhello\n"),
        "user": lambda name: publish(name, user="\x1b[2J"),
        "commit": lambda name: publish(name, commit="--upload-pack=x"),
        "cli": lambda name: publish(name, cli="$(id)"),
        "version": lambda name: publish(name, v=2),
        "count": lambda name: publish(name, rows=-1),
        "tag": lambda name: publish(name, tag=10**9),
        "empty": lambda name: remote.git("update-ref", f"refs/forksight/v1/b/{name}", stranger.commit(EMPTY, b"x")),
        "blob": lambda name: remote.git("update-ref", f"refs/forksight/v1/b/{name}", stranger.store("blob", b"x")),
    }
    for name, spoil in refused.items():
        spoil(name)
    publish("climbing", climbing, user="../../x")
    noticed = {problem["message"] for problem in bob.json("baseline", "fetch", "shop-core", ends=1)["problems"]}
    before = files_of(bob)
    alone = [name for name in refused if not any(f"baseline {name} is left out" in said for said in noticed)]
    assert alone == ["checksum", "prose"], "what can be told without its transcript is told before"
    for name in (*alone, "link"):
        told = bob.run("baseline", "fetch", name, "--yes", ends=2)
        assert name in told, told
        assert "\x1b" not in told
    assert files_of(bob) == before
    bob.run("baseline", "fetch", "climbing", "--yes")
    (path,) = transcripts(bob)
    assert path.parent.parent == bob.claude / "projects"
    assert {json.loads(line).get("cwd", str(bob.clone.path)) for line in path.read_bytes().splitlines()} == {
        str(bob.clone.path)
    }
    assert bob.json("baseline", "list")["baselines"][0]["name"] == "..-..-x/climbing"
    bob.run("baseline", "fetch", "shop-core", "--yes")

    monkeypatch.setattr(transport, "_LARGEST_PACK", 1 << 20)
    publish("endless", os.urandom(2 << 20))
    assert "larger" in bob.run("baseline", "fetch", "endless", ends=2)
    monkeypatch.setattr("forksight.adapters.teams.team_baselines.LARGEST", 100)
    assert "larger" in bob.run("baseline", "fetch", "checksum", ends=2)
    assert records.name_of(records.ref_of("../..")) == "../.."
    assert ".." not in records.ref_of("../..")
    for ref in ("..%2F..", "x%0Ay", "%2Dx", "a/b", "", "%", "é", "x" * 300):
        assert records.name_of(f"refs/forksight/v1/b/{ref}") is None, ref
