"""A language client for `forksight server` over standard input and output.

It reads on the calling thread, so that times do not include the scheduling of a second thread.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

Message = dict[str, Any]
_PATIENCE = 60.0  # seconds to wait for an answer

CAPABILITIES: Mapping[str, Any] = {  # those of an editor's that matter for overlaps
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {"publishDiagnostics": {"relatedInformation": True, "versionSupport": True}},
    "workspace": {"workspaceFolders": True},
}


def server_command() -> list[str]:
    """The command that an editor would start: the console script beside this Python."""
    return [str(Path(sys.executable).with_name("forksight")), "server", "--stdio"]


class Client:
    """A client and its own server, which ends with the `with` block."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Any] | None = None,
        *,
        cwd: Path | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        self.folder = folder
        self._settings = settings or {"overlaps": {"delay": 0}}
        self._buffer = bytearray()
        self._ids = 0
        self._versions: dict[str, int] = {}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            command or server_command(), cwd=cwd or folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )

    def __enter__(self) -> "Client":
        self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": self.folder.as_uri(),
                "workspaceFolders": [{"uri": self.folder.as_uri(), "name": self.folder.name}],
                "capabilities": CAPABILITIES,
                "initializationOptions": self._settings,
            },
        )
        self.notify("initialized", {})
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self.request("shutdown", None)
                self.notify("exit", None)
                self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()

    # ------------------------------------------------------------------------------------------ messages

    def notify(self, method: str, params: object) -> None:
        """Send a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: object) -> Any:
        """Send a request, and wait for its result. Raises RuntimeError for an error response, TimeoutError without a response."""
        self._ids += 1
        number = self._ids
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        answer, _ = self.until(lambda message: message.get("id") == number and "method" not in message)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer.get("result")

    def until(self, wanted: Callable[[Message], bool], patience: float = _PATIENCE) -> tuple[Message, float]:
        """The next message for which `wanted` is true, and when it arrived (`perf_counter`).

        Raises TimeoutError after `patience` seconds, RuntimeError if the server ends.
        """
        deadline = time.perf_counter() + patience
        while True:
            body = self._receive(deadline)
            arrived = time.perf_counter()
            message = json.loads(body)
            if "method" in message and "id" in message:  # a request of the server's: this client has nothing to answer
                self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
            if wanted(message):
                return message, arrived

    def _send(self, message: Message) -> None:
        assert self.process.stdin
        body = json.dumps(message).encode()
        data = memoryview(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        while data:
            data = data[self.process.stdin.write(data) :]

    def _receive(self, deadline: float) -> bytes:
        while b"\r\n\r\n" not in self._buffer:
            self._fill(deadline)
        head, _, _ = self._buffer.partition(b"\r\n\r\n")
        size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        end = len(head) + 4 + size
        while len(self._buffer) < end:
            self._fill(deadline)
        body = bytes(self._buffer[len(head) + 4 : end])
        del self._buffer[:end]
        return body

    def _fill(self, deadline: float) -> None:
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.perf_counter()))
        if not ready:
            raise TimeoutError("the server sent no such message in time")
        data = os.read(self.process.stdout.fileno(), 1 << 20)
        if not data:
            raise RuntimeError(f"the server ended (exit status {self.process.wait()})")
        self._buffer += data

    # ------------------------------------------------------------------------------------------ documents

    def open(self, path: Path, text: str) -> None:
        """Open a document."""
        self._versions[path.as_uri()] = 1
        item = {"uri": path.as_uri(), "languageId": "plaintext", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, path: Path, changes: Sequence[Message]) -> int:
        """Change a document; returns its new version."""
        uri = path.as_uri()
        self._versions[uri] += 1
        document = {"uri": uri, "version": self._versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})
        return self._versions[uri]

    def diagnostics(
        self, path: Path, version: int | None = None, wanted: Callable[[Sequence[Message]], bool] = lambda _: True
    ) -> tuple[list[Message], float]:
        """The next diagnostics of a document, and when they arrived: of this version if given, and for which `wanted` is true."""

        def ours(message: Message) -> bool:
            params = message.get("params") or {}
            return (
                message.get("method") == "textDocument/publishDiagnostics"
                and params["uri"] == path.as_uri()
                and version in (None, params.get("version"))
                and wanted(params["diagnostics"])
            )

        message, arrived = self.until(ours)
        return message["params"]["diagnostics"], arrived
