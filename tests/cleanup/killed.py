"""Kills this process's child at the n-th thing that it does to the world: a file, a git that writes, a line in the ledger."""

import functools
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

from forksight.adapters.store.ledger.ledger import SqliteLedger
from tests.cleanup.backup import FolderBackup

_FILES = frozenset({"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "shutil.rmtree"})
_WRITING_GIT = frozenset(
    {
        *("add", "branch", "cherry-pick", "commit", "config", "merge", "read-tree", "reset"),
        *("update-index", "update-ref", "worktree", "write-tree"),
    }
)
_LEDGER = (
    *("begin", "advance", "finish", "record_archive", "forget_archive"),
    *("record_landing", "forget_landing"),
)
DIED, DONE, FAILED = 77, 0, 1


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Do some work in a child that dies, without any clean-up, at its `number`-th deed; whether it came to that."""

    def begin() -> None:
        at_deed(number, lambda: os._exit(DIED))
        work()

    status = in_child(begin)
    assert status in (DIED, DONE), status
    return status == DIED


def in_child(work: Callable[[], object]) -> int:
    """Do some work in a child, and see how that ends: `DONE`, `FAILED` (it says why), or what the work exits with."""
    pid = os.fork()
    if pid == 0:
        status = FAILED
        try:
            work()
            status = DONE
        finally:
            if status == FAILED:
                traceback.print_exc()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def kill_points(work: Callable[[], object], backup: FolderBackup) -> list[int]:
    """The deeds of some work at which a kill leaves the folder, or the home, in another state than at the deed before.

    A kill at any other deed would leave what one of these leaves. Does the work, in a child.
    """
    assert not killed_at(1000, work)  # what is done once only, in the home, is no deed of the next times
    backup.put_back()
    folders = backup.top, Path(os.environ["HOME"])
    with tempfile.TemporaryFile() as file:

        def watched() -> None:
            points: list[int] = []
            number, last = 0, None

            def note() -> None:
                nonlocal number, last
                state = _state_of(folders)
                if state != last:
                    points.append(number)
                number, last = number + 1, state

            _at_each_deed(note)
            work()
            os.pwrite(file.fileno(), json.dumps(points).encode(), 0)

        status = in_child(watched)
        assert status == DONE, status
        return list(json.loads(file.read()))


def _state_of(folders: Iterable[Path]) -> set[tuple[object, ...]]:
    """Which folders and files there are, and which of them were written since."""
    state: set[tuple[object, ...]] = set()
    for top in folders:
        for folder, _, names in os.walk(top):
            state.add((folder, os.lstat(folder).st_ino))
            # `-shm` holds SQLite's locks.
            for path in (os.path.join(folder, name) for name in names if not name.endswith("-shm")):
                stat = os.lstat(path)
                state.add((path, stat.st_ino, stat.st_mode, stat.st_size, stat.st_mtime_ns))
    return state


def at_deed(number: int, act: Callable[[], object]) -> None:
    """Do something, once, right before this process's `number`-th deed from now on (0-based)."""
    left = number

    def count() -> None:
        nonlocal left
        left -= 1
        if left == -1:
            act()

    _at_each_deed(count)


def _at_each_deed(deed: Callable[[], None]) -> None:
    """Have this called right before each deed of this process from now on, and right after what the ledger does."""

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
