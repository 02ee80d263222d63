"""Whether a disk is full. Programs that fail for that reason often only say what they could not write."""

import os

_LEAST = 64 * 1024  # bytes


def is_full(folder: str) -> bool:
    """Whether the disk of a folder has hardly any bytes, or no files, left. False if that is unknown."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < _LEAST or (disk.f_files > 0 and disk.f_favail == 0)
