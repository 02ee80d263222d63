"""Fixtures that run the real Claude Code. Without it the tests are skipped, except in CI, where that is a failure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.claude.model import Model
from tests.claude.rig import Claude, binary
from tests.rigs import missing


@pytest.fixture(scope="session")
def model() -> Iterator[Model]:
    """The scripted model, one for all tests of this process."""
    stand_in = Model()
    yield stand_in
    stand_in.close()


def require(path: Path | None) -> Path:
    """The binary of a rig; without it the test is skipped, except in CI, where that is a failure."""
    if path is None:
        missing("the real Claude Code", "claude.sh")
    return path


def install(name: str, home: Path, model: Model) -> Claude:
    """A rig's Claude Code with a home of its own."""
    path = require(binary(name))
    home.mkdir(parents=True)
    model.hold()  # the test before may have released what it held
    return Claude(path, home, model)


@pytest.fixture
def claude(tmp_path: Path, model: Model) -> Claude:
    """The Claude Code that Forksight is developed against."""
    return install("claude", tmp_path / "home", model)


@pytest.fixture
def claude_old(tmp_path: Path, model: Model) -> Claude:
    """An older Claude Code, which writes `forkedFrom` and no `requestSessionId`."""
    return install("claude-old", tmp_path / "home-old", model)
