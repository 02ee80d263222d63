"""A baseline for the team: published on one machine, fetched and forked on another, through a real remote."""

import json
from pathlib import Path

import pytest

from forksight.lsp.wire.uris import path_of
from tests.claude.fixtures import require
from tests.claude.model import Model
from tests.claude.rig import Claude, binary
from tests.conftest import Checkout
from tests.lsp.client import uri_of
from tests.lsp.person import asked, choose, execute
from tests.teams.baselines import REF, everything_in, one_more, transcripts
from tests.teams.conftest import KEY, EditorOn
from tests.teams.machines import Machine
from tests.teams.servers import http_server
from tests.waiting import wait_for


def test_publish_fetch_fork(ada: Machine, bob: Machine, remote: Checkout) -> None:
    session = ada.sessions.session(f"shop {KEY}", reads=["pay.py", ".env"])
    ada.run("baseline", "set", session, "--name", "shop-core")
    plan = ada.json("baseline", "publish", ends=1)
    assert plan["published"] is False
    assert plan["left_out"] == [{"what": "rows of bookkeeping", "count": 1}]
    assert [mask["why"] for mask in plan["masked"]] == [
        "something in it looks like a key",
        ".env: its name says that it holds keys",
    ]
    shown = ada.run("baseline", "publish", ends=1)
    assert "masked in row 6: .env" in shown
    assert "stays here: rows of bookkeeping (1)" in shown
    assert remote.git("for-each-ref", "refs/forksight") == "", "nothing leaves before the yes"

    before = ada.clone.git("for-each-ref"), ada.clone.git("count-objects", "-v")
    assert "Ada/shop-core is published as generation 1" in ada.run("baseline", "publish", "--yes")
    assert (ada.clone.git("for-each-ref"), ada.clone.git("count-objects", "-v")) == before
    stored = everything_in(remote)
    assert b'"{checkout}/pay.py"' in stored
    for word in (KEY, str(ada.clone.path), str(ada.data.parent), session, '"input_tokens": 5', '"input_tokens":5'):
        assert word.encode() not in stored, word
    assert "is published already" in ada.run("baseline", "publish")

    plan = bob.json("baseline", "fetch", ends=1)
    assert plan["baseline"]["name"] == "Ada/shop-core"
    assert (plan["published"]["user"], plan["published"]["machine"]) == ("Ada", "ada-laptop")
    assert not transcripts(bob), "nothing is different before the yes"
    assert bob.json("baseline", "list")["baselines"] == []
    assert "Make" not in bob.run("baseline", "fetch", "--yes")
    (path,) = transcripts(bob)
    assert path.stem == plan["baseline"]["session"]
    assert f'"{bob.clone.path}/pay.py"' in path.read_text()
    (listed,) = bob.json("baseline", "list")["baselines"]
    assert listed["name"] == "Ada/shop-core"
    assert "is here already" in bob.run("baseline", "fetch", "shop-core")

    fork = bob.json("fork", "feature/pay", "--baseline", "Ada/shop-core", "--print")
    assert fork["baseline"] == {"name": "Ada/shop-core", "generation": 1, "session": path.stem}
    assert fork["launch"]["argv"][1:4] == ["--resume", path.stem, "--fork-session"]
    assert [warning["code"] for warning in fork["warnings"]] == ["claude-missing"]
    assert bob.json("baseline", "check", "Ada/shop-core")["stale"] is False

    path.unlink()  # as Claude Code does after a month
    bob.run("fork", "feature/cart", "--baseline", "Ada/shop-core", "--print")
    assert transcripts(bob) == [path]


