"""Whether nothing exists at a path. A path that can't be checked (no permission, a disk that does not answer) is not absent."""

import errno
import os

# There is no such path, or there can be none.
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def is_absent(path: str) -> bool:
    """Whether certainly nothing exists at a path, not even a dangling link."""
    return _error(path) in _ABSENT


def is_out_of_reach(path: str) -> bool:
    """Whether it is unknown if anything exists at a path."""
    return _error(path) not in (None, *_ABSENT)


def _error(path: str) -> int | None:
    """The `errno` of looking at a path; None if that succeeds."""
    try:
        os.lstat(path)
    except OSError as error:
        return error.errno
    except ValueError:  # a path that holds a NUL
        return errno.ENOENT
    return None
