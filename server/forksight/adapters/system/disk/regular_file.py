"""Reads files that others may have created: only regular ones, and only up to a limit.

Reading a device, a named pipe without a writer, a socket or an endless file would block or never end.
"""

import errno
import os
import stat
from typing import BinaryIO

LINK = 8192  # bytes of a worktree's `.git`, which holds a path
LARGEST = 32 * 1024 * 1024  # bytes of a text that is compared, or of a file that is read whole


def open_regular(path: str, *, follow: bool = True, buffering: int = -1, folder: int | None = None) -> BinaryIO:
    """Open a regular file for reading; `buffering` is that of `open`. `follow`: follow a symbolic link at the path.

    A relative path is resolved in the `folder` with that descriptor, if given. Raises `OSError`; with `EINVAL` for anything but
    a regular file, which is not opened.
    """
    _check(os.stat(path, dir_fd=folder, follow_symlinks=follow))
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    descriptor = os.open(path, flags if follow else flags | os.O_NOFOLLOW, dir_fd=folder)
    try:
        _check(os.fstat(descriptor))  # it may have been replaced since
        return open(descriptor, "rb", buffering=buffering)
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: str, limit: int = LARGEST, *, follow: bool = True) -> bytes:
    """All bytes of a regular file. Raises `OSError`; `EFBIG` if there are more than `limit`."""
    with open_regular(path, follow=follow, buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        chunks = []
        remaining = limit + 1
        while remaining > 0 and (chunk := file.read(min(remaining, max(size, 4096) + 1))):
            chunks.append(chunk)
            remaining -= len(chunk)
    if remaining <= 0:
        raise OSError(errno.EFBIG, f"larger than {limit} bytes", path)
    return b"".join(chunks)


def read_text(path: str, limit: int = LARGEST) -> str:
    """Like `read_regular`, as text: UTF-8, other bytes as surrogate escapes, as git's own files hold paths."""
    return read_regular(path, limit).decode("utf-8", "surrogateescape")


def _check(facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
