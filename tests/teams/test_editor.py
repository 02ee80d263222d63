"""What a colleague edits shows in an open editor, without anybody asking."""

import os
from pathlib import Path
from typing import Any

import pytest

from forksight.features.teams import sharing
from forksight.lsp.wire.uris import path_of
from tests.conftest import Checkout
from tests.lsp.client import applied, is_conflict, is_empty, uri_of
from tests.teams.conftest import EditorOn
from tests.teams.machines import NUMBERS, Machine, five
from tests.waiting import wait_for


def content(uri: str) -> str:
    """What is in a document that the server had shown as a file."""
    path = path_of(uri)
    assert path is not None
    assert os.stat(path).st_mode & 0o222 == 0  # to be read only
    return Path(path).read_text()


UTIL = """\
from functools import wraps


def charge(amount):
    return wraps(amount)


def refund(amount):
    return amount
"""


def test_a_colleagues_save_shows_here_and_goes_again(
    ada: Machine, bob: Machine, remote: Checkout, editor_on: EditorOn
) -> None:
    ada.run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    here = editor_on(bob, publish=1)
    uri = here.open(bob.clone.path / "pay.py", five("bob's\n"))
    ada.write({"pay.py": five("ada's\n")}).run("share", "now")
    (diagnostic,) = here.diagnostics(uri)
    assert diagnostic["message"].startswith("Ada (ada-laptop) changed these lines too (uncommitted, seen")
    assert diagnostic["severity"] == 3  # Information
    assert diagnostic["range"]["start"]["line"] == 4
    mark = here.mark()
    ada.write({"pay.py": NUMBERS}).run("share", "now")
    here.diagnostics(uri, is_empty, since=mark)
    hook = remote.path / "hooks/post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch asked; until [ -e go ]; do sleep 0.1; done\n")
    hook.chmod(0o755)
    bob.clone.worktree("other").write({"cart.py": five("of another worktree\n")})
    wait_for("a push that hangs", (remote.path / "asked").exists)
    (diagnostic,) = here.diagnostics(here.open(bob.clone.path / "cart.py", five("bob's cart\n")), is_conflict)
    assert "other" in diagnostic["message"]
    assert "sharing" in here.request("forksight/status", {"textDocument": {"uri": uri}})["text"]
    assert here.shown() == []
    (remote.path / "go").touch()


def test_an_editor_publishes_what_is_saved(ada: Machine, bob: Machine, editor_on: EditorOn) -> None:
    ada.run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    there, here = editor_on(ada, publish=1), editor_on(bob, severity="warning")
    there.open(ada.clone.path / "pay.py")
    uri = here.open(bob.clone.path / "pay.py", five("bob's\n"))
    ada.write({"pay.py": five("ada's\n")})
    (diagnostic,) = here.diagnostics(uri)
    assert "Ada (ada-laptop)" in diagnostic["message"]
    assert diagnostic["severity"] == 2  # Warning, as the setting says
    assert there.shown() == []


