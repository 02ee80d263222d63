"""Adds lines to the end of the repository's own exclude file (`info/exclude`), and removes them from there."""

import errno
import os
import stat
from contextlib import suppress
from typing import IO

from forksight.adapters.git.failures import as_git_error
from forksight.adapters.system.disk.regular_file import read_text


def excludes(path: str, pattern: str) -> bool:
    """Whether the file has that line. Raises `GitError` if it can't be read."""
    with as_git_error(f"{path} can't be read"), suppress(FileNotFoundError, NotADirectoryError):
        return pattern in read_text(path).splitlines()
    return False


def exclude(path: str, pattern: str) -> None:
    """Add a line, unless it is there. Raises `GitError`; nothing is written then."""
    if excludes(path, pattern):
        return
    with as_git_error(f"{path} can't be written"):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with _open_own(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, "a+b") as stream:
            stream.seek(0)
            text = stream.read()
            line = (b"" if not text or text.endswith(b"\n") else b"\n") + os.fsencode(pattern) + b"\n"
            try:
                if stream.write(line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                stream.truncate(len(text))
                raise


def stop_excluding(path: str, pattern: str) -> None:
    """Remove the last line if it is that one. Safe if killed: only that line can be lost. Raises `GitError`."""
    line = os.fsencode(pattern) + b"\n"
    with (
        as_git_error(f"{path} can't be written"),
        suppress(FileNotFoundError),
        _open_own(path, os.O_RDWR, "r+b") as stream,
    ):
        text = stream.read()
        if (b"\n" + text).endswith(b"\n" + line):
            stream.truncate(len(text) - len(line))


def _open_own(path: str, flags: int, mode: str) -> IO[bytes]:
    """Open a file of the repository for writing, without following a link. Raises `OSError`."""
    handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no file")
    return open(handle, mode, buffering=0)
