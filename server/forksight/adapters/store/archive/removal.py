"""Removes a folder with all that is in it, and checks beforehand for anything that would stop this half-way."""

import fcntl
import os
import re
import shutil
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress

from forksight.adapters.store import packing
from forksight.core.git.paths import inside

_GET_FLAGS = 0x80086601  # FS_IOC_GETFLAGS of Linux's <linux/fs.h> where a long has 8 bytes
_FIXED = 0x10 | 0x20  # FS_IMMUTABLE_FL, FS_APPEND_FL: `chattr +i` and `chattr +a`
_MOUNTS = "/proc/self/mountinfo"  # the fifth field of a line is the mount point: proc_pid_mountinfo(5)


def obstacle(top: str) -> str | None:
    """Why this user can't remove a folder with all that is in it; None if no obstacle is found.

    Read-only folders of this user are no obstacle: `remove_tree` makes them writable. Raises `OSError` for a folder that can't
    be listed.
    """
    for mount_point in _mount_points():
        if inside(mount_point, top):
            return f"{mount_point} is mounted there"
    device = os.lstat(top).st_dev
    for root, folders, names in packing.walk(top):
        facts = os.lstat(root)
        if facts.st_dev != device:
            return f"{root} is mounted there"
        if (folders or names) and facts.st_uid != os.geteuid() and not os.access(root, os.W_OK | os.X_OK):
            return f"you may not write in {root}"
        for path in (root, *(os.path.join(root, name) for name in names)):
            if _is_fixed(path):
                return (
                    f"{path} is marked as unchangeable (see `lsattr`)"
                    if sys.platform == "linux"
                    else f"{path} is locked"
                )
    return None


def remove_tree(top: str) -> None:
    """Remove a folder with all that is in it, read-only folders too. Raises `OSError`."""
    for root, _, _ in packing.walk(top):
        if not os.access(root, os.W_OK | os.X_OK):
            with suppress(PermissionError):  # then `rmtree` raises the error
                _make_writable(root)
    shutil.rmtree(top)


def _make_writable(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(handle, stat.S_IMODE(os.fstat(handle).st_mode) | stat.S_IRWXU)
    finally:
        os.close(handle)


def _mount_points() -> Iterator[str]:
    """The paths at which file systems are mounted; none where there is no `/proc`, since device numbers are compared as well."""
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as stream:
            for line in stream:
                yield re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split(" ")[4])
    except FileNotFoundError:
        return


def _is_fixed(path: str) -> bool:
    """Whether a file or folder has a flag that forbids its removal (`chattr +i`, `+a`). False if the flags can't be read."""
    facts = os.lstat(path)
    if sys.platform == "darwin":
        return bool(facts.st_flags & (stat.UF_IMMUTABLE | stat.UF_APPEND | stat.SF_IMMUTABLE | stat.SF_APPEND))
    if not (stat.S_ISREG(facts.st_mode) or stat.S_ISDIR(facts.st_mode)):
        return False
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            (flags,) = struct.unpack_from("I", fcntl.ioctl(handle, _GET_FLAGS, bytes(8)))
            return bool(flags & _FIXED)
        finally:
            os.close(handle)
    return False
