"""A small editor: speaks LSP to the real server, over pipes or TCP, and answers what it is asked."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from tests.patient import ARGV
from tests.preloaded import Process, can_run, start_on_pipes

Json = dict[str, Any]
PATIENCE = 120.0  # seconds; everything that is waited for takes far less

BARE: Json = {}
OLD: Json = {"textDocument": {"publishDiagnostics": {}, "codeAction": {}}}  # says that it knows neither's later parts
FULL: Json = {
    "workspace": {
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "workspaceFolders": True,
        "applyEdit": True,
        "workspaceEdit": {"documentChanges": True},
    },
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True, "dataSupport": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}}},
    },
    "window": {"showDocument": {"support": True}, "workDoneProgress": True},
}


class RefusedError(Exception):
    """The server answered a request with an error."""

    def __init__(self, error: Json) -> None:
        super().__init__(error["message"])
        self.error = error


LATER = object()  # what an answer returns if the test itself will send it


class Editor:
    """One client. `answers` maps a method of the server's requests to a function; what is missing is refused, as Helix does."""

    def __init__(
        self, source: IO[bytes], sink: IO[bytes], process: "subprocess.Popen[bytes] | Process | None" = None
    ) -> None:
        self.process = process
        self.answers: dict[str, Callable[[Any], Any]] = {}
        self.messages: list[Json] = []
        self._source, self._sink = source, sink
        self._news = threading.Condition()
        self._sending = threading.Lock()
        self._gone = False
        self._requests = 0
        self._versions: dict[str, int] = {}
        threading.Thread(target=self._read, daemon=True).start()

    # ------------------------------------------------------------------------------------------ starting and ending

    @classmethod
    def start(
        cls, cwd: Path, *, env: Mapping[str, str] | None = None, program: Sequence[str] | None = None
    ) -> "Editor":
        """A new server on pipes: a patient one, or that of a program."""
        environment = {**os.environ, **(env or {})}
        process: subprocess.Popen[bytes] | Process
        if program is None and can_run(environment):
            process = start_on_pipes("tests.patient", "server", cwd=cwd, env=environment)
        else:
            argv = [*(program or ARGV), "server"]
            process = subprocess.Popen(argv, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        assert process.stdin is not None
        assert process.stdout is not None
        return cls(process.stdout, process.stdin, process)

    @classmethod
    def connect(cls, port: int) -> "Editor":
        """A running server on this machine."""
        connection = socket.create_connection(("127.0.0.1", port))
        return cls(connection.makefile("rb"), connection.makefile("wb"))

    def answer_as_usual(self) -> "Editor":
        """Answer as most editors do that are not asked anything of the person; itself."""
        self.answers["workspace/configuration"] = lambda _: [None]
        for method in ("client/registerCapability", "window/workDoneProgress/create"):
            self.answers[method] = lambda _: None
        self.answers["window/showDocument"] = lambda _: {"success": True}
        return self

    def initialize(
        self,
        *folders: Path,
        capabilities: Json = FULL,
        options: object = None,
        process: int | None = None,
        encodings: list[str] | None = None,
    ) -> Json:
        """Say hello, with these workspace folders; the server's capabilities."""
        if encodings:
            capabilities = {**capabilities, "general": {"positionEncodings": encodings}}
        named = [{"uri": uri_of(folder), "name": folder.name} for folder in folders]
        params = {
            "processId": process,
            "rootUri": uri_of(folders[0]) if folders else None,
            "workspaceFolders": named or None,
            "capabilities": capabilities,
            "initializationOptions": options,
        }
        understood: Json = self.request("initialize", params)["capabilities"]
        self.notify("initialized", {})
        return understood

    def leave(self) -> int:
        """Say goodbye; the server's exit status."""
        self.request("shutdown")
        self.notify("exit")
        assert self.process is not None
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Whatever happened, leave no server behind."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        for stream in (self._sink, self._source):
            with suppress(OSError):
                stream.close()

    # ------------------------------------------------------------------------------------------ messages

    def send(self, message: Json) -> None:
        self.send_body(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def send_body(self, body: bytes) -> None:
        with self._sending:
            self._sink.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self._sink.flush()

    def notify(self, method: str, params: object = None) -> None:
        self.send({"method": method, "params": params})

    def request(self, method: str, params: object = None) -> Any:
        return self.answer_to(self.begin(method, params), method)

    def begin(self, method: str, params: object = None) -> int:
        """Send a request; its number, for `answer_to`."""
        self._requests += 1
        self.send({"id": self._requests, "method": method, "params": params})
        return self._requests

    def answer_to(self, number: int, what: str = "the answer") -> Any:
        """What the server answers to a request."""
        answer = self.wait(lambda message: message.get("id") == number and "method" not in message, what=what)
        if "error" in answer:
            raise RefusedError(answer["error"])
        return answer["result"]

    def wait(self, wanted: Callable[[Json], bool], *, since: int = 0, what: str = "a message") -> Json:
        """The first message from number `since` on that is wanted, now or later."""
        match: Json | None = None

        def look() -> bool:
            nonlocal match
            match = next((message for message in self.messages[since:] if wanted(message)), None)
            return match is not None or self._gone

        with self._news:
            self._news.wait_for(look, PATIENCE)
        if match is None:
            tail = "\n".join(str(message)[:2000] for message in self.messages[-8:])
            raise AssertionError(f"{what} did not come; the last messages were\n{tail}")
        return match

    def mark(self) -> int:
        """The number that the next message will have."""
        return len(self.messages)

    def shown(self) -> list[str]:
        """Every message shown to the person."""
        methods = ("window/showMessage", "window/showMessageRequest")
        return [message["params"]["message"] for message in self.messages if message.get("method") in methods]

    # ------------------------------------------------------------------------------------------ documents

    def open(self, path: Path | str, text: str | None = None, version: int = 0) -> str:
        """Open a file (or a URI) with this text, or the one on disk; its URI."""
        uri = path if isinstance(path, str) else uri_of(path)
        if text is None:
            assert isinstance(path, Path)
            text = path.read_bytes().decode()
        self._versions[uri] = version
        item = {"uri": uri, "languageId": "plaintext", "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def change(self, uri: str, *changes: Json) -> int:
        """Change an open document; its new version."""
        self._versions[uri] += 1
        document = {"uri": uri, "version": self._versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})
        return self._versions[uri]

    def save(self, uri: str) -> None:
        self.notify("textDocument/didSave", {"textDocument": {"uri": uri}})

    def close(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def published(self, uri: str, since: int = 0) -> list[Json]:
        """Everything that was published for a document."""
        method = "textDocument/publishDiagnostics"
        published = [message["params"] for message in self.messages[since:] if message.get("method") == method]
        return [params for params in published if params["uri"] == uri]

    def diagnostics(
        self, uri: str, wanted: Callable[[list[Json]], bool] = bool, *, version: int | None = None, since: int = 0
    ) -> list[Json]:
        """The diagnostics of a document once they are what is wanted (and of this version)."""

        def matches(message: Json) -> bool:
            if message.get("method") != "textDocument/publishDiagnostics":
                return False
            params = message["params"]
            if params["uri"] != uri or (version is not None and params.get("version") != version):
                return False
            return wanted(params["diagnostics"])

        diagnostics: list[Json] = self.wait(matches, since=since, what=f"diagnostics of {uri}")["params"]["diagnostics"]
        return diagnostics

    # ------------------------------------------------------------------------------------------ reading

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            while (message := self._message()) is not None:
                if "id" in message and "method" in message:
                    self._answer(message)
                with self._news:
                    self.messages.append(message)
                    self._news.notify_all()
        with self._news:
            self._gone = True
            self._news.notify_all()

    def _message(self) -> Json | None:
        length = None
        while line := self._source.readline().strip():
            name, _, value = line.partition(b":")
            if name == b"Content-Length":
                length = int(value)
        if length is None:
            return None
        message: Json = json.loads(self._source.read(length))
        message["at"] = time.monotonic()
        return message

    def _answer(self, message: Json) -> None:
        answer = self.answers.get(message["method"])
        if answer is None:
            self.send({"id": message["id"], "error": {"code": -32601, "message": "not implemented"}})
        elif (result := answer(message["params"])) is not LATER:
            self.send({"id": message["id"], "result": result})


def uri_of(path: Path | str) -> str:
    """A path as a URI, the way VS Code writes it."""
    return "file://" + quote(os.fsencode(path), safe="/")


def at(line: int, start: int = 0, last: int | None = None, end: int = 0) -> Json:
    """A range: from a line's column to the same place, or to another line's."""
    stop = {"line": line, "character": start} if last is None else {"line": last, "character": end}
    return {"start": {"line": line, "character": start}, "end": stop}


def is_conflict(diagnostics: list[Json]) -> bool:
    """Whether they are one conflict; to be waited for where for a moment others may come (a worktree is made file by file)."""
    return [diagnostic["code"] for diagnostic in diagnostics] == ["conflict"]


def is_empty(diagnostics: list[Json]) -> bool:
    """Whether there are none; to be waited for (`bool` waits for some)."""
    return not diagnostics


def insert(line: int, column: int, text: str) -> Json:
    """A change that types a text."""
    return {"range": at(line, column), "text": text}


def lines_of(diagnostics: list[Json]) -> list[tuple[int, int, str]]:
    """(first line, last line, code) of each diagnostic."""
    return [
        (diagnostic["range"]["start"]["line"], diagnostic["range"]["end"]["line"], diagnostic["code"])
        for diagnostic in diagnostics
    ]


def applied(text: str, edit: Json, uri: str, version: int | None) -> str:
    """A document's text (of ASCII lines, or an edit between lines) after a workspace edit, by the words of the specification."""
    (change,) = edit["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": version}
    (text_edit,) = change["edits"]
    lines = text.split("\n")

    def offset(position: Json) -> int:
        line: int = position["line"]
        character: int = position["character"]
        if line >= len(lines):
            return len(text)
        return sum(len(earlier) + 1 for earlier in lines[:line]) + min(character, len(lines[line].rstrip("\r")))

    return (
        text[: offset(text_edit["range"]["start"])]
        + str(text_edit["newText"])
        + text[offset(text_edit["range"]["end"]) :]
    )
