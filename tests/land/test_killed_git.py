"""A landing killed together with its git, at each point at which git calls a program of the person's: the next run sees to it."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.core.land.proposal import Method
from forksight.core.problems import Problem
from forksight.features.land.interrupted import finish_interrupted
from tests.cleanup.yard import Yard
from tests.forks.stage import Quiet
from tests.land.forks_to_land import carried_out, done, proposed, state, undo
from tests.land.world import World

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


def finish_as_told(yard: Yard) -> None:
    """See to what was interrupted, as a person does: a lock that the killed git left is removed by the command that is told."""
    problems: tuple[Problem, ...] = ()
    for _ in range(4):
        problems = finish_interrupted(yard.stage.context(), Quiet())
        if problems == ():
            return
        (lock,) = re.findall(r"remove the lock: `rm (\S+\.lock)`", problems[0].message)
        Path(lock).unlink()
    raise AssertionError(problems)


@pytest.fixture
def deadly(yard: Yard, tmp_path_factory: pytest.TempPathFactory) -> Path:
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
        hook = yard.repo.path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(script)
        hook.chmod(0o755)
    filter_ = programs / "filter"
    filter_.write_text(script)
    filter_.chmod(0o755)
    yard.repo.git("config", "filter.deadly.smudge", f"{filter_} smudge")
    return fuse


@pytest.mark.parametrize(
    ("method", "diverged"), [("merge", False), ("merge", True), ("squash", True), ("rebase", True)]
)
def test_it_is_finished_or_taken_back(
    yard: Yard, tmp_path_factory: pytest.TempPathFactory, deadly: Path, method: Method, diverged: bool
) -> None:
    yard.repo.commit({".gitattributes": "*.txt filter=deadly\n", "old.txt": "old\n", "gone.txt": "gone\n"})
    done(yard, "feature/a", {"old.txt": "new\n", "made/a.txt": "a\n", "gone.txt": None, "code.py": "c\n"})
    if diverged:
        yard.repo.commit({"main.py": "m\n"})
    world = World(yard, tmp_path_factory.mktemp("backup"))
    before, plan = state(yard), proposed(yard, method=method)
    number = 0
    while True:
        deadly.write_text(f"{number}\n")
        killed = killed_with_its_git(lambda: carried_out(yard, plan))
        deadly.unlink()
        if not killed:
            break
        finish_as_told(yard)
        assert yard.stage.context().ledger.interrupted() == ()
        if yard.stage.context().ledger.view()[0].landings:
            undo(yard)
        assert state(yard) == before, number
        world.reset()
        number += 1
    assert number >= 4, number
    undo(yard)
    assert state(yard) == before
