"""The Messages API on loopback, scripted by the prompt, so that the real Claude Code runs offline.

Each line of the newest human prompt that begins with one of these words is one model turn; when all are done the model
answers with the line that begins with SAY, without one `OK: <prompt>`. Steps joined with ` && ` are called in parallel, in one turn::

    READ path | WRITE path text | EDIT path old=>new | BASH command | GREP path pattern | NOTEBOOK path cell text
    AGENT prompt | APART prompt | HOLD

Backslash escapes (`\\n`, `\\040`) work in texts, `\\n` in a command too; Claude Code wants a READ before an EDIT. AGENT starts a subagent whose
prompt follows (`\\n` begins its next line), APART one in a worktree of its own; HOLD keeps the answer back until `Model.release` is called.
"""

import itertools
import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Block = dict[str, Any]


def _text(raw: str) -> str:
    return raw.encode().decode("unicode_escape")


def _edit(rest: str) -> dict[str, Any]:
    path, _, change = rest.partition(" ")
    old, _, new = change.partition("=>")
    return {"file_path": path, "old_string": _text(old), "new_string": _text(new)}


def _write(rest: str) -> dict[str, Any]:
    path, _, text = rest.partition(" ")
    return {"file_path": path, "content": _text(text)}


def _grep(rest: str) -> dict[str, Any]:
    path, _, pattern = rest.partition(" ")
    return {"path": path, "pattern": pattern}


def _notebook(rest: str) -> dict[str, Any]:
    path, cell, text = rest.split(" ", 2)
    return {"notebook_path": path, "cell_id": cell, "new_source": _text(text)}


TOOLS: dict[str, tuple[str, Callable[[str], dict[str, Any]]]] = {
    "READ": ("Read", lambda rest: {"file_path": rest}),
    "WRITE": ("Write", _write),
    "EDIT": ("Edit", _edit),
    "BASH": ("Bash", lambda rest: {"command": rest.replace("\\n", "\n"), "description": "scripted"}),
    "GREP": ("Grep", _grep),
    "NOTEBOOK": ("NotebookEdit", _notebook),
    "AGENT": (
        "Agent",
        lambda rest: {"description": "scripted", "prompt": _text(rest), "subagent_type": "general-purpose"},
    ),
    "APART": (
        "Agent",
        lambda rest: {
            "description": "scripted",
            "prompt": _text(rest),
            "subagent_type": "general-purpose",
            "isolation": "worktree",
        },
    ),
}


