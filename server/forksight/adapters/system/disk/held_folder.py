"""Writes below a folder in which others may create links at any moment: no link below it is ever followed.

The folder is held open, and each folder on the way is opened relative to the one before (openat(2)). If one is replaced by a
link meanwhile, there is an error, or files are written to the folder that was moved away, but never where the link leads.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_REAL_FOLDER = _FOLDER | os.O_NOFOLLOW
_IN_THE_WAY = (errno.ENOTDIR, errno.ELOOP)  # what is there is a file or a link


@contextmanager
def held(folder: str, *, follow: bool = False) -> Iterator[int]:
    """Open an existing folder; returns its descriptor. Raises `OSError`, also for a link unless it may be followed."""
    handle = os.open(folder, _FOLDER if follow else _REAL_FOLDER)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def held_in(top: int, name: str) -> Iterator[int]:
    """Open a folder in a held one; returns its descriptor. Raises `OSError`, also for a link."""
    handle = os.open(name, _REAL_FOLDER, dir_fd=top)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def parent_of(top: int, path: str, *, make: bool = True, clear: bool = False) -> Iterator[tuple[int, str]]:
    """Open the parent folder of a relative path below a held folder, creating it if asked to; and the path's last name.

    `clear`: remove files and links that are in place of a folder on the way, for which `OSError` is raised otherwise. A path
    that leads outside raises `OSError`, too.
    """
    *above, name = path.split("/")
    if {"", ".", ".."} & {*above, name}:
        raise OSError(0, f"{path} leads out of its folder")
    handle = os.dup(top)
    try:
        for part in above:
            try:
                below = _made(handle, part, clear=clear) if make else os.open(part, _REAL_FOLDER, dir_fd=handle)
            except OSError as error:
                if error.errno in _IN_THE_WAY:
                    raise OSError(error.errno, f"{part} is a file or a link", path) from error
                raise
            os.close(handle)
            handle = below
        yield handle, name
    finally:
        os.close(handle)


def make_folder(parent: int, name: str) -> None:
    """Make sure that a held folder has a real folder of that name; anything else of that name is removed. Raises `OSError`."""
    os.close(_made(parent, name, clear=True))


def remove_any(parent: int, name: str) -> None:
    """Remove whatever a held folder has of that name, if anything. Raises `OSError`."""
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        pass
    except (IsADirectoryError, PermissionError):  # macOS says of a folder that it is not permitted
        if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise
        shutil.rmtree(name, dir_fd=parent)


def _made(parent: int, name: str, *, clear: bool) -> int:
    """Open a folder in another, after creating it if it does not exist; returns its descriptor."""
    try:
        return os.open(name, _REAL_FOLDER, dir_fd=parent)
    except FileNotFoundError:
        pass
    except OSError as error:
        if not clear or error.errno not in _IN_THE_WAY:
            raise
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=parent)
    with suppress(FileExistsError):
        os.mkdir(name, dir_fd=parent)
    return os.open(name, _REAL_FOLDER, dir_fd=parent)
