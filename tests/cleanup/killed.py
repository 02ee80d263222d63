"""Kills this process's child at the n-th thing that it does to the world: a file, a git that writes, a line in the ledger."""

import functools
import os
import sys
import traceback
from collections.abc import Callable

from forksight.adapters.store.ledger.ledger import SqliteLedger

_FILES = frozenset({"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "shutil.rmtree"})
_WRITING_GIT = frozenset(
    {
        *("add", "branch", "cherry-pick", "commit", "config", "merge", "read-tree", "reset"),
        *("update-ref", "worktree", "write-tree"),
    }
)
_LEDGER = (
    *("begin", "advance", "finish", "record_archive", "forget_archive"),
    *("record_landing", "forget_landing"),
)
DIED, DONE, FAILED = 77, 0, 1


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Do some work in a child that dies, without any clean-up, at its `number`-th deed; whether it came to that."""
    pid = os.fork()
    if pid == 0:
        status = FAILED
        try:
            at_deed(number, lambda: os._exit(DIED))
            work()
            status = DONE
        finally:
            if status == FAILED:
                traceback.print_exc()
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert status in (DIED, DONE), status
    return status == DIED


def at_deed(number: int, act: Callable[[], object]) -> None:
    """Do something, once, right before this process's `number`-th deed from now on (0-based)."""
    left = number

    def deed() -> None:
        nonlocal left
        left -= 1
        if left == -1:
            act()

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if event in _FILES or (event == "subprocess.Popen" and _writes(arguments[1])):
            deed()

    sys.addaudithook(audit)
    for name in _LEDGER:
        setattr(SqliteLedger, name, _counted(getattr(SqliteLedger, name), deed))


def _counted(method: Callable[..., object], deed: Callable[[], None]) -> Callable[..., object]:
    @functools.wraps(method)
    def call(*arguments: object, **named: object) -> object:
        deed()
        answer = method(*arguments, **named)
        deed()
        return answer

    return call


def _writes(arguments: object) -> bool:
    """Whether this is a git that may change something (`git -C folder COMMAND …`)."""
    return isinstance(arguments, list) and len(arguments) > 3 and arguments[3] in _WRITING_GIT
