"""Fixtures of a repository with sessions, for every test."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo
from tests.lsp.client import FULL, Editor, Json

OURS: Json = {**FULL, "experimental": {"forksight": {"openTerminal": True}}}


class SessionsEditor(Protocol):
    """Starts an editor in the main checkout; `options` are sections of the settings."""

    def __call__(self, capabilities: Json = OURS, **options: Json) -> Editor: ...


@pytest.fixture
def sessions_repo(repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionsRepo:
    """A repository and Claude Code's folder; claude is a program that does nothing."""
    config = tmp_path / "claude"
    config.mkdir()
    env = {"CLAUDE_CONFIG_DIR": str(config), "FORKSIGHT_CLAUDE": shutil.which("true") or "true"}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return SessionsRepo(repo, config, env)


@pytest.fixture
def baseline_id(sessions_repo: SessionsRepo) -> str:
    """The session that is the baseline `payments`."""
    session = sessions_repo.session()
    sessions_repo.mark(session)
    return session


@pytest.fixture
def sessions_editor(sessions_repo: SessionsRepo) -> Iterator[SessionsEditor]:
    """Starts editors that open what they are asked to, and leaves no server behind."""
    started: list[Editor] = []

    def begin(capabilities: Json = OURS, **options: Json) -> Editor:
        editor = Editor.start(sessions_repo.repo.path).answer_as_usual()
        started.append(editor)
        editor.answers["forksight/openTerminal"] = lambda _: {"opened": True}
        editor.initialize(
            sessions_repo.repo.path, capabilities=capabilities, options={"overlaps": {"delay": 0}, **options}
        )
        return editor

    yield begin
    for editor in started:
        editor.kill()
