"""Temporary folders. Those that a killed process left behind are removed by the next process that makes one."""

import fcntl
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_PREFIX = "forksight-scratch-"


@dataclass(frozen=True, slots=True)
class TemporaryFolder:
    """A folder that belongs to this process while it holds the folder's lock, which the kernel releases when the process ends."""

    path: str
    lock: int  # the folder itself, open

    def remove(self) -> None:
        """Remove the folder with its contents. Its lock is released last, so that no other process removes it meanwhile."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def make_temporary_folder() -> TemporaryFolder:
    """A new folder, which the caller must `remove`. Raises `OSError`."""
    remove_abandoned_folders(tempfile.gettempdir())
    while True:
        path = tempfile.mkdtemp(prefix=_PREFIX)
        with suppress(FileNotFoundError):  # between being made and being locked it was taken for an abandoned one
            folder = TemporaryFolder(path, os.open(path, os.O_RDONLY | os.O_DIRECTORY))
            with suppress(OSError):  # a file system without locks: then nobody else can lock it either
                fcntl.flock(folder.lock, fcntl.LOCK_EX)
            if os.path.isdir(path):
                return folder
            os.close(folder.lock)


@contextmanager
def temporary_folder() -> Iterator[str]:
    """A context manager for the path of a folder that is removed afterwards. Raises `OSError`."""
    folder = make_temporary_folder()
    try:
        yield folder.path
    finally:
        folder.remove()


@functools.cache
def remove_abandoned_folders(parent: str) -> None:
    """Remove the temporary folders in `parent` whose processes are gone; once in the life of this process."""
    for entry in os.scandir(parent):
        if entry.name.startswith(_PREFIX):
            with suppress(OSError):  # another user's, a link, one in use, or gone by now
                lock = os.open(entry.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(entry.path, ignore_errors=True)
                finally:
                    os.close(lock)
