"""A landing killed together with its git, at each point at which git calls a program of the person's: the next run sees to it."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.core.land.proposal import Method
from forksight.core.problems import Problem
from forksight.features.land.interrupted import finish_interrupted
from tests.cleanup.backup import FolderBackup
from tests.cleanup.forks_repo import ForksRepo
from tests.forks.sessions_repo import RecordedProgress
from tests.land.forks_to_land import carried_out, done, proposed, state, undo

HOOKS = ("commit-msg", "post-merge", "reference-transaction")


def killed_with_its_git(work: Callable[[], object]) -> bool:
    """Do some work in a process group of its own; whether it was killed."""
    pid = os.fork()
    if pid == 0:
        os.setsid()
        try:
            work()
        finally:
            os._exit(1)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def finish_as_told(forks_repo: ForksRepo) -> None:
    """See to what was interrupted, as a person does: a lock that the killed git left is removed by the command that is told."""
    problems: tuple[Problem, ...] = ()
    for _ in range(4):
        problems = finish_interrupted(forks_repo.context(), RecordedProgress())
        if problems == ():
            return
        (lock,) = re.findall(r"remove the lock: `rm (\S+\.lock)`", problems[0].message)
        Path(lock).unlink()
    raise AssertionError(problems)


@pytest.fixture
def deadly(forks_repo: ForksRepo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the number of a call of git's for a hook or filter: that one kills the caller's process group."""
    programs = tmp_path_factory.mktemp("programs")
    fuse = programs / "fuse"
    script = f"""#!/bin/sh
test "$1" = smudge && cat
test -e {fuse} || exit 0
read left < {fuse}
test "$left" = 0 && kill -9 0
echo $((left - 1)) > {fuse}
"""
    for name in HOOKS:
        hook = forks_repo.repo.path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(script)
        hook.chmod(0o755)
    filter_ = programs / "filter"
    filter_.write_text(script)
    filter_.chmod(0o755)
    forks_repo.repo.git("config", "filter.deadly.smudge", f"{filter_} smudge")
    return fuse


@pytest.mark.parametrize(
    ("method", "diverged"), [("merge", False), ("merge", True), ("squash", True), ("rebase", True)]
)
def test_it_is_finished_or_taken_back(
    forks_repo: ForksRepo, tmp_path_factory: pytest.TempPathFactory, deadly: Path, method: Method, diverged: bool
) -> None:
    forks_repo.repo.commit({".gitattributes": "*.txt filter=deadly\n", "old.txt": "old\n", "gone.txt": "gone\n"})
    done(forks_repo, "feature/a", {"old.txt": "new\n", "made/a.txt": "a\n", "gone.txt": None, "code.py": "c\n"})
    if diverged:
        forks_repo.repo.commit({"main.py": "m\n"})
    backup = FolderBackup(forks_repo.repo, tmp_path_factory.mktemp("backup"))
    before, plan = state(forks_repo), proposed(forks_repo, method=method)
    number = 0
    while True:
        deadly.write_text(f"{number}\n")
        killed = killed_with_its_git(lambda: carried_out(forks_repo, plan))
        deadly.unlink()
        if not killed:
            break
        finish_as_told(forks_repo)
        assert forks_repo.context().ledger.interrupted() == ()
        if forks_repo.context().ledger.view()[0].landings:
            undo(forks_repo)
        assert state(forks_repo) == before, number
        assert not (forks_repo.repo.path / ".git" / "CHERRY_PICK_HEAD").exists(), number
        backup.put_back()
        number += 1
    assert number >= 4, number
    undo(forks_repo)
    assert state(forks_repo) == before
