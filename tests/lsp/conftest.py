"""What the tests of the server share: an editor in the small repository, with a conflict."""

from collections.abc import Iterator

import pytest

from forksight.core.ports.system import Watcher
from tests.conftest import Checkout
from tests.lsp.client import Editor
from tests.lsp.fixtures import NUMBERS, Start


def edited(line: int, text: str) -> str:
    """The numbered lines with another text in place of one (1-based)."""
    return NUMBERS.replace(f"line {line}\n", text)


MINE = edited(5, "mine\n")


@pytest.fixture
def editor(start: Start, shop: Checkout, pay: Checkout) -> Editor:
    """An editor in the main checkout that says what it can do, without delay; `pay` is there already."""
    editor = start(shop.path).answer_as_usual()
    editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
    return editor


@pytest.fixture
def mine(editor: Editor, shop: Checkout) -> str:
    """The URI of `pay.py`, open with an edit that conflicts with `pay`."""
    uri = editor.open(shop.path / "pay.py", MINE)
    editor.diagnostics(uri)
    return uri


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    """Inotify with few watches."""
    from forksight.adapters.system.watching.inotify import InotifyWatcher

    made = InotifyWatcher(capacity=20)
    yield made
    made.close()
