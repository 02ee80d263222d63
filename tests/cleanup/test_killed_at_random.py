"""`forksight clean` and `restore` killed with their whole process group at any moment: nothing is lost, the next run sees to it.

A few kills by default; `FORKSIGHT_KILLS` says how many (the long form: some hundreds).
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cleanup.yard import Forked, Yard

KILLS = int(os.environ.get("FORKSIGHT_KILLS", "6"))


def forksight(yard: Yard, *arguments: str) -> "subprocess.Popen[str]":
    """The command line, in a process group of its own."""
    command = [sys.executable, "-m", "forksight", "-C", str(yard.repo.path), *arguments]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, env={**os.environ, **yard.stage.env}, text=True, start_new_session=True, **pipes)


def says(yard: Yard, *arguments: str) -> tuple[int, str]:
    process = forksight(yard, *arguments)
    output, _ = process.communicate()
    return process.returncode, output


def killed(yard: Yard, seconds: float, *arguments: str) -> None:
    process = forksight(yard, *arguments)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def unlocked(yard: Yard, *arguments: str) -> str:
    """What a command says once the locks that it names, if there are any, are removed: git's, whose git was killed."""
    for _ in range(5):
        status, output = says(yard, *arguments)
        locks = [word.strip("`'") for word in output.split() if word.strip("`':.").endswith(".lock")]
        if status != 2 or not locks:
            return output
        for lock in locks:
            Path(lock.rstrip("':`.")).unlink(missing_ok=True)
    raise AssertionError(output)


def is_whole(yard: Yard, fork: Forked, before: dict[str, object]) -> bool:
    """Whether all is as it was; False if it is put away, so that restoring brings it back."""
    if not fork.checkout.path.exists():
        return False
    assert yard.world(fork) == before
    return True


@pytest.mark.timeout(60 + 20 * KILLS)
def test_nothing_is_lost(yard: Yard) -> None:
    fork = yard.fork("feature/pay")
    fork.checkout.commit({"pay.py": "x\n"}, "pay")
    fork.checkout.write({f"work{number}.py": f"{number}\n" for number in range(40)}).write({"app.py": "changed\n"})
    yard.companion(fork, {"subagents/agent-1.jsonl": b"{}\n"})
    before = yard.world(fork)
    seed = random.randrange(1 << 30)
    moments = random.Random(seed)
    began = time.monotonic()
    unlocked(yard, "clean", "--discard", fork.id)
    longest = time.monotonic() - began
    unlocked(yard, "restore", fork.id)
    assert is_whole(yard, fork, before)
    for number in range(KILLS):
        context = f"seed {seed}, kill {number}"
        killed(yard, moments.uniform(0, longest), "clean", "--discard", fork.id)
        said = unlocked(yard, "clean")  # sees to what was interrupted, and shows what could go
        if not is_whole(yard, fork, before):
            killed(yard, moments.uniform(0, longest), "restore", fork.id)
            said += unlocked(yard, "clean")
        if not is_whole(yard, fork, before):
            said += unlocked(yard, "restore", fork.id)
        assert is_whole(yard, fork, before), f"{context}: {said}"
        assert yard.archived() == ([], ""), f"{context}: {said}"