def test_another_version_of_claude_code_is_told(
    bob: Machine, published: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "claude"
    program.write_text('#!/bin/sh\necho "${VERSION} (Claude Code)"\n')
    program.chmod(0o755)
    monkeypatch.setenv("FORKSIGHT_CLAUDE", str(program))

    def warnings(version: str) -> list[str]:
        monkeypatch.setenv("VERSION", version)
        program.touch()  # another one now
        plan = bob.json("baseline", "fetch", ends=1)
        return [warning["message"] for warning in plan["warnings"] if warning["code"] == "other-version"]

    assert warnings("2.1.330") == []
    (warning,) = warnings("9.9.9")
    assert "2.1.330 wrote the transcript, and 9.9.9 is installed here" in warning


def test_a_fork_fetches_what_a_colleague_published(bob: Machine, published: str) -> None:
    unknown = bob.run("fork", "feature/pay", "--baseline", "Eve/shop-core", "--print", ends=2)
    assert "there is no published baseline Eve/shop-core" in unknown
    planned = bob.run("fork", "feature/pay", "--baseline", "Ada/shop-core", "--dry-run", ends=2)
    assert "forksight baseline fetch Ada/shop-core" in planned
    assert not transcripts(bob)
    fork = bob.json("fork", "feature/pay", "--baseline", "Ada/shop-core", "--print")
    (path,) = transcripts(bob)
    assert fork["baseline"] == {"name": "Ada/shop-core", "generation": 1, "session": path.stem}
    again = bob.json("fork", "feature/cart", "--baseline", "Ada/shop-core", "--print")
    assert again["baseline"] == fork["baseline"]


def test_a_newer_generation_is_announced_and_goes_on_from_the_one_here(
    ada: Machine, bob: Machine, published: str, remote: Checkout
) -> None:
    bob.run("baseline", "fetch", "--yes")
    first = bob.json("baseline", "show")["baseline"]["session"]
    with ada.sessions.transcript(published).open("a") as file:
        file.write(one_more(ada, published))
    assert ada.json("baseline", "publish", "--yes")["baseline"]["generation"] == 2
    assert remote.git("rev-list", "--count", REF) == "2", "generations are its history"
    assert bob.json("baseline", "list")["warnings"] == [], "the remote is asked when somebody asks for it"
    bob.run("share", "on", "--yes")  # then it is looked for from time to time
    told = "Ada published generation 2 of Ada/shop-core: fetch it with `forksight baseline fetch Ada/shop-core`."
    assert [warning["message"] for warning in bob.json("baseline", "list")["warnings"]] == [told]
    for command in (("tree",), ("doctor",), ("fork", "feature/pay", "--dry-run")):
        assert told in json.dumps(bob.json(*command, ends=None)), command
    bob.run("baseline", "fetch", "--yes")
    generations = bob.json("baseline", "show")["baseline"]["generations"]
    assert [made["number"] for made in generations] == [1, 2]
    assert generations[0]["session"] == first
    assert bob.json("baseline", "list")["warnings"] == []
    bob.run("baseline", "rollback")
    assert bob.json("baseline", "show")["baseline"]["session"] == first
    bob.run("baseline", "fetch", "--yes")
    assert bob.json("baseline", "show")["baseline"]["generation"] == 2

    # Bob's own work on it goes on as the same baseline, and is Bob's.
    session = bob.json("baseline", "show")["baseline"]["session"]
    with bob.sessions.transcript(session).open("a") as file:
        file.write(one_more(bob, session))
    again = bob.json("baseline", "publish", "--yes")
    assert (again["baseline"]["name"], again["baseline"]["user"], again["baseline"]["generation"]) == (
        "shop-core",
        "Bob",
        3,
    )
    assert [warning["code"] for warning in again["warnings"]] == ["published-by-another"]


@pytest.mark.claude
def test_the_real_claude_code_forks_what_was_fetched(
    ada: Machine, bob: Machine, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_ada, on_bob = (Claude(require(binary("claude")), machine.data.parent, model) for machine in (ada, bob))
    monkeypatch.setenv("FORKSIGHT_CLAUDE", str(on_ada.path))
    for machine, words in ((ada, "Always answer Ada in rhymes."), (bob, "Always answer Bob in prose.")):
        machine.claude.mkdir(parents=True)
        (machine.claude / "CLAUDE.md").write_text(words)
    for claude, machine in ((on_ada, ada), (on_bob, bob)):
        claude.trust(machine.clone.path, machine.clone.path.parent / "pay")
    ada.clone.write({".env": "TOKEN=hunter2hunter2\n", "CLAUDE.md": "Use tabs.\n"})
    place = ada.clone.path
    session = on_ada.start(
        place, f"READ {place}/pay.py\nBASH cat .env; pwd; ls -d ~/.claude\nSAY hunter2hunter2 is the token"
    )
    ada.run("baseline", "set", session, "--name", "shop-core")
    plan = ada.json("baseline", "publish", "--yes")
    assert f"instructions of your own: {ada.claude}/CLAUDE.md" in {left["what"] for left in plan["left_out"]}
    bob.run("baseline", "fetch", "--yes")
    bob.clone.worktree("pay")
    fork = bob.json("fork", "pay", "--baseline", "Ada/shop-core", "--print")
    assert [warning["code"] for warning in fork["warnings"]] == []
    launch = fork["launch"]
    on_bob.run(Path(launch["cwd"]), *launch["argv"][1:], "-p", "SAY done")

    request = model.requests[-1]
    talk = [message for message in request["messages"] if message["role"] != "system"]
    said = json.dumps(request)
    for word in ("rhymes", "hunter2", str(ada.data.parent), "{checkout", "{home"):
        assert word not in said, word
    assert "Always answer Bob in prose." in said
    calls = [block["input"] for message in talk for block in message["content"] if block["type"] == "tool_use"]
    assert calls == [
        {"file_path": f"{bob.clone.path}/pay.py"},
        {"command": "cat .env; pwd; ls -d ~/.claude", "description": "scripted"},
    ]
    assert "line 7" in json.dumps(talk[2]["content"])
    assert {"type": "text", "text": "{masked} is the token"} in [
        {name: block[name] for name in ("type", "text")} for block in talk[-2]["content"] if block["type"] == "text"
    ]
    tree = bob.json("tree")["sessions"]
    forked = next(node for node in tree if node["id"] == launch["session"])
    assert (forked["parent"], forked["rows"]["inherited"] > 6) == (fork["baseline"]["session"], True)
    fetched = next(node for node in tree if node["id"] == fork["baseline"]["session"])
    assert set(fetched["tokens"]["own"].values()) == {0}, "the author paid for it"


def test_over_http_with_a_password_and_drift_from_the_commit_that_it_knew(
    ada: Machine, bob: Machine, remote: Checkout, published: str
) -> None:
    with http_server(remote.path.parent) as server:
        address = f"{server.address.replace('//', '//ada:secret@')}/remote.git"
        bob.clone.git("remote", "set-url", "origin", address)
        shown = bob.run("baseline", "fetch", "--yes")
        assert "secret" not in shown
        assert len(transcripts(bob)) == 1
        ada.clone.commit({"pay.py": "new\n"}, "later")
        ada.clone.git("push", "--quiet")
        bob.clone.git("pull", "--quiet")
        drift = bob.json("baseline", "check", ends=None)["drift"]
        assert (drift["commits"], [file["path"] for file in drift["files"]]) == (1, ["pay.py"])
        bob.clone.git("remote", "set-url", "origin", address.replace("secret", "wrong"))
        assert "the remote requires a user name and password" in bob.run("baseline", "fetch", ends=2)
    assert "can't be reached" in bob.run("baseline", "fetch", ends=2)
    assert "Fork it" not in bob.run("baseline", "publish", ends=2)
    assert bob.json("fork", "feature/pay", "--print")["launch"] is not None, "what was fetched needs no remote"


def test_an_editor_publishes_and_fetches_after_a_yes(
    ada: Machine, bob: Machine, editor_on: EditorOn, remote: Checkout
) -> None:
    session = ada.sessions.session(f"shop {KEY}", reads=["pay.py", ".env"])
    ada.run("baseline", "set", session, "--name", "shop-core")
    there, here = editor_on(ada), editor_on(bob)
    there.answers["window/showMessageRequest"] = lambda _: None
    answer = execute(there, "publishBaseline")
    assert (answer["published"], answer["command"]) == (False, "forksight baseline publish shop-core --yes")
    assert remote.git("for-each-ref", "refs/forksight") == ""
    shown = Path(path_of(asked(there, "window/showDocument")[-1]["uri"]) or "").read_text()
    assert "masked in row 6: .env" in shown.replace("\\", "")
    assert KEY not in shown
    choose(there, "Publish this")
    assert execute(there, "publishBaseline")["published"] is True
    choose(here, "Fetch this")
    answer = execute(here, "fetchBaseline")
    assert (answer["fetched"], answer["baseline"]["name"]) == (True, "Ada/shop-core")
    assert len(transcripts(bob)) == 1
    assert execute(here, "fetchBaseline", name="shop-core", confirmed=True)["fetched"] is True

    with ada.sessions.transcript(session).open("a") as file:
        file.write(one_more(ada, session))
    ada.run("baseline", "publish", "--yes")
    here.answers["window/showMessageRequest"] = lambda _: None
    execute(here, "fetchBaseline", name="shop-core")  # it looks; to fetch is not said yes to
    place = {"textDocument": {"uri": uri_of(bob.clone.path / "pay.py")}}
    wait_for(
        "the news in the status bar",
        lambda: "Ada published generation 2 of Ada/shop-core" in json.dumps(here.request("forksight/status", place)),
    )
