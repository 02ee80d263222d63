"""The state of a file by its metadata, to detect changes without reading it."""

import os

FileState = tuple[int, int, int] | None  # modification time in ns, size in bytes, inode; None: it can't be looked at


def file_state(path: str) -> FileState:
    """The state of the file that a path leads to, links followed."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
