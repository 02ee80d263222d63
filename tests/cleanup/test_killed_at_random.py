"""`forksight clean` and `restore` killed with their whole process group at any moment: nothing is lost, the next run sees to it.

A few kills by default; `FORKSIGHT_KILLS` says how many (the long form: some hundreds).
"""

import os
import random
import time
from pathlib import Path

import pytest

from tests import command_line
from tests.cleanup.forks_repo import Forked, ForksRepo

KILLS = int(os.environ.get("FORKSIGHT_KILLS", "6"))


def says(forks_repo: ForksRepo, *arguments: str) -> tuple[int, str]:
    """The exit status of a command, and what it prints."""
    done = forks_repo.cli(*arguments)
    return done.returncode, done.stdout + done.stderr


def killed(forks_repo: ForksRepo, seconds: float, *arguments: str) -> None:
    """Kill a command after so many seconds."""
    command_line.run_for(seconds, *arguments, cwd=forks_repo.repo.path, env={**os.environ, **forks_repo.env})


def unlocked(forks_repo: ForksRepo, *arguments: str) -> str:
    """What a command says once the locks that it names, if there are any, are removed: git's, whose git was killed.

    It is given again if it failed; what it has left to do after it succeeded is the next `clean`'s.
    """
    outputs = []
    for _ in range(5):
        status, output = says(forks_repo, *arguments)
        outputs.append(output)
        locks = [word.strip("`':.") for word in output.split() if word.strip("`':.").endswith(".lock")]
        if not locks:
            return "".join(outputs)
        for lock in locks:
            Path(lock).unlink(missing_ok=True)
        if status != 2:
            arguments = ("clean",)
    raise AssertionError(outputs)


def is_whole(forks_repo: ForksRepo, fork: Forked, before: dict[str, object], context: str = "") -> bool:
    """Whether all is as it was; False if it is put away, so that restoring brings it back."""
    if not fork.checkout.path.exists():
        return False
    assert forks_repo.state(fork) == before, context
    return True


@pytest.mark.timeout(600 + 120 * KILLS)
def test_nothing_is_lost(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("feature/pay")
    fork.checkout.commit({"pay.py": "x\n"}, "pay")
    fork.checkout.write({f"work{number}.py": f"{number}\n" for number in range(40)}).write({"app.py": "changed\n"})
    forks_repo.companion(fork, {"subagents/agent-1.jsonl": b"{}\n"})
    before = forks_repo.state(fork)
    seed = random.randrange(1 << 30)
    moments = random.Random(seed)
    began = time.monotonic()
    unlocked(forks_repo, "clean", "--discard", fork.id)
    longest = time.monotonic() - began
    unlocked(forks_repo, "restore", fork.id)
    assert is_whole(forks_repo, fork, before)
    for number in range(KILLS):
        said = f"seed {seed}, kill {number}: "
        killed(forks_repo, moments.uniform(0, longest), "clean", "--discard", fork.id)
        said += unlocked(forks_repo, "clean")  # sees to what was interrupted, and shows what could go
        if not is_whole(forks_repo, fork, before, said):
            killed(forks_repo, moments.uniform(0, longest), "restore", fork.id)
            said += unlocked(forks_repo, "clean")
        if not is_whole(forks_repo, fork, before, said):
            said += unlocked(forks_repo, "restore", fork.id)
        assert is_whole(forks_repo, fork, before, said), said
        assert forks_repo.archived() == ([], ""), said
