"""Hooks whose input is hostile, broken or unlucky: none blocks or breaks an agent's tool, and nothing is done that was not meant."""

import gc
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from forksight.adapters.store.told_files import ToldFiles
from forksight.core.agents.command_paths import command_words
from forksight.core.agents.hook import Hook, read_hook
from forksight.core.agents.proposed_text import proposed_text
from forksight.core.agents.wording import cold_cache
from forksight.core.overlaps.overlap import Side
from forksight.core.overlaps.wording import when
from forksight.features.agents.recipients import Recipient, Recipients
from tests.agents.checkouts import SEEN, Checkouts
from tests.agents.conftest import Agent, Employ
from tests.conftest import Checkout
from tests.rigs import ROOT
from tests.waiting import wait_for

PROGRAM = Path(sys.executable).with_name("forksight")
SESSION = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"

# ------------------------------------------------------------------------------------------------- forksight hook


def start(cwd: object, **fields: object) -> bytes:
    """What Claude Code tells at a session's start."""
    return json.dumps({"hook_event_name": "SessionStart", "session_id": "s", "cwd": cwd, **fields}).encode()


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe\0",
        b'{"hook_event_name": "SessionStart"',
        b"[" * 200_000,
        start("/a\0b"),
        start("/\ud800"),
        start("/" + "a" * 100_000),
        start("/dev/zero"),
        start("/", session_id="--help", transcript_path="/dev/zero", source=["fork"], session_title={"a": 1}),
        b'{"hook_event_name": "WorktreeRemove", "session_id": "s", "cwd": "/", "worktree_path": "/etc"}',
        b'{"hook_event_name": "WorktreeRemove", "session_id": "s", "cwd": "/", "worktree_path": "/a\\u0000b"}',
    ],
    ids=["no text", "half", "deep", "NUL", "no character", "long", "device", "types", "no worktree", "no path"],
)
def test_whatever_a_hook_is_told_it_exits_with_0(text: bytes) -> None:
    done = subprocess.run([PROGRAM, "hook"], input=text, cwd="/", capture_output=True, check=True)
    assert done.stdout in (b"{}\n", b"\n")
    assert b"an internal error" not in done.stderr


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "</dev/zero"])
def test_whatever_is_closed_a_hook_exits_with_0(checkouts: Checkouts, streams: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f'ulimit -v 4000000; exec "$0" hook {streams}', PROGRAM],
        cwd=checkouts.main.path,
        input=start(str(checkouts.main.path)),
        capture_output=True,
        check=False,
    )
    said = b"" if ">&-" in streams.replace("2>&-", "") or "full" in streams else b"{}\n"
    assert (done.returncode, done.stdout) == (0, said)


def test_a_hook_whose_input_never_ends_is_answered(checkouts: Checkouts) -> None:
    with subprocess.Popen([PROGRAM, "hook"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b'{"hook_event_name"')
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], 60)
        assert ready
        assert process.stdout.read() == b"{}\n"
        assert process.wait(60) == 0


def test_a_path_that_is_no_text_is_answered_whole(repo: Checkout) -> None:
    """Claude Code takes the last line for the path of the worktree."""
    folder = os.fsencode(repo.path.parent) + b"/w\xff"
    repo.git("worktree", "add", "--quiet", "-b", "feature/auth", os.fsdecode(folder))
    call = {"hook_event_name": "WorktreeCreate", "session_id": "s", "cwd": str(repo.path), "name": "feature/auth"}
    done = subprocess.run(
        [PROGRAM, "hook"], input=json.dumps(call).encode(), cwd=repo.path, capture_output=True, check=True
    )
    assert done.stdout == folder + b"\n", done.stderr


@pytest.mark.parametrize("amount", [-1, 10**400, True, float("nan"), float("inf"), "5", None])
def test_amounts_that_are_none_are_not_told(amount: object) -> None:
    assert cold_cache({"prompt_cache_likely_expired": True, "context_tokens": amount}) == []
    (told,) = cold_cache(
        {"prompt_cache_likely_expired": True, "context_tokens": 5, "estimated_cache_write_usd": amount}
    )
    assert told.endswith("5 tokens of context again.")


# ------------------------------------------------------------------------------------------------- the resident process


@pytest.mark.parametrize("text", ["[" * 100_000, '{"file_path"', '{"file_path": 1' + "0" * 10_000 + "}"])
def test_what_is_no_object_counts_as_none(text: str) -> None:
    hook = read_hook({"hook_event_name": "PreToolUse", "session_id": "s", "cwd": "/", "tool_input": text})
    assert hook is not None
    assert hook.tool_input == {}


BAD_PATHS = ["a\0b", "\ud800", "/\ud800/x", "/" + "a" * 5000, "/dev/zero", "..", ""]


@pytest.mark.parametrize("tool", ["Read", "Edit", "Write", "NotebookEdit", "Unknown"])
def test_a_path_that_is_none_is_answered_with_nothing(checkouts: Checkouts, employ: Employ, tool: str) -> None:
    agent = employ(checkouts.main)
    for path in (*BAD_PATHS, 5, None, ["app.py"], {"a": 1}):
        call = {"file_path": path, "content": "x", "old_string": "", "new_string": "x", "offset": "x", "limit": -1}
        assert agent.hook("PreToolUse", tool, call) == agent.hook("PostToolUse", tool, call) == {}


def test_a_name_that_is_none_does_not_hide_the_others(checkouts: Checkouts, employ: Employ) -> None:
    names = [*BAD_PATHS, 5, ["x"], "app.py"]
    agent, other = employ(checkouts.main), employ(checkouts.main, session="session-2")
    assert SEEN.fullmatch(agent.context("PostToolUse", "Grep", {"path": "\0"}, tool_response={"filenames": names}))
    command = {"command": f"cat {checkouts.main.path}/\ud800 app.py"}
    assert other.hook("PreToolUse", "Bash", command) == {}
    assert SEEN.fullmatch(other.context("PostToolUse", "Bash", command))


