"""Locks that a killed git left in a repository, for every test."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import pytest

from forksight.adapters.git import process
from tests.conftest import Checkout


class Locked(Protocol):
    """Has locks at these paths below `.git` for a while. Nobody but the test removes them."""

    def __call__(self, *names: str) -> AbstractContextManager[None]: ...


@pytest.fixture
def locked(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> Locked:
    """Locks for which neither git nor Forksight waits."""
    for name in ("packedRefsTimeout", "filesRefLockTimeout"):
        repo.git("config", f"core.{name}", "0")
    monkeypatch.setattr(process, "_PAUSES", ())

    @contextmanager
    def lock(*names: str) -> Iterator[None]:
        locks = [repo.path / ".git" / name for name in names]
        for path in locks:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(exist_ok=False)
        try:
            yield
            assert all(path.exists() for path in locks)
        finally:
            for path in locks:
                path.unlink(missing_ok=True)

    return lock
