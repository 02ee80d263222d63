"""`forksight mcp`: the few messages of the protocol, over its pipes."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest

from forksight.cli.commands.agents import mcp
from tests.agents.checkouts import Checkouts


def talk(cwd: str, *messages: object) -> list[dict[str, Any]]:
    """What a process replies to messages, after which its input ends; a str is sent as it is."""
    lines = [message if isinstance(message, str) else json.dumps(message) for message in messages]
    done = subprocess.run(
        [sys.executable, "-m", "forksight", "mcp"],
        input="".join(f"{line}\n" for line in lines),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_introduces_itself_lists_no_tool_and_ends_with_its_input(checkouts: Checkouts) -> None:
    replies = talk(
        str(checkouts.main.path),
        {"jsonrpc": "2.0", "id": "discover", "method": "server/discover", "params": {}},
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 2, "method": "ping"},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "other"}},
        "no json",
        "[]",
        {"jsonrpc": "2.0", "id": 4},
    )
    assert [reply["id"] for reply in replies] == ["discover", 0, 1, 2, 3]
    assert replies[0]["error"]["code"] == -32601
    assert replies[1]["result"]["protocolVersion"] == "2025-06-18"
    assert replies[2]["result"] == {"tools": []}
    assert replies[3]["result"] == {}
    assert replies[4]["error"]["code"] == -32602


def call(identity: int) -> bytes:
    """A line that calls the tool."""
    message = {"jsonrpc": "2.0", "id": identity, "method": "tools/call", "params": {"name": "hook", "arguments": {}}}
    return json.dumps(message).encode() + b"\n"


def test_an_answer_that_takes_too_long_is_nothing_and_comes_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp, "_BUDGET", 0.05)
    go_on, replied = threading.Event(), threading.Event()
    in_time: list[bool] = []

    class Sink(BytesIO):
        def flush(self) -> None:
            replied.set()

    sink = Sink()
    with ThreadPoolExecutor(1) as pool:

        def slow(_: object, reply: Callable[[dict[str, Any]], bool]) -> None:
            go_on.wait(60)
            in_time.append(reply({"systemMessage": "late"}))

        mcp.Connection(slow, sink, pool).serve(BytesIO(call(1)))
        assert replied.wait(60)
        go_on.set()
    (reply,) = sink.getvalue().splitlines()
    assert json.loads(reply)["result"]["content"][0]["text"] == "{}"
    assert in_time == [False]


def test_an_answer_that_fails_is_nothing() -> None:
    sink = BytesIO()
    with ThreadPoolExecutor(1) as pool:

        def failing(_: object, reply: object) -> None:
            raise ValueError

        mcp.Connection(failing, sink, pool).serve(BytesIO(call(1)))
    assert json.loads(sink.getvalue())["result"]["content"][0]["text"] == "{}"
