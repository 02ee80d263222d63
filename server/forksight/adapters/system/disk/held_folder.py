"""Writing below a folder in which others may put a link the next moment: it is held open, and no link below it is followed.

Each folder on the way is opened in the one before (openat(2)). Who swaps one for a link meanwhile gets an error, or files in
the folder that was moved away; nothing is ever written where the link leads.
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
    """The descriptor of a folder that is there. Raises `OSError`, for a link too unless it may be followed."""
    handle = os.open(folder, _FOLDER if follow else _REAL_FOLDER)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def held_in(top: int, name: str) -> Iterator[int]:
    """The descriptor of a folder of that name in a held one. Raises `OSError`, for a link too."""
    handle = os.open(name, _REAL_FOLDER, dir_fd=top)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def parent_of(top: int, path: str, *, make: bool = True, clear: bool = False) -> Iterator[tuple[int, str]]:
    """The folder below a held one that a relative path is in, made if it is to be, and the path's last name.

    `clear`: files and links in place of a folder on the way are removed. Raises `OSError` for them else, and for a path that
    leads out.
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
    """Make sure that a held folder has one of that name, a real one: what else is there is removed. Raises `OSError`."""
    os.close(_made(parent, name, clear=True))


def remove_any(parent: int, name: str) -> None:
    """Remove what a held folder has of that name, whatever it is; nothing there is in order. Raises `OSError`."""
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        pass
    except (IsADirectoryError, PermissionError):  # macOS says of a folder that it is not permitted
        if not stat.S_ISDIR(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise
        shutil.rmtree(name, dir_fd=parent)


def _made(parent: int, name: str, *, clear: bool) -> int:
    """The descriptor of a folder in another, made if it is not there."""
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
