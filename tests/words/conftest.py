"""What the tests of words share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lsp.client import Editor
from tests.words.hostile import Hostile, make


@pytest.fixture
def start() -> Iterator[Callable[[Path], Editor]]:
    """Starts editors, and leaves no server behind."""
    started: list[Editor] = []

    def begin(cwd: Path) -> Editor:
        started.append(Editor.start(cwd))
        return started[-1]

    yield begin
    for editor in started:
        editor.kill()


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hostile:
    """The repository of strange names."""
    return make(tmp_path, monkeypatch)
