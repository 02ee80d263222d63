"""What the tests of forks share."""

from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo


def common_dir(repo: Checkout) -> str:
    """The git common dir of a main checkout."""
    return str(repo.path / ".git")


def trace(repo: Checkout) -> tuple[str, str, str, set[str]]:
    """All that making a fork could leave behind: refs and branches' config, worktrees, what is ignored, files and folders."""
    inside = {path for path in repo.path.rglob("*") if ".git" not in path.relative_to(repo.path).parts[:1]}
    inside |= set((repo.path / ".git" / "worktrees").glob("*"))
    refs = repo.git("for-each-ref") + repo.git("config", "--list", "--local")
    ignored = (repo.path / ".git" / "info" / "exclude").read_text()
    return refs, ignored, repo.git("worktree", "list", "--porcelain"), {str(path) for path in inside}


def write(repo: Checkout, name: str, text: str) -> Path:
    """Make a file; its path."""
    repo.write({name: text})
    return repo.path / name


@pytest.fixture
def furnished(sessions_repo: SessionsRepo, baseline_id: str) -> SessionsRepo:
    """A repository with a baseline, whose new worktrees get an ignored file; `SETTINGS` has the command that makes another."""
    sessions_repo.repo.commit({".gitignore": ".env\nmade\n", ".worktreeinclude": ".env\n"})
    write(sessions_repo.repo, ".env", "SECRET=1\n")
    (sessions_repo.repo.path / ".git" / "info" / "exclude").write_text("")
    return sessions_repo
