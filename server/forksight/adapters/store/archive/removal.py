"""Removing a folder whole: whatever would stop that half way is looked for before anything goes."""

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
    """Why this user can't remove a folder with all that is in it; None if nothing is seen to be in the way.

    Read-only folders of this user's own are not in the way: `remove_tree` opens them. Raises `OSError` for a folder that
    can't be listed.
    """
    for place in _mount_points():
        if inside(place, top):
            return f"{place} is mounted there"
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
            with suppress(PermissionError):  # removing it says what is wrong
                _open_up(root)
    shutil.rmtree(top)


def _open_up(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchmod(handle, stat.S_IMODE(os.fstat(handle).st_mode) | stat.S_IRWXU)
    finally:
        os.close(handle)


def _mount_points() -> Iterator[str]:
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as stream:
            for line in stream:
                yield re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split(" ")[4])
    except FileNotFoundError:  # no Linux: the device numbers tell
        return


def _is_fixed(path: str) -> bool:
    """Whether a file or folder is marked so that nobody may remove it. What can't be asked is taken for not marked."""
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
