"""Fixtures of a repository with forks, for every test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.cleanup.forks_repo import OLD, ForksRepo
from tests.forks.sessions_repo import SessionsRepo
from tests.lsp.client import BARE, Editor, Json
from tests.lsp.person import Person


@pytest.fixture
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of this test alone: `kill_points` looks through all of it, again and again."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture
def forks_repo(sessions_repo: SessionsRepo) -> ForksRepo:
    """A repository with a session to fork."""
    parent = sessions_repo.session(age=10 * OLD)
    return ForksRepo(sessions_repo.repo, sessions_repo.config, sessions_repo.env, parent=parent)


class Opened(Protocol):
    """Starts an editor in the main checkout; a person answers its questions."""

    def __call__(self, person: Person | None = None, capabilities: Json = BARE) -> Editor: ...


@pytest.fixture
def opened(forks_repo: ForksRepo) -> Iterator[Opened]:
    """Starts editors, and leaves no server behind."""
    started: list[Editor] = []

    def start(person: Person | None = None, capabilities: Json = BARE) -> Editor:
        editor = Editor.start(forks_repo.repo.path, env=forks_repo.env).answer_as_usual()
        started.append(editor)
        if person is not None:
            editor.answers["window/showMessageRequest"] = person
        editor.initialize(forks_repo.repo.path, capabilities=capabilities)
        return editor

    yield start
    for editor in started:
        editor.kill()
