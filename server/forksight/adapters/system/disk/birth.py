"""Reads when a folder was created. An inode number alone does not distinguish it from an earlier folder at its path."""

import os
import struct
import sys
from contextlib import suppress

_HERE, _NO_FOLLOW, _BIRTH = -100, 0x100, 0x800  # AT_FDCWD, AT_SYMLINK_NOFOLLOW, STATX_BTIME


def born(path: str) -> int:
    """The creation time in ns since the epoch; 0 if the system does not record it. Raises `OSError` if the path does not exist."""
    facts = os.lstat(path)
    if sys.platform != "linux":
        return int(getattr(facts, "st_birthtime", 0.0) * 1e9)
    import ctypes

    buffer = ctypes.create_string_buffer(256)
    with suppress(AttributeError):  # a C library without statx(2)
        statx = ctypes.CDLL(None).statx
        if statx(_HERE, os.fsencode(path), _NO_FOLLOW, _BIRTH, buffer) == 0:
            (mask,) = struct.unpack_from("=I", buffer.raw, 0)
            seconds, nanoseconds = struct.unpack_from("=qI", buffer.raw, 80)  # stx_btime of struct statx
            return int(seconds * 1_000_000_000 + nanoseconds) if mask & _BIRTH else 0
    return 0