def test_another_editor_goes_on_where_the_one_that_exchanged_was_killed(
    ada: Machine, bob: Machine, remote: Checkout, editor_on: EditorOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process of a machine exchanges, however many there are; what says so ends with it."""
    for machine in ada, bob:
        machine.run("share", "on", "--yes")
    hook = remote.path / "hooks/post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch asked; until [ -e go ]; do sleep 0.1; done\n")
    hook.chmod(0o755)
    first = editor_on(bob, publish=1)
    first.open(bob.clone.path / "cart.py")
    bob.write({"cart.py": five("bob's cart\n")})
    wait_for("a push that hangs", (remote.path / "asked").exists)
    monkeypatch.setattr(sharing, "_PATIENCE", 0.1)
    assert "another process is talking to the remote" in bob.run("share", "now", ends=2)
    second = editor_on(bob)
    uri = second.open(bob.clone.path / "pay.py", five("bob's\n"))
    first.kill()
    (remote.path / "go").touch()
    ada.write({"pay.py": five("ada's\n")}).run("share", "now")
    (diagnostic,) = second.diagnostics(uri)
    assert "Ada (ada-laptop)" in diagnostic["message"]


def test_what_can_be_done_about_a_colleagues_lines(ada: Machine, bob: Machine, editor_on: EditorOn) -> None:
    ada.clone.git("checkout", "--quiet", "-b", "feature/pay")
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    here = editor_on(bob)
    text = five("bob's\n")
    uri = here.open(bob.clone.path / "pay.py", text)
    (diagnostic,) = here.diagnostics(uri)
    asked = {
        "textDocument": {"uri": uri},
        "range": diagnostic["range"],
        "context": {"diagnostics": [diagnostic], "triggerKind": 1},
    }
    actions = {action["title"]: action for action in here.request("textDocument/codeAction", asked)}
    taken = actions["Take Ada (ada-laptop)'s version of these lines"]["edit"]
    assert applied(text, taken, uri, 0) == five("ada's\n")

    def shown(title: str) -> str:
        command = actions[title]["command"]
        answer = here.request("workspace/executeCommand", {key: command[key] for key in ("command", "arguments")})
        return content(answer["uri"])

    assert shown("Open Ada (ada-laptop)'s version") == five("ada's\n")
    assert "-bob's\n+ada's\n" in shown("Show the difference to Ada (ada-laptop)")
    for name in ("Ada (ada-laptop)", "all of Ada", "the branch feature/pay"):
        command = actions[f"Ignore overlaps with {name}"]["command"]
        mark = here.mark()
        here.request("workspace/executeCommand", {key: command[key] for key in ("command", "arguments")})
        here.diagnostics(uri, is_empty, since=mark)
        mark = here.mark()
        here.request("workspace/executeCommand", {**command, "command": "forksight.stopIgnoring"})
        here.diagnostics(uri, since=mark)


def test_sharing_is_turned_on_in_an_editor_after_its_plan_was_shown(
    ada: Machine, bob: Machine, remote: Checkout, editor_on: EditorOn
) -> None:
    here = editor_on(ada.write({"pay.py": five("ada's\n")}))
    here.answers["window/showMessageRequest"] = lambda _: None

    def share(action: str, **more: object) -> dict[str, Any]:
        given = {"uri": uri_of(ada.clone.path), "action": action, **more}
        answer: dict[str, Any] = here.request(
            "workspace/executeCommand", {"command": "forksight.share", "arguments": [given]}
        )
        return answer

    refused = share("on")
    assert (refused["on"], refused["command"]) == (False, "forksight share on --yes")
    assert remote.git("for-each-ref", "refs/forksight") == ""
    here.answers["window/showMessageRequest"] = lambda asked: asked["actions"][0]
    mark = here.mark()
    assert share("on")["on"] is True
    (plan, *_) = (message for message in here.messages[mark:] if message.get("method") == "window/showDocument")
    assert "pay.py" in content(plan["params"]["uri"])
    status = here.request("forksight/status", {"textDocument": {"uri": uri_of(ada.clone.path / "pay.py")}})
    assert status["text"].endswith("· sharing")
    assert "Sharing through origin" in status["sharing"]
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    assert [roster["user"] for roster in share("now")["colleagues"]] == ["Bob"]
    assert share("forget")["user"] == "Bob"
    assert share("now")["colleagues"] == []
    assert share("off")["on"] is False
    assert remote.git("for-each-ref", "refs/forksight") == ""


def test_a_break_is_shown_as_the_repositorys_setting_says(ada: Machine, bob: Machine, editor_on: EditorOn) -> None:
    ada.clone.commit({"util.py": UTIL}, "util")
    ada.clone.git("push", "--quiet")
    bob.clone.git("pull", "--quiet")
    bob.clone.git("config", "forksight.teams.severity", "hint")
    ada.run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    dropped = UTIL.replace("from functools import wraps\n", "").replace("return wraps(amount)", "return amount")
    ada.write({"util.py": dropped}).run("share", "now")
    here = editor_on(bob)
    uri = here.open(bob.clone.path / "util.py", f"{UTIL}\n\ndef again(amount):\n    return wraps(amount)\n")
    (diagnostic,) = here.diagnostics(uri)
    assert (diagnostic["code"], diagnostic["severity"]) == ("semantic-gone", 4)  # Hint
