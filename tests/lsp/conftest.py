"""Editors on the real server, and the small repository that most stories play in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forksight.core.ports.system import Watcher
from tests.conftest import Checkout
from tests.lsp.client import Editor

NUMBERS = "".join(f"line {number}\n" for number in range(1, 21))
Start = Callable[..., Editor]


def edited(line: int, text: str) -> str:
    """The numbered lines with another text in place of one (1-based)."""
    return NUMBERS.replace(f"line {line}\n", text)


MINE = edited(5, "mine\n")


@pytest.fixture
def start() -> Iterator[Callable[..., Editor]]:
    """Starts editors, and leaves no server behind."""
    started: list[Editor] = []

    def begin(cwd: Path, **options: object) -> Editor:
        editor = Editor.start(cwd, **options)  # type: ignore[arg-type]  # what Editor.start takes
        started.append(editor)
        return editor

    yield begin
    for editor in started:
        editor.kill()


@pytest.fixture
def shop(checkout: Checkout) -> Checkout:
    """A repository of `pay.py` (20 numbered lines) and `cart.py`, on `main`."""
    checkout.commit({"pay.py": NUMBERS, "cart.py": NUMBERS, "docs/notes.md": "# Notes\n"}, "base")
    return checkout


@pytest.fixture
def pay(shop: Checkout) -> Checkout:
    """Its worktree `feature-pay`, with an unsaved idea about line 5 of `pay.py`."""
    worktree = shop.worktree("feature-pay", "feature/pay")
    return worktree.write({"pay.py": NUMBERS.replace("line 5\n", "line five, as pay has it\n")})


@pytest.fixture
def editor(start: Callable[..., Editor], shop: Checkout, pay: Checkout) -> Editor:
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