@pytest.mark.parametrize("put", [os.mkfifo, lambda path: os.symlink("/dev/zero", path), os.mkdir])
def test_what_is_no_file_is_not_read(checkouts: Checkouts, employ: Employ, put: Callable[[Path], None]) -> None:
    put(checkouts.main.path / "strange")
    agent = employ(checkouts.main)
    assert agent.read("strange") == ""
    call = {"file_path": agent.path("strange"), "content": "x"}
    assert agent.hook("PreToolUse", "Write", call) == agent.hook("PostToolUse", "Write", call) == {}


def test_an_edit_that_would_make_a_file_larger_than_any_is_not_tried() -> None:
    call = {"old_string": "x", "new_string": "y" * 1_000_000, "replace_all": True}
    assert proposed_text("Edit", call, b"x" * 20) is not None
    assert proposed_text("Edit", call, b"x" * 2000) is None


def test_a_notebook_that_is_nested_without_end_is_none() -> None:
    call = {"cell_id": "a", "new_source": "x"}
    assert proposed_text("NotebookEdit", call, b'{"cells": [{"id": "a"}]}') is not None
    assert proposed_text("NotebookEdit", call, b'{"cells": ' + b"[" * 100_000) is None


def test_of_a_huge_command_the_beginning_is_looked_at() -> None:
    assert command_words("cat app.py" + " x" * 40_000 + " other.py") == ("cat", "app.py", "x")


def test_a_command_that_names_a_disk_that_does_not_answer_holds_up_nobody_else(
    checkouts: Checkouts, employ: Employ, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, other = employ(checkouts.main), employ(checkouts.main, session="session-2")
    go_on, asked = threading.Event(), threading.Event()
    exists = os.path.exists

    def hanging(path: str) -> bool:
        if str(path).startswith("/gone/"):
            asked.set()
            assert go_on.wait(120)
        return exists(path)

    monkeypatch.setattr(os.path, "exists", hanging)
    with ThreadPoolExecutor(1) as pool:
        hanging_answer = pool.submit(agent.hook, "PostToolUse", "Bash", {"command": "cat /gone/x"})
        try:
            assert asked.wait(60)
            assert SEEN.fullmatch(other.bash("cat app.py"))
            assert not hanging_answer.done()
        finally:
            go_on.set()
        assert hanging_answer.result(60) == {}


def test_a_folder_that_becomes_a_repository_is_followed(
    tmp_path: Path, employ: Employ, repo: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forksight.features.agents.resident._NOWHERE", 0.0)
    new = Checkout(tmp_path / "new")
    new.path.mkdir()
    there = Agent(employ(repo).resident, new)
    new.write({"app.py": "one\n"})
    assert there.read("app.py") == ""
    new.git("init", "--quiet")
    new.commit()
    new.worktree("new-pay").write({"app.py": "two\n"})
    assert "app.py:1 is also changed" in wait_for("the repository", lambda: there.read("app.py"))


def test_thousands_of_agents_are_forgotten_and_told_nothing_twice(tmp_path: Path) -> None:
    recipients = Recipients(ToldFiles(str(tmp_path)))

    def agent(number: int) -> Recipient:
        return recipients.of(Hook("PostToolUse", SESSION, f"a{number}", "/shop"))

    agent(0).note(["told"])
    for number in range(3000):
        agent(number)
    assert sum(isinstance(known, Recipient) for known in gc.get_objects()) < 1000
    assert agent(0).knows(["told"])
    for number in range(100):
        recipients.touch(Hook("PostToolUse", f"session-{number}", None, "/shop"), ("/shop", "app.py"))
    assert len(recipients.last_touched(1)) < 50


# ------------------------------------------------------------------------------------------------- others' times; the plugin


@pytest.mark.parametrize("moment", [1e15, -1e15, 1e300, -62e9, 253e9])
def test_a_files_time_may_be_any(moment: float, checkouts: Checkouts) -> None:
    from datetime import datetime

    side = Side(str(checkouts.pay.path), "feature/pay", "app.py", uncommitted=True, since=moment)
    assert when(side, datetime.now().astimezone()).startswith("uncommitted, since ")


@pytest.mark.parametrize("plugin", ["claude", "claude-worktrees", "claude-lsp"])
def test_a_program_in_the_folder_of_a_session_is_not_run(plugin: str, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for folder in (tmp_path, tmp_path / "node_modules/.bin"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "forksight").write_text(f"#!/bin/sh\ntouch {ran}\n")
        (folder / "forksight").chmod(0o755)
    env = {"PATH": f".:node_modules/.bin::/usr/bin:/bin:{tmp_path}/none", "HOME": "/none"}
    for argument in ("hook", "removed", "tree"):
        subprocess.run(
            [ROOT / f"editors/{plugin}/bin/forksight", argument],
            cwd=tmp_path,
            env=env,
            input=b"{}",
            capture_output=True,
            check=False,
        )
    assert not ran.exists()


def test_what_the_plugin_says_is_json_whatever_the_program_is_called(tmp_path: Path) -> None:
    folder = tmp_path / 'a"b\\c\nd'
    folder.mkdir()
    (folder / "forksight").write_text("#!/bin/sh\nexit 2\n")
    (folder / "forksight").chmod(0o755)
    done = subprocess.run(
        [ROOT / "editors/claude/bin/forksight", "hook"],
        env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": "/none"},
        input=b"{}",
        capture_output=True,
        check=True,
    )
    assert 'a"b\\cd/forksight' in json.loads(done.stdout)["systemMessage"]
