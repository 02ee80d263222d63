"""Who looks on while the work goes on: servers with an editor each, and command lines; and what git itself says."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from bench import gitway

from tests.conftest import Checkout
from tests.lsp.client import FULL, Editor, Json
from tests.patient import ARGV
from tests.soak.agreement import Overlap, ShownWarning


class Observer:
    """An editor of the real server in one worktree, and what it shows."""

    def __init__(self, checkout: Checkout, env: Mapping[str, str]) -> None:
        self.checkout = checkout
        # Not forked from a process that has loaded its modules: that one would still be there when none may be left.
        self.editor = Editor.start(checkout.path, env=env, program=ARGV)
        self.editor.answers["workspace/configuration"] = lambda _: [None]
        self.editor.answers["client/registerCapability"] = lambda _: None
        self.editor.initialize(checkout.path, capabilities=FULL, options={"overlaps": {"delay": 0}})
        self.open: dict[str, str] = {}  # URI -> text, of the open documents
        self._shown: dict[str, list[Json]] = {}
        self._read = 0

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self.editor.process is not None
        return self.editor.process.pid

    def open_file(self, path: Path) -> None:
        """Open a file with what is on disk."""
        text = path.read_bytes().decode()
        self.open[self.editor.open(path, text)] = text

    def type(self, uri: str, text: str) -> None:
        """Replace a document's text, unsaved."""
        self.editor.change(uri, {"text": text})
        self.open[uri] = text

    def close_file(self, uri: str) -> None:
        """Close a document."""
        self.editor.close(uri)
        del self.open[uri]

    def follow_disk(self) -> None:
        """As an editor does at rest: what is open has the text that is on disk, and what is gone is closed."""
        for uri, text in list(self.open.items()):
            path = path_of(uri)
            if not path.is_file():
                self.close_file(uri)
            elif (now := path.read_bytes().decode()) != text:
                self.type(uri, now)

    def shown(self) -> set[ShownWarning]:
        """What the editor shows for its worktree now."""
        messages = self.editor.messages
        while self._read < len(messages):
            message, self._read = messages[self._read], self._read + 1
            if message.get("method") == "textDocument/publishDiagnostics":
                self._shown[message["params"]["uri"]] = message["params"]["diagnostics"]
        top = self.checkout.path
        return {
            _warning(str(path.relative_to(top)), diagnostic)
            for uri, diagnostics in self._shown.items()
            if (path := path_of(uri)).is_relative_to(top)
            for diagnostic in diagnostics
        }

    def details(self, path: str) -> list[str]:
        """Whether a file is open here, and all that is shown for it."""
        file = self.checkout.path / path
        state = "open" if any(path_of(uri) == file for uri in self.open) else "closed"
        shown = (diagnostic for uri, part in self._shown.items() if path_of(uri) == file for diagnostic in part)
        return [f"{path} is {state}, and this is shown:", *map(json.dumps, shown)]

    def leave(self) -> int:
        """Say goodbye; the exit status."""
        return self.editor.leave()


def path_of(uri: str) -> Path:
    return Path(unquote(uri.removeprefix("file://")))


def _warning(path: str, diagnostic: Json) -> ShownWarning:
    start, end = (diagnostic["range"][name]["line"] for name in ("start", "end"))
    return ShownWarning(path, diagnostic["code"], start, end, frozenset(diagnostic["data"]["others"]))


def command_line(checkout: Checkout, env: Mapping[str, str], *words: str) -> "subprocess.Popen[bytes]":
    """A command line that has just been started."""
    argv = [sys.executable, "-m", "forksight", "-C", str(checkout.path), *words, "--json"]
    return subprocess.Popen(argv, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def fresh_overlaps(checkout: Checkout, env: Mapping[str, str]) -> set[Overlap]:
    """What a new process says of a worktree."""
    overlaps = set()
    for overlap in fresh_document(checkout, env)["overlaps"]:
        path = checkout.path / overlap["path"]
        last = max(len(path.read_bytes().decode().splitlines()) - 1, 0) if path.is_file() else 0
        # At its end the last line stands.
        line = min(overlap["lines"][0], last)
        overlaps.add(Overlap(overlap["path"], overlap["kind"], line, overlap["other"]["worktree"]))
    return overlaps


def fresh_document(checkout: Checkout, env: Mapping[str, str]) -> Json:
    """The same, in full."""
    return _answer(command_line(checkout, env, "overlaps"))


def fresh_matrix(checkout: Checkout, env: Mapping[str, str]) -> dict[frozenset[str], frozenset[str]]:
    """Which files each pair of worktrees (by path) conflicts on, by a new process."""
    document = _answer(command_line(checkout, env, "matrix"))
    paths = [worktree["path"] for worktree in document["worktrees"]]
    return {
        frozenset((paths[pair["a"]], paths[pair["b"]])): frozenset(file["path"] for file in pair["files"])
        for pair in document["pairs"]
    }


def git_matrix(main: Checkout, checkouts: list[Checkout]) -> set[frozenset[str]]:
    """Which pairs of worktrees git's own merge stops at."""
    answer = gitway.matrix(main.path, [checkout.path for checkout in checkouts])
    return {frozenset((str(checkouts[a].path), str(checkouts[b].path))) for a, b in answer}


def _answer(process: "subprocess.Popen[bytes]") -> Json:
    out, err = process.communicate(timeout=120)
    if process.returncode not in (0, 1):
        raise AssertionError(f"{process.args!r}: {err.decode(errors='replace')}")
    document: Json = json.loads(out)
    return document
