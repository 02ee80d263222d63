"""Beginning and end, settings and folders, and clients that misbehave."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.lsp.client import BARE, Editor, RefusedError, insert, is_empty, lines_of, uri_of
from tests.lsp.conftest import MINE
from tests.lsp.fixtures import NUMBERS, Start
from tests.processes import ended_pid
from tests.waiting import wait_for

# ---------------------------------------------------------------------------------------------- leaving


def test_a_proper_goodbye(start: Start, shop: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path)
    assert editor.leave() == 0


def test_exit_without_shutdown(start: Start, shop: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path)
    editor.notify("exit")
    assert editor.process is not None
    assert editor.process.wait(60) == 1


def test_what_comes_before_hello_or_after_goodbye_is_refused(start: Start, shop: Checkout, pay: Checkout) -> None:
    def refused(method: str, params: object = None) -> int:
        with pytest.raises(RefusedError) as error:
            editor.request(method, params)
        code: int = error.value.error["code"]
        return code

    editor = start(shop.path)
    hover = {"textDocument": {"uri": uri_of(shop.path / "pay.py")}, "position": {"line": 0, "character": 0}}
    assert refused("textDocument/hover", hover) == -32002  # ServerNotInitialized
    editor.open(shop.path / "pay.py", MINE)
    editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
    assert refused("initialize", {"processId": None, "rootUri": None, "capabilities": {}}) == -32600  # InvalidRequest
    assert lines_of(editor.diagnostics(editor.open(shop.path / "pay.py", MINE))) == [(4, 4, "conflict")]
    editor.request("shutdown")
    assert refused("textDocument/hover", hover) == -32600
    assert refused("shutdown") == -32600
    editor.notify("exit")
    assert editor.process is not None
    assert editor.process.wait(60) == 0


def test_the_client_hangs_up(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
    editor.diagnostics(editor.open(shop.path / "pay.py", MINE))
    assert editor.process is not None
    assert editor.process.stdin is not None
    editor.process.stdin.close()
    assert editor.process.wait(60) == 1


def test_the_clients_process_dies_but_its_pipe_stays_open(start: Start, shop: Checkout) -> None:
    client = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    editor = start(shop.path)
    editor.initialize(shop.path, process=client.pid)
    client.send_signal(signal.SIGKILL)
    client.wait()
    assert editor.process is not None
    assert editor.process.wait(60) == 1


def test_a_process_number_from_another_machine_means_nothing(start: Start, shop: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, process=ended_pid())
    editor.diagnostics(editor.open(shop.path / "pay.py"), is_empty)
    assert editor.leave() == 0


# ---------------------------------------------------------------------------------------------- messages that are none


def test_nonsense_gets_an_answer_and_the_server_lives_on(editor: Editor, shop: Checkout) -> None:
    with pytest.raises(RefusedError) as refused:
        editor.request("textDocument/hover", {"textDocument": 7})
    assert "Traceback" not in json.dumps(refused.value.error)
    with pytest.raises(RefusedError):
        editor.request("forksight/noSuchThing", {})
    with pytest.raises(RefusedError):
        editor.request("workspace/executeCommand", {"command": "forksight.openTheirs", "arguments": ["text"]})
    with pytest.raises(RefusedError, match="uri is missing"):
        editor.request(
            "workspace/executeCommand", {"command": "forksight.ignoreOverlaps", "arguments": [{"label": "x"}]}
        )
    editor.send({"id": 998, "method": 5})
    with pytest.raises(RefusedError, match="This is not the name of a method"):
        editor.answer_to(998)
    editor.notify("forksight/neverHeardOf", {"a": 1})
    editor.notify(
        "textDocument/didChange", {"textDocument": {"uri": "file:///nowhere", "version": 1}, "contentChanges": []}
    )
    editor.notify("textDocument/didClose", {"textDocument": {"uri": "file:///nowhere"}})
    editor.notify("initialized", {})
    editor.notify("$/cancelRequest", {"id": {}})
    editor.send({"id": 999, "result": None})
    for odd in (b"[]", b'"text"', b"7", b"null"):
        editor.send_body(odd)
    uri = editor.open(shop.path / "pay.py", MINE)
    assert lines_of(editor.diagnostics(uri)) == [(4, 4, "conflict")]
    assert any("did not understand a message" in shown for shown in editor.shown())
    assert not any("an internal error" in shown for shown in editor.shown())
    assert not any("Traceback" in shown for shown in editor.shown())


def test_what_is_no_lsp_is_hung_up_on(shop: Checkout) -> None:
    request = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
    done = subprocess.run(
        [sys.executable, "-m", "forksight", "server"],
        cwd=shop.path,
        input=request,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


# ---------------------------------------------------------------------------------------------- folders and repositories


def test_folders_come_and_go(start: Start, shop: Checkout, pay: Checkout) -> None:
    shop.write({"pay.py": MINE})
    pay.write({"cart.py": "theirs\n"})
    editor = start(shop.path)
    editor.initialize(shop.path, capabilities=BARE)
    here, there = uri_of(shop.path / "pay.py"), uri_of(pay.path / "pay.py")
    assert editor.diagnostics(here)
    assert not editor.published(there)
    folder = {"uri": uri_of(pay.path), "name": "pay"}
    editor.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
    assert editor.diagnostics(there)
    editor.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    editor.diagnostics(there, is_empty)


def test_two_repositories_in_one_server(start: Start, shop: Checkout, pay: Checkout, tmp_path: Path) -> None:
    second = Checkout(tmp_path.resolve() / "second")
    second.path.mkdir()
    second.git("init", "--quiet", "--initial-branch=trunk")
    second.commit({"pay.py": NUMBERS})
    second.worktree("idea").write({"pay.py": MINE.replace("mine", "idea")})
    editor = start(tmp_path)
    editor.initialize(shop.path, second.path, options={"overlaps": {"delay": 0}})
    first = editor.diagnostics(editor.open(shop.path / "pay.py", MINE))
    other = editor.diagnostics(editor.open(second.path / "pay.py", MINE))
    assert [diagnostic["message"].partition(" ")[0] for diagnostic in first + other] == ["feature/pay", "idea"]


def test_a_commit_message_is_no_file_of_the_worktree(editor: Editor, shop: Checkout) -> None:
    message = shop.path / ".git/COMMIT_EDITMSG"
    message.write_text("draft\n")
    uri = editor.open(message)
    other = editor.open(shop.path / "pay.py", MINE)
    editor.diagnostics(other)
    assert not editor.published(uri)


def test_git_that_refuses_is_told_once(start: Start, shop: Checkout, tmp_path: Path) -> None:
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho git version 2.20.1\n")
    fake.chmod(0o755)
    editor = start(shop.path, env={"PATH": f"{fake.parent}:{os.environ['PATH']}"})
    editor.initialize(shop.path, capabilities=BARE)
    for name in ("pay.py", "cart.py"):
        editor.open(shop.path / name)
    shown = editor.wait(lambda message: message.get("method") == "window/showMessage")["params"]["message"]
    assert "too old" in shown
    assert editor.leave() == 0
    assert editor.shown() == [shown]


def test_a_git_that_hangs_from_the_start(start: Start, shop: Checkout, tmp_path: Path) -> None:
    fake, hung = tmp_path / "bin/git", tmp_path / "hung"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\ntouch "{hung}"\nexec sleep 1000\n')
    fake.chmod(0o755)
    real = (sys.executable, "-m", "forksight")  # whose hover does not wait for long
    editor = start(shop.path, env={"PATH": f"{fake.parent}:{os.environ['PATH']}"}, program=real)
    editor.initialize(shop.path)
    uri = editor.open(shop.path / "pay.py", MINE)
    wait_for("git to hang", hung.exists)
    place = {"textDocument": {"uri": uri}, "position": {"line": 4, "character": 0}}
    assert editor.request("textDocument/hover", place) is None
    assert editor.leave() == 0


def test_a_git_that_hangs_does_not_hold_up_the_end(start: Start, shop: Checkout, pay: Checkout, tmp_path: Path) -> None:
    real, mode, hung = shutil.which("git"), tmp_path / "mode", tmp_path / "hung"
    fake = tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\n[ -e "{mode}" ] || exec "{real}" "$@"\ntouch "{hung}"\nexec sleep 1000\n')
    fake.chmod(0o755)
    editor = start(shop.path, env={"PATH": f"{fake.parent}:{os.environ['PATH']}"})
    editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
    uri = editor.open(shop.path / "pay.py", MINE)
    editor.diagnostics(uri)
    editor.request("forksight/worktrees", {"textDocument": {"uri": uri}})  # which waits for the first scan
    mode.touch()
    pay.write({"pay.py": NUMBERS.replace("line 5\n", "theirs too\n")})  # a conflict, whether a git saw it before or not
    wait_for("git to hang", hung.exists)
    version = editor.change(uri, insert(0, 0, "typed\n"))
    assert lines_of(editor.diagnostics(uri, version=version)) == [(5, 5, "conflict")]
    assert editor.leave() == 0


def test_a_repository_that_is_deleted_and_comes_back(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    shop.write({"cart.py": MINE})
    pay.write({"cart.py": NUMBERS.replace("line 5\n", "theirs\n")})
    uri, closed = editor.open(shop.path / "pay.py", MINE), uri_of(shop.path / "cart.py")
    for document_uri in (uri, closed):
        editor.diagnostics(document_uri)
    mark = editor.mark()
    (shop.path / ".git").rename(shop.path.parent / "elsewhere")
    for document_uri in (uri, closed):
        editor.diagnostics(document_uri, is_empty, since=mark)
    shown = editor.wait(lambda message: message.get("method") == "window/showMessage")["params"]["message"]
    assert "the repository is not there any more" in shown
    assert editor.shown() == [shown]
    (shop.path.parent / "elsewhere").rename(shop.path / ".git")
    editor.save(uri)
    assert lines_of(editor.diagnostics(uri, since=mark)) == [(4, 4, "conflict")]