class Model:
    """The stand-in, served from a thread until `close`. `requests` and `usages` (by message id) say what was asked and billed."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.usages: dict[str, dict[str, int]] = {}
        self.held = threading.Event()
        self._released = threading.Event()
        self._run = uuid.uuid4().hex[:12]
        self._ids = itertools.count()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        """Where the API is, for ANTHROPIC_BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def hold(self) -> None:
        """Let HOLD hold again after `release`; `held` is set as soon as one does."""
        self.held.clear()
        self._released.clear()

    def release(self) -> None:
        """Let every HOLD go, those still to come too."""
        self._released.set()

    def close(self) -> None:
        """Stop serving."""
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[Block], str]:
        """The message to send for a request: its head, its content blocks and why it stops."""
        self.requests.append(request)
        script, done = _script(request.get("messages", []))
        steps = [line for line in script if line.split(" ")[0] in {*TOOLS, "HOLD"}]
        if done < len(steps) and steps[done] == "HOLD":
            self.held.set()
            self._released.wait(240)
            steps, done = [], 0
        if done < len(steps):
            blocks, stop = [self._call(step) for step in steps[done].split(" && ")], "tool_use"
        else:
            said = [line.removeprefix("SAY ") for line in script if line.startswith("SAY ")]
            text = "\n".join(said) or "OK: " + " / ".join(script)[-200:]
            blocks, stop = [{"type": "text", "text": text}], "end_turn"
        size = len(json.dumps(request)) // 4
        usage = {
            "input_tokens": 50,
            "cache_creation_input_tokens": size // 3,
            "cache_read_input_tokens": size - size // 3,
            "output_tokens": 20 * len(blocks),
        }
        number = next(self._ids)
        identity = f"msg_{self._run}{number:08d}"
        self.usages[identity] = usage
        head: dict[str, Any] = {
            "id": identity,
            "type": "message",
            "role": "assistant",
            "model": request.get("model"),
            "content": [],
        }
        lifetimes = {"ephemeral_5m_input_tokens": size // 3, "ephemeral_1h_input_tokens": 0}
        usage_row = {**usage, "cache_creation": lifetimes}
        return {**head, "stop_reason": None, "stop_sequence": None, "usage": usage_row}, blocks, stop

    def _call(self, step: str) -> Block:
        word, _, rest = step.partition(" ")
        name, arguments = TOOLS[word]
        identity = f"toolu_{self._run}{next(self._ids):08d}"
        return {"type": "tool_use", "id": identity, "name": name, "input": arguments(rest)}


class Reader(Model):
    """A model that does what the built-in prompt asks for: it reads each file that is named on a line of its own.

    To a question that is among `known` it says what is known.
    """

    known: Mapping[str, str] = {}  # what is said, by a part of the question

    def answer(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[Block], str]:
        scripted = json.loads(json.dumps(request))
        for message in scripted.get("messages", []):
            if isinstance(message["content"], str):
                message["content"] = [{"type": "text", "text": message["content"]}]
            for block in message["content"]:
                if "Read these files again" in block.get("text", ""):
                    named = [line for line in block["text"].splitlines() if line.startswith("/")]
                    block["text"] = "\n".join(f"READ {path}" for path in named)
                for question, said in self.known.items():
                    if question in block.get("text", ""):
                        block["text"] = "\n".join(f"SAY {line}" for line in said.splitlines())
        answer = super().answer(scripted)
        self.requests[-1] = request
        return answer


def _script(messages: list[dict[str, Any]]) -> tuple[list[str], int]:
    """The lines of the newest human prompt, and how many assistant turns followed it."""
    script: list[str] = []
    done = 0
    for message in messages:
        content = message.get("content") or []
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        texts = [block["text"] for block in blocks if block.get("type") == "text"]
        human = [text for text in texts if text.strip() and not text.lstrip().startswith("<")]
        if message.get("role") == "assistant":
            done += 1
        elif message.get("role") == "user" and human:
            script, done = "\n".join(human).splitlines(), 0
    return script, done


def _events(head: dict[str, Any], blocks: list[Block], stop: str) -> Iterator[tuple[str, dict[str, Any]]]:
    usage = head["usage"]
    yield "message_start", {"message": {**head, "usage": {**usage, "output_tokens": 1}}}
    for index, block in enumerate(blocks):
        if block["type"] == "text":
            start, delta = {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            start = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield "content_block_start", {"index": index, "content_block": start}
        yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
    final = {"output_tokens": usage["output_tokens"]}
    yield "message_delta", {"delta": {"stop_reason": stop, "stop_sequence": None}, "usage": final}
    yield "message_stop", {}


def _handler(model: Model) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing: the tests' output is for the tests."""

        def do_GET(self) -> None:
            self._send(404, "application/json", b"{}")

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            if "count_tokens" in self.path:
                return self._send(200, "application/json", b'{"input_tokens": 100}')
            head, blocks, stop = model.answer(request)
            if not request.get("stream"):
                whole = {**head, "content": blocks, "stop_reason": stop}
                return self._send(200, "application/json", json.dumps(whole).encode())
            stream = "".join(
                f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n"
                for kind, data in _events(head, blocks, stop)
            )
            return self._send(200, "text/event-stream", stream.encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("request-id", f"req_{uuid.uuid4().hex}")
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
