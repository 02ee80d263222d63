"""Whether nothing is at a path: what can't be looked at (no permission, a disk that does not answer) is not taken for absent."""

import errno
import os

# There is no such path, or there can be none.
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def is_absent(path: str) -> bool:
    """Whether nothing is at a path, not even a dangling link."""
    return _error(path) in _ABSENT


def is_out_of_reach(path: str) -> bool:
    """Whether nobody can tell if anything is at a path."""
    return _error(path) not in (None, *_ABSENT)


def _error(path: str) -> int | None:
    """Why a path can't be looked at, as an `errno`; None if it can."""
    try:
        os.lstat(path)
    except OSError as error:
        return error.errno
    except ValueError:  # a path that holds a NUL
        return errno.ENOENT
    return None
