"""A repository in which titles, branches, folders and files are called what no terminal and no document may show raw."""

import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from forksight.core.words.terminal import can_be_shown
from tests.cleanup.forks_repo import OLD
from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo

MARKUP = "![x](https://evil.example/b.png) [y](command:evil) <b>z</b> https://evil.example #1 `id` |c| $(trash)"


HIDDEN = "\x1b[31m\x1b]0;owned\x07\x9b1m\u202e\u2066\u200f\u2028\x00\U000e0041"


TITLE = f"# a\nFORGED {MARKUP}{HIDDEN}"


NAME = "![x](evil.png)<b>\x1b[31m\x9b\u202e\u200f\n# FORGED"  # of a file or folder


BRANCH = "feature/\u202e\u200f\U000e0042$(trash)<b>!](evil)"


BASELINE = "![x](https:evil.example) <b>base</b>"


@dataclass
class Hostile:
    """A repository of strange names: two worktrees in conflict, a baseline, a fork, an abandoned one and an archive."""

    sessions_repo: SessionsRepo
    there: Checkout
    file: Path
    base: str
    fork: str
    old: str
    archived: str


def make(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Hostile:
    """Make it in a folder; for the rest of the test it is the place of Claude Code's files too."""
    root = Checkout(folder.resolve() / f"repo {NAME}")
    root.path.mkdir()
    root.git("init", "--quiet", "--initial-branch=main")
    text = "".join(f"line {number}\n" for number in range(1, 10))
    root.commit({NAME: text, "CLAUDE.md": "rules\n", "gone.py": "def used():\n    pass\n", "app.py": "x\n"})
    config = folder / "claude"
    (config / "projects").mkdir(parents=True)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(config))
    monkeypatch.setenv("FORKSIGHT_CLAUDE", _claude(folder))
    sessions_repo = SessionsRepo(root, config)
    base = sessions_repo.session(TITLE)
    sessions_repo.mark(base, BASELINE)
    there = root.worktree(f"there {NAME}", BRANCH)
    fork, old, archived = (str(uuid.uuid4()) for _ in range(3))
    sessions_repo.fork_of(base, fork, str(there.path), BRANCH, title=TITLE)
    for identity, name in ((archived, "arch"), (old, "old")):
        branch = f"{name}/$(trash)<b>!](evil)"  # `clean` removes no branch that can't be shown
        place = root.worktree(f"{name} {NAME}", branch)
        sessions_repo.fork_of(base, identity, str(place.path), branch, title=TITLE, age=OLD)
        if name == "arch":
            done = sessions_repo.cli("clean", identity, "--yes", "--discard", identity)
            assert "Cleaned up 1 fork" in done.stderr, done
        else:
            place.write({f"lost {NAME}": "work\n"})
    there.write({NAME: text.replace("line 5\n", "\x1b[31mtheirs\u202e\n"), "gone.py": "", f"new {NAME}": "a\n"})
    root.write({NAME: text.replace("line 5\n", "mine\n"), "CLAUDE.md": "other rules\n"})
    return Hostile(sessions_repo, there, root.path / NAME, base, fork, old, archived)


def _claude(folder: Path) -> str:
    """A program that can be asked for its version: nothing here starts it for more."""
    path = folder / "claude-program"
    path.write_text("#!/bin/sh\necho '2.1.330 (Claude Code)'\n")
    path.chmod(0o755)
    return str(path)


def check_lines(text: str, what: str) -> None:
    """Nothing hidden is in a text, and no line of it is a stranger's alone."""
    for line in text.split("\n"):
        hidden = [char for char in line if not can_be_shown(char)]
        assert not hidden, (what, hidden, line)
        assert not line.lstrip(" \t│·-").startswith(("FORGED", "# FORGED")), (what, line)
