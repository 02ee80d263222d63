"""`forksight mcp`: a resident process that answers the hooks of one Claude Code session.

It implements the few messages of the Model Context Protocol that hooks of type `mcp_tool` need: one line of JSON each, over
standard input and output. It lists no tools, so it costs the model no tokens. The official library would take longer to load
than all of Forksight, and more memory than this process may use.
"""

import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, BinaryIO

import click

from forksight import __version__
from forksight.core.document import Plain
from forksight.core.words.terminal import printable
from forksight.features.context import Workbench

TOOL = "hook"  # not listed by tools/list; the plugin's hooks.json names it
_VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")  # of the protocol, newest first
_BUDGET = 2.0  # seconds; after these, the answer is empty
_WORKERS = 8  # threads
_LARGEST = 8 << 20  # bytes of a message; of a larger one, only the id is read
_ENDS = 4096  # bytes at both ends of a larger message, where its id is searched
_UNKNOWN_METHOD, _BAD_PARAMS = -32601, -32602
# The id of a message, as its last member (as Claude Code writes it) or as its first one.
_LAST_ID = re.compile(rb',\s*"id"\s*:\s*(0|[1-9]\d*|"[\w.-]*")\s*\}\s*$')
_FIRST_ID = re.compile(rb'\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(0|[1-9]\d*|"[\w.-]*")\s*,')


@click.command("mcp")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Answer the hooks of one Claude Code session over standard input and output. The plugin starts this command."""
    from forksight.features.agents.resident import Resident

    workbench: Workbench = ctx.obj
    source, sink = workbench.own_stdio()
    sys.setswitchinterval(0.0005)  # seconds; an answer passes through three threads
    resident = Resident(workbench, _failed, _BUDGET)
    pool = ThreadPoolExecutor(_WORKERS, "forksight-hook")
    pool.submit(resident.warm, ctx.meta["forksight.cwd"])
    workbench.residents.enter()
    Connection(resident.answer, sink, pool).serve(source)
    workbench.residents.leave()
    workbench.leave()
    resident.close()
    os._exit(0)  # without waiting for threads that wait for git or a repository


class Connection:
    """Answers one client's messages: protocol messages immediately, each hook on a thread."""

    def __init__(
        self, answer: Callable[[object, Callable[[Plain], bool]], None], sink: BinaryIO, pool: ThreadPoolExecutor
    ) -> None:
        """`answer` is called with a hook's fields and a function that replies: once, and only in time; it returns whether it did."""
        self._answer = answer
        self._sink = sink
        self._pool = pool
        self._lock = threading.Lock()
        self._waiting: SimpleQueue[tuple[float, _Once]] = SimpleQueue()  # until when each call may be answered
        self._running: dict[Future[None], float] = {}  # until when each is waited for

    def serve(self, source: BinaryIO) -> None:
        """Answer until the input ends."""
        threading.Thread(target=self._end_waiting, name="forksight-late", daemon=True).start()
        for message in _messages(source):
            if "id" in message and isinstance(message.get("method"), str):
                self._request(message)

    def _request(self, message: dict[str, Any]) -> None:
        method, params = message["method"], message.get("params")
        params = params if isinstance(params, dict) else {}
        if method == "tools/call":
            self._call(message["id"], params)
        elif method == "initialize":
            self._reply(message["id"], {"result": _introduction(params)})
        elif method == "ping":
            self._reply(message["id"], {"result": {}})
        elif method == "tools/list":
            self._reply(message["id"], {"result": {"tools": []}})
        else:
            self._reply(message["id"], _error(_UNKNOWN_METHOD, f"there is no {method}"))

    def _call(self, identity: object, params: dict[str, Any]) -> None:
        if params.get("name") != TOOL:
            self._reply(identity, _error(_BAD_PARAMS, "there is no such tool"))
            return
        reply = _Once(self._lock, lambda plain: self._reply(identity, {"result": _text(plain)}))
        now = time.monotonic()
        if sum(until < now for until in list(self._running.values())) >= _WORKERS:
            reply({})  # every thread hangs, so an answer would come too late
            return
        self._waiting.put((now + _BUDGET, reply))
        answer = self._pool.submit(self._answer, params.get("arguments"), reply)
        self._running[answer] = now + _BUDGET
        answer.add_done_callback(lambda _: self._running.pop(answer, None))
        answer.add_done_callback(lambda _: reply({}))  # unless it has replied

    def _end_waiting(self) -> None:
        """Answer overdue calls with an empty result, in order: all have the same time limit."""
        while True:
            until, reply = self._waiting.get()
            time.sleep(max(0.0, until - time.monotonic()))
            reply({})  # unless it has replied

    def _reply(self, identity: object, body: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", "id": identity, **body}).encode() + b"\n"
        with self._lock:
            try:
                self._sink.write(data)
                self._sink.flush()
            except OSError:
                os._exit(0)  # Claude Code has gone


class _Once:
    """Replies at the first call only; returns whether it did."""

    def __init__(self, lock: threading.Lock, reply: Callable[[Plain], None]) -> None:
        self._lock = lock
        self._reply: Callable[[Plain], None] | None = reply

    def __call__(self, plain: Plain) -> bool:
        with self._lock:
            reply, self._reply = self._reply, None
        if reply:
            reply(plain)
        return reply is not None


def _introduction(params: dict[str, Any]) -> dict[str, Any]:
    version = params.get("protocolVersion")
    return {
        "protocolVersion": version if version in _VERSIONS else _VERSIONS[0],
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "forksight", "version": __version__},
    }


def _text(plain: Plain) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": json.dumps(plain, ensure_ascii=False)}]}


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def _messages(source: BinaryIO) -> Iterator[dict[str, Any]]:
    """The messages of a client, one per line. Anything but JSON objects is skipped; of a line over `_LARGEST` only the id is read."""
    while line := source.readline(_LARGEST):
        if line.endswith(b"\n") or len(line) < _LARGEST:
            try:
                message = json.loads(line)
            except (ValueError, RecursionError):
                continue
        else:
            message = _too_large(line, source)
        if isinstance(message, dict):
            yield message


def _too_large(beginning: bytes, source: BinaryIO) -> dict[str, Any] | None:
    """A call without arguments in place of a message that is too large, of which the rest is read; None if its id is not found."""
    end = line = beginning
    while line and not line.endswith(b"\n"):
        line = source.readline(_LARGEST)
        end = (end + line)[-_ENDS:]
    identity = _LAST_ID.search(end) or _FIRST_ID.match(beginning[:_ENDS])
    if identity is None:
        return None
    return {"id": json.loads(identity[1]), "method": "tools/call", "params": {"name": TOOL}}


def _failed(what: str, error: Exception) -> None:
    sys.stderr.write(f"{printable(f'forksight: could not {what}: {type(error).__name__}: {error}')}\n")
    sys.stderr.flush()
