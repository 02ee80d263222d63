"""A document that is being prepared while its repository changes is prepared anew."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from forksight.app.workbench import Forksight
from forksight.core.overlaps.check import FilePlan
from forksight.features.overlaps.engine import OverlapEngine
from forksight.lsp.assembly import create_server
from forksight.lsp.handlers.lifecycle import apply_settings
from forksight.lsp.server import ForksightServer
from tests.conftest import Checkout
from tests.lsp.fixtures import NUMBERS
from tests.waiting import wait_for


class Client:
    """What a server sends: the number of diagnostics by URI, the last ones sent of each."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def write(self, data: bytes) -> None:
        """One message."""
        message: dict[str, Any] = json.loads(data.partition(b"\r\n\r\n")[2])
        if message.get("method") == types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS:
            self.counts[message["params"]["uri"]] = len(message["params"]["diagnostics"])

    def close(self) -> None:
        """Nothing follows."""


@pytest.fixture
def served(shop: Checkout) -> Iterator[tuple[ForksightServer, Client]]:
    """A server in this process, and its client, which may be talked to; `cart.py` is open."""
    server, client = create_server(Forksight()), Client()
    server.protocol.set_writer(client)
    apply_settings(server, {})
    server.ready.set()
    opened(server, shop.path / "cart.py")
    wait_for("the repository to be followed", lambda: all(not each.follower.unseen() for each in server.projects))
    wait_for("the first document", lambda: (shop.path / "cart.py").as_uri() in client.counts)
    yield server, client
    server.close()


def opened(server: ForksightServer, path: Path) -> str:
    """Open a document as it is on disk; its URI."""
    uri = path.as_uri()
    server.open_documents.open(types.TextDocumentItem(uri, "plaintext", 1, path.read_text()))
    server.overlaps.opened(uri)
    return uri


class Held:
    """Whoever makes a plan has read what there is, and goes on once `go` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made, self.go = threading.Event(), threading.Event()
        make = OverlapEngine.file_plan

        def slowly(engine: OverlapEngine, worktree: str, path: str, unsaved: Callable[[], bytes | None]) -> FilePlan:
            plan = make(engine, worktree, path, unsaved)
            self.made.set()
            assert self.go.wait(60)
            return plan

        monkeypatch.setattr(OverlapEngine, "file_plan", slowly)


def test_by_the_state_that_a_scan_found_meanwhile(
    shop: Checkout, pay: Checkout, served: tuple[ForksightServer, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = served
    (project,) = server.projects
    held = Held(monkeypatch)
    shop.write({"pay.py": NUMBERS.replace("line 15\n", "line fifteen, as main has it\n")})
    uri = opened(server, shop.path / "pay.py")
    assert held.made.wait(60)
    pay.write({"pay.py": NUMBERS.replace("line 15\n", "line fifteen, as pay has it\n")})
    rechecked = threading.Event()
    server.after_refresh.append(lambda _: rechecked.set())
    project.follower.look(str(pay.path))
    wait_for("the scan", lambda: "pay.py" in project.engine.changes(str(pay.path)) and not project.follower.unseen())
    assert rechecked.wait(60)
    held.go.set()
    wait_for("the overlap", lambda: client.counts.get(uri) == 1)


def test_a_repository_that_goes_meanwhile(
    shop: Checkout, served: tuple[ForksightServer, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = served
    held = Held(monkeypatch)
    uri = opened(server, shop.path / "pay.py")
    assert held.made.wait(60)
    shutil.rmtree(shop.path / ".git")
    wait_for("the repository to be gone", lambda: not list(server.projects))
    held.go.set()
    assert server.overlaps.fresh(uri).result(60) is None
