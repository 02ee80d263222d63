"""Fixtures that run the real Claude Code. Without it the tests are skipped, except in CI, where that is a failure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.claude.billed_sessions import BilledSessions
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


@pytest.fixture(scope="session", params=["claude", "claude-old"])
def family(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, model: Model) -> BilledSessions:
    """A base that goes on after it was forked, a fork of the fork, a sibling, and a fork made after a compaction."""
    folder = tmp_path_factory.mktemp("family").resolve()
    family = BilledSessions.begin(install(request.param, folder / "home", model), folder)
    claude, here = family.claude, family.repo.path
    there = family.repo.worktree("topic")
    work = "READ a.txt && READ b.txt\nEDIT a.txt one=>uno\nBASH false"
    base = family.record("base", lambda: claude.start(here, work, "--name", "base"))
    fork = family.record("fork", lambda: claude.fork(there.path, base, "READ b.txt", "--name", "first fork"))
    family.record("fork of fork", lambda: claude.fork(there.path, fork, "hello"))
    family.go_on("base", "go on\nAGENT READ a.txt")
    family.record("sibling", lambda: claude.fork(here, base, "BASH exit 3"))
    family.go_on("base", "/compact")
    family.go_on("base", "after the compaction")
    family.record("late", lambda: claude.fork(here, base, "late"))
    return family
