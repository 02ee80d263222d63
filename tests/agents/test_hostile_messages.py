"""The resident process's messages, however large and however many: each is answered, and no other waits for it."""

import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest

from forksight.cli.commands.agents import mcp
from tests.waiting import wait_for


def replies(text: bytes, answer: Callable[..., None], threads: int = 1) -> list[dict[str, Any]]:
    """What is replied to these lines."""
    sink = BytesIO()
    with ThreadPoolExecutor(threads) as pool:
        mcp.Connection(answer, sink, pool).serve(BytesIO(text))
    return [json.loads(line) for line in sink.getvalue().splitlines()]


@pytest.mark.parametrize(
    "message",
    [
        '{"method": "tools/call", "params": {"name": "hook", "arguments": {"id": 5, "x": "%s"}}, "jsonrpc": "2.0", "id": 7}',
        '{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "hook", "arguments": {"x": "%s\\",\\"id\\":5}"}}}',
    ],
    ids=["last", "first"],
)
def test_a_message_that_is_too_large_is_answered_with_nothing(monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    monkeypatch.setattr(mcp, "_LARGEST", 10_000)
    heard: list[object] = []

    def answer(fields: object, reply: Callable[[dict[str, Any]], bool]) -> None:
        heard.append(fields)
        reply({})

    small = {"jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": {"name": "hook", "arguments": {"a": 1}}}
    answers = replies((message % ("x" * 100_000)).encode() + b"\n" + json.dumps(small).encode() + b"\n", answer)
    assert [reply["id"] for reply in answers] == [7, 8]
    assert heard == [None, {"a": 1}]


def test_a_message_that_is_too_large_and_no_json_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp, "_LARGEST", 10_000)
    small = {"jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": {"name": "hook", "arguments": {}}}
    broken = b'{"jsonrpc": "2.0", "id": 007, "x": "' + b"x" * 100_000 + b'"}\n'
    answers = replies(broken + json.dumps(small).encode() + b"\n", lambda _, reply: reply({}))
    assert [reply["id"] for reply in answers] == [8]


def test_once_every_thread_hangs_calls_are_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mcp, "_BUDGET", 0.05)
    go_on = threading.Event()
    begun: list[object] = []
    call = json.dumps({"id": 1, "method": "tools/call", "params": {"name": "hook", "arguments": {}}}).encode() + b"\n"
    read, write = os.pipe()
    sink = BytesIO()

    def hang(fields: object, _: object) -> None:
        begun.append(fields)
        assert go_on.wait(120)

    with ThreadPoolExecutor(mcp._WORKERS) as pool, open(read, "rb") as source:
        serving = threading.Thread(target=mcp.Connection(hang, sink, pool).serve, args=[source])
        serving.start()
        try:
            with open(write, "wb", buffering=0) as client:
                client.write(call * mcp._WORKERS)
                wait_for("replies that came too late", lambda: sink.getvalue().count(b"\n") == mcp._WORKERS)
                client.write(call * 100)
            serving.join(60)
            assert sink.getvalue().count(b"\n") == mcp._WORKERS + 100
            assert len(begun) == mcp._WORKERS
        finally:
            go_on.set()
