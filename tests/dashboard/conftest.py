"""A repository with sessions at work, and the dashboard in a real terminal (tmux)."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from tests.claude.rig import Terminal
from tests.conftest import Checkout, put
from tests.sessions import handmade
from tests.sessions.handmade import HandmadeTranscript, session_id

PAY, SEARCH = map(session_id, ("pay", "search"))


@dataclass
class BusyRepo:
    """A repository with two worktrees that conflict with each other on `app.py`, and a session in each."""

    repo: Checkout
    pay: Checkout
    search: Checkout
    config: Path
    processes: list["subprocess.Popen[bytes]"]

    def run(self, session: str, worktree: Checkout, status: str, **more: str) -> "subprocess.Popen[bytes]":
        """A process that stands for Claude Code: it runs until the test is over, and says what it does."""
        process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        self.processes.append(process)
        self.note(process.pid, session, worktree, status, **more)
        return process

    def note(self, pid: int, session: str, worktree: Checkout, status: str, **more: str) -> None:
        """Write what a running Claude Code writes of itself."""
        started = psutil.Process(pid).create_time()
        ticks = round((started - psutil.boot_time()) * os.sysconf("SC_CLK_TCK"))
        state = {
            "pid": pid,
            "sessionId": session,
            "cwd": str(worktree.path),
            "startedAt": int(started * 1000),
            "procStart": str(ticks),
            "kind": "interactive",
            "status": status,
            **more,
        }
        put(self.config / "sessions" / f"{pid}.json", json.dumps(state))

    def add(self, name: str, title: str, changes: Mapping[str, str] | None = None) -> Checkout:
        """One more worktree, on `feature/<name>`, with these uncommitted files and the session of that name."""
        worktree = self.repo.worktree(name, f"feature/{name}").write(changes or {})
        transcript = HandmadeTranscript(session_id(name), str(worktree.path), f"feature/{name}")
        transcript.says(f"{name} 1", "work").answers(f"{name} 2", usage=(1000, 200, 3000, 0))
        transcript.notes("custom-title", customTitle=title).write(self.config / "projects")
        return worktree

    def __enter__(self) -> "BusyRepo":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()


@pytest.fixture
def busy_repo(repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BusyRepo]:
    """`feature/pay` has a commit, `feature/search` an uncommitted change of the same line."""
    config = tmp_path / "claude"
    (config / "sessions").mkdir(parents=True)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(config))
    for name in ("CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.delenv("NO_COLOR", raising=False)
    lately = datetime.now(UTC) - timedelta(minutes=2)
    monkeypatch.setattr(handmade, "START", lately)
    text = (repo.path / "app.py").read_text()
    busy_repo = BusyRepo(repo, Checkout(repo.path.parent / "pay"), Checkout(repo.path.parent / "search"), config, [])
    busy_repo.add("pay", "take payments").commit({"app.py": text.replace("line 5", "five of pay")})
    busy_repo.add("search", "search the shelves", {"app.py": text.replace("line 5", "five of search")})
    with busy_repo:
        yield busy_repo


class Watch(Protocol):
    """Starts the dashboard in a terminal of so many columns and lines."""

    def __call__(self, columns: int = 80, lines: int = 24, **env: str) -> AbstractContextManager[Terminal]: ...


@pytest.fixture
def dashboard(busy_repo: BusyRepo) -> Watch:
    """Starts dashboards."""
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    return partial(_watched, busy_repo)


@contextmanager
def _watched(busy_repo: BusyRepo, columns: int = 80, lines: int = 24, **env: str) -> Iterator[Terminal]:
    terminal = Terminal(f"forksight-{uuid.uuid4().hex[:8]}", {**os.environ, "LANG": "C.UTF-8", **env})
    shell = ("env", "PS1=prompt> ", "sh", "-i")
    try:
        terminal.tmux(
            "new-session", "-d", "-x", str(columns), "-y", str(lines), "-c", str(busy_repo.repo.path), "--", *shell
        )
        terminal.wait("prompt>")
        terminal.type(f"{sys.executable} -m forksight tree --watch; echo status $?")
        yield terminal
    finally:
        terminal.end()
