"""`forksight doctor`: each line says what is wrong, and what to do about it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests import command_line
from tests.conftest import Checkout
from tests.permissions import unreadable


def doctor(place: Path, env: Mapping[str, str] | None = None, before: tuple[str, ...] = ()) -> str:
    """What it prints; its lines are those of a person who has everything, but for Claude Code. `before`: a command that starts it."""
    environment, arguments = {**os.environ, **(env or {})}, ("-C", str(place), "doctor")
    if before:
        command = [*before, sys.executable, "-m", "forksight", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    else:
        done = command_line.run(*arguments, cwd="/", env=environment)
    assert (done.returncode, done.stderr) == (1, "")
    return done.stdout


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_all_is_well_but_for_claude(repo: Checkout, tmp_path: Path) -> None:
    repo.worktree("feature-pay", "feature/pay")
    report = doctor(repo.path, {"FORKSIGHT_CLAUDE": str(tmp_path / "claude")})
    assert f"! claude      no claude binary: `{tmp_path}/claude` is no program (from FORKSIGHT_CLAUDE)\n" in report
    assert "fix: install Claude Code, or set FORKSIGHT_CLAUDE to the path of its binary\n" in report
    assert "✓ worktrees   2: main, feature/pay\n" in report
    assert f"✓ repository  {repo.path}/.git\n" in report
    assert "✗" not in report


@pytest.mark.parametrize(
    ("script", "what", "fix"),
    [
        ("echo git version 2.20.1", "git version 2.20.1 is too old for Forksight", "install git 2.39 or newer"),
        ("kill -9 $$", "git version failed in /: it was ended by signal 9", "run `git version` to see why"),
        ("exit 3", "git version failed in /: exit status 3", "install git anew"),
    ],
)
def test_a_git_that_will_not_do(repo: Checkout, tmp_path: Path, script: str, what: str, fix: str) -> None:
    fake = program(tmp_path / "bin/git", script)
    report = doctor(repo.path, {"PATH": f"{fake.parent}:{os.environ['PATH']}"})
    line, advice = next(
        pair for pair in zip(report.splitlines(), report.splitlines()[1:], strict=False) if "✗" in pair[0]
    )
    assert line == f"✗ git         {what}"
    assert fix in advice
    assert "repository" not in report  # nothing that needs git is asked of it


def test_no_git(repo: Checkout, tmp_path: Path) -> None:
    assert "✗ git         git could not be started: it is not on PATH\n" in doctor(repo.path, {"PATH": str(tmp_path)})


def test_worktrees_that_are_missing(repo: Checkout) -> None:
    gone, locked = repo.worktree("gone"), repo.worktree("locked")
    repo.git("worktree", "lock", "--reason", "on a stick", str(locked.path))
    for worktree in (gone, locked):
        shutil.rmtree(worktree.path)
    report = doctor(repo.path)
    assert (
        f"! worktrees   The worktree {gone.path} is missing: run `git worktree repair` if it was moved, "
        "`git worktree prune` if it was deleted.\n"
    ) in report
    assert (
        f"! worktrees   The worktree {locked.path} is missing (locked: on a stick): run `git worktree repair` if it was moved, "
        f"`git worktree unlock {locked.path}` and `git worktree prune` if it was deleted.\n"
    ) in report
    repo.git("worktree", "unlock", str(locked.path))
    repo.git("worktree", "prune")
    assert "is missing" not in doctor(repo.path)


@pytest.mark.permissions
def test_a_worktree_that_may_not_be_read(repo: Checkout) -> None:
    there = repo.worktree("there")
    with unreadable(there.path):
        report = doctor(repo.path)
    assert f"! worktrees   The worktree {there.path} can't be read: permission denied.\n" in report.replace(
        "Perm", "perm"
    )


@pytest.mark.permissions
def test_a_ledger_that_may_not_be_written(repo: Checkout, tmp_path: Path) -> None:
    place = tmp_path / "two words"
    repo.path.rename(place)
    common = place / ".git"
    common.chmod(0o555)
    try:
        report = doctor(place)
    finally:
        common.chmod(0o755)
    assert f"✗ ledger      {common} can't be written: forks and baselines can't be recorded\n" in report
    assert f"fix: run `chmod u+wx '{common}'`, or ask its owner\n" in report


def test_a_ledger_that_is_damaged(repo: Checkout) -> None:
    ledger = repo.path / ".git/forksight/ledger.db"
    ledger.parent.mkdir()
    ledger.write_bytes(b"junk" * 5000)
    assert f"! ledger      The ledger {ledger} was damaged" in doctor(repo.path)


def test_a_bare_repository(tmp_path: Path) -> None:
    bare = tmp_path.resolve() / "bare.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)
    assert "✓ worktrees   none: nothing to compare\n" in doctor(bare)


@pytest.mark.parametrize(
    ("limit", "allowed", "line", "fix"),
    [
        ("watches", 3, "can't be watched: the limit fs.inotify.max_user_watches is reached", "max_user_watches="),
        ("instances", 0, "can't be watched: the limit fs.inotify.max_user_instances is reached", "max_user_instances="),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_the_kernels_limits_as_they_are_left(repo: Checkout, limit: str, allowed: int, line: str, fix: str) -> None:
    """In a user namespace with fewer of them: what other programs took can't be seen in the limit itself."""
    script = f'echo {allowed} > /proc/sys/user/max_inotify_{limit} && exec "$@"'
    fewer = ("unshare", "--user", "--map-root-user", "sh", "-c", script, "sh")
    if shutil.which("unshare") is None or subprocess.run([*fewer, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here")
    repo.commit({f"folder{number}/file": "x" for number in range(5)})
    lines = doctor(repo.path, before=fewer).splitlines()
    (number,) = (number for number, line in enumerate(lines) if line.startswith("! watches"))
    assert line in lines[number]
    assert f"fix: run `sudo sysctl fs.inotify.{fix}" in lines[number + 1]
    assert "✓ watches" in doctor(repo.path)


def test_signs_that_can_not_be_printed(repo: Checkout) -> None:
    report = doctor(repo.path, {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert "+ git " in report
    assert "! claude" in report
    assert "?" not in report


def test_a_lock_that_a_killed_git_left(repo: Checkout) -> None:
    old, new = repo.path / ".git/refs/heads/pay.lock", repo.path / ".git/index.lock"
    old.touch()
    new.touch()
    os.utime(old, (1, 1))
    report = doctor(repo.path)
    assert f"! locks       {old} has been there for more than 10 minutes\n" in report
    assert f"run `rm {old}`" in report
    assert str(new) not in report
