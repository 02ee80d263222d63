"""A git that is newer than the system's own (`scripts/rigs/git.sh`)."""

import os
from collections.abc import Callable, Iterator

import pytest

from forksight.adapters.git import process
from tests.rigs import RIGS, missing


@pytest.fixture
def newer_git(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Puts the newer git first on PATH: for what runs here, and for hosts."""
    if not (RIGS / "git/bin/git").exists():
        missing("a newer git", "git.sh")

    def use() -> None:
        monkeypatch.setenv("PATH", f"{RIGS}/git/bin{os.pathsep}{os.environ['PATH']}")
        process.version.cache_clear()

    yield use
    process.version.cache_clear()
