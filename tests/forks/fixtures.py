"""Fixtures of a repository with sessions, for every test."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo


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
