"""Fixtures of editors on the real server, and of the small repository that most stories play in, for every test."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import Checkout
from tests.lsp.client import Editor

NUMBERS = "".join(f"line {number}\n" for number in range(1, 21))


class Start(Protocol):
    """Starts an editor and its server in a folder."""

    def __call__(
        self, cwd: Path, *, env: Mapping[str, str] | None = None, program: Sequence[str] | None = None
    ) -> Editor: ...


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts editors, and leaves no server behind."""
    started: list[Editor] = []

    def begin(cwd: Path, *, env: Mapping[str, str] | None = None, program: Sequence[str] | None = None) -> Editor:
        editor = Editor.start(cwd, env=env, program=program)
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
