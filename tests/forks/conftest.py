"""Real repositories for the tests of forks, in a home of their own."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.claude.conftest import claude, model  # noqa: F401 - fixtures, by their names


@dataclass(frozen=True)
class Repo:
    """A repository with one commit on `main`."""

    path: Path

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        """What git prints. Raises CalledProcessError."""
        done = subprocess.run(["git", *arguments], cwd=cwd or self.path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        """Make a file."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def commit(self, name: str, text: str) -> str:
        """Make a file and commit it; the commit."""
        self.write(name, text)
        self.git("add", "-A")
        self.git("commit", "-qm", f"Add {name}")
        return self.git("rev-parse", "HEAD")

    @property
    def common_dir(self) -> str:
        """The git common dir."""
        return str(self.path / ".git")

    def trace(self) -> tuple[str, str, set[str]]:
        """All that making a fork could leave behind: refs and branches' config, worktrees, files and folders."""
        inside = {path for path in self.path.rglob("*") if ".git" not in path.relative_to(self.path).parts[:1]}
        inside |= set((self.path / ".git" / "worktrees").glob("*"))
        listed = self.git("worktree", "list", "--porcelain")
        return (
            self.git("for-each-ref") + self.git("config", "--list", "--local"),
            listed,
            {str(path) for path in inside},
        )


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    home = tmp_path / "person"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "ada@example.org")
    for name in ("TMUX", "CLAUDE_CONFIG_DIR", "FORKSIGHT_CLAUDE"):
        monkeypatch.delenv(name, raising=False)
    yield


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "shop")
    made.path.mkdir()
    made.git("init", "-q", "-b", "main")
    made.commit("app.py", "print('hello')\n")
    return made
