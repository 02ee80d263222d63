"""`forksight fork` killed at each of its deeds, and with its whole process group at any moment: the next run sees to it.

A few kills by default; `FORKSIGHT_KILLS` says how many at any moment, and `FORKSIGHT_EVERY=1` has it killed at each deed.
"""

import json
import os
import random
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from tests import command_line
from tests.cleanup.killed import killed_at
from tests.conftest import Checkout
from tests.forks.conftest import trace, write
from tests.forks.sessions_repo import SETTINGS, SessionsRepo

KILLS = int(os.environ.get("FORKSIGHT_KILLS", "2"))
EVERY = 1 if os.environ.get("FORKSIGHT_EVERY") == "1" else 8  # how many deeds lie between two kills


@pytest.fixture
def furnished(
    sessions_repo: SessionsRepo, baseline_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SessionsRepo:
    """A repository whose new worktrees get a file and a set-up command, with uncommitted work in the main checkout."""
    sessions_repo.repo.commit({".gitignore": ".env\nmade\n", ".worktreeinclude": ".env\n"})
    sessions_repo.repo.write({".env": "SECRET=1\n", "app.py": "uncommitted\n"})
    settings = write(Checkout(tmp_path), "gitconfig", "[include]\n\tpath = ~/.gitconfig\n")
    settings.write_text(f'{settings.read_text()}[forksight "worktree"]\n\tsetup = {SETTINGS["worktree"]["setup"]}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    return sessions_repo


def has_fork(sessions_repo: SessionsRepo, branch: str) -> bool:
    """Whether the ledger has a fork of a branch."""
    return any(fork.branch == branch for fork in sessions_repo.context().ledger.view()[0].forks)


def assert_whole(sessions_repo: SessionsRepo, branch: str) -> None:
    """There is one fork of a branch, with all that belongs to it, and nothing is left to be done."""
    made = Checkout(sessions_repo.place(branch))
    assert made.git("branch", "--show-current") == branch
    assert made.git("status", "--porcelain") == ""
    assert {path.name for path in made.path.iterdir()} >= {".env", "made", "app.py"}
    assert (made.path / ".env").read_text() == "SECRET=1\n"
    assert not (made.path / ".forksight-copying").exists()
    ledger = sessions_repo.context().ledger
    assert [fork.branch for fork in ledger.view()[0].forks].count(branch) == 1
    assert ledger.interrupted() == ()
    assert [
        lock for lock in (sessions_repo.repo.path / ".git").rglob("*.lock") if lock.parent.name != "forksight"
    ] == []


def assert_untouched(sessions_repo: SessionsRepo) -> None:
    """What was there before any fork is as it was."""
    assert (sessions_repo.repo.path / "app.py").read_text() == "uncommitted\n"
    assert (sessions_repo.repo.path / ".env").read_text() == "SECRET=1\n"
    assert sessions_repo.repo.git("status", "--porcelain") == " M app.py"


def test_at_each_deed(furnished: SessionsRepo) -> None:
    number, before = random.randrange(min(EVERY, 4)), trace(furnished.repo)
    while killed_at(number, partial(furnished.fork, f"x{number}", **SETTINGS)):
        is_noted = has_fork(furnished, f"x{number}") and bool(furnished.context().ledger.interrupted())
        if number % 2 or is_noted:
            furnished.fork("main", again=True)  # in place: it takes back what is half made
            assert has_fork(furnished, f"x{number}") or trace(furnished.repo) == before
        if not has_fork(furnished, f"x{number}"):
            furnished.fork(f"x{number}", **SETTINGS)
        assert_whole(furnished, f"x{number}")
        assert_untouched(furnished)
        number, before = number + EVERY, trace(furnished.repo)
    assert_whole(furnished, f"x{number}")
    assert number > 12


def killed(sessions_repo: SessionsRepo, seconds: float, *arguments: str) -> None:
    """Run a command, and kill it with all that it started after so many seconds."""
    command_line.run_for(seconds, *arguments, cwd=sessions_repo.repo.path, env={**os.environ, **sessions_repo.env})


def unlocked(sessions_repo: SessionsRepo, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What a command says once the locks that it names, if there are any, are removed: git's, whose git was killed."""
    for _ in range(5):
        done = sessions_repo.cli(*arguments)
        locks = [word.strip("`':.,") for word in done.stderr.split() if word.strip("`':.,").endswith(".lock")]
        if done.returncode != 2 or not locks:
            return done
        for lock in locks:
            Path(lock).unlink(missing_ok=True)
    raise AssertionError(done)


@pytest.mark.timeout(600 + 120 * KILLS)
def test_at_any_moment(furnished: SessionsRepo) -> None:
    seed = random.randrange(1 << 30)
    moments = random.Random(seed)
    began = time.monotonic()
    killed(furnished, 60, "fork", "first", "--print")
    longest = time.monotonic() - began
    assert_whole(furnished, "first")
    for number in range(KILLS):
        branch, context = f"x{number}", f"seed {seed}, kill {number}"
        before = trace(furnished.repo)
        killed(furnished, moments.uniform(longest / 4, longest), "fork", branch, "--print")
        if moments.random() < 0.5:
            done = unlocked(furnished, "fork", "main", "--again", "--print")  # it takes back what is half made
            assert done.returncode == 0, f"{context}: {done}"
            assert has_fork(furnished, branch) or trace(furnished.repo) == before, context
        done = unlocked(furnished, "fork", branch, "--print", "--json")
        codes = [warning["code"] for warning in json.loads(done.stdout)["warnings"]]
        assert done.returncode == 0 or "fork-exists" in codes, f"{context}: {done}"  # it was killed when all was done
        assert_whole(furnished, branch)
        assert_untouched(furnished)
