"""Whether a disk is full. Programs that fail for that often say only what they could not write."""

import os

_LEAST = 64 * 1024  # bytes


def is_full(folder: str) -> bool:
    """Whether hardly a byte or no file more goes onto the disk of a folder. What can't be asked is not full."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LEAST or (disk.f_files > 0 and disk.f_favail == 0)
