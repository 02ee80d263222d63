"""Reads, writes and locks this user's files in folders where others may have put files of the same names.

Links are not followed, existing files are never truncated, and opening a pipe does not block.
"""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
LARGEST = 256 << 20  # bytes; larger files are not read
_PAUSE = 0.05  # seconds between two attempts to take a lock


@contextmanager
def exclusively(path: str) -> Iterator[None]:
    """Holds a lock file exclusively, waiting for it as long as needed. The file's content is not changed. Raises `OSError`."""
    with _lock_file(path) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def exclusively_within(path: str, patience: float) -> Iterator[bool]:
    """Like `exclusively`, waiting at most `patience` seconds; the value is whether the lock is held. Raises `OSError`."""
    with _lock_file(path) as handle:
        yield _locked_within(handle, patience)


def read_own(path: str) -> bytes:
    """The bytes of a file. Raises `OSError` if it is no regular file of this user, or larger than `LARGEST`."""
    with open(os.open(path, os.O_RDONLY | _SAFELY), "rb") as stream:
        facts = os.fstat(stream.fileno())
        _check(path, facts)
        if facts.st_size > LARGEST:
            raise OSError(0, f"{path} is too large")
        return stream.read()


def check_own(path: str) -> None:
    """Raise `OSError` if there is something at a path other than a regular file or a folder of this user."""
    try:
        facts = os.lstat(path)
    except FileNotFoundError:
        return
    _check(path, facts, folders=True)


def own_folder(path: str, *, parents: bool = True) -> str:
    """Create a folder for this user alone unless it exists, with the folders above it if `parents`; returns its path.

    Raises `OSError` if it is a link, another user's, or no folder.
    """
    if parents:
        os.makedirs(path, mode=0o700, exist_ok=True)
    else:
        with suppress(FileExistsError):
            os.mkdir(path, 0o700)
    facts = os.lstat(path)
    if not stat.S_ISDIR(facts.st_mode):
        raise OSError(0, f"{path} is a link or no folder: move it away")
    _check(path, facts, folders=True)
    return path


def write_whole(path: str, text: str) -> None:
    """Replace a file by one rename and sync it to the disk, readable by this user only. Raises `OSError`."""
    unfinished = f"{path}.{os.urandom(8).hex()}"
    try:
        with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _SAFELY, 0o600), "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(unfinished, path)
    except BaseException:
        if os.path.lexists(unfinished):
            os.unlink(unfinished)
        raise
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _lock_file(path: str) -> Iterator[int]:
    """Opens a lock file, creating it if needed. Raises `OSError` if it is not this user's."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR | _SAFELY, 0o600)
    try:
        _check(path, os.fstat(handle))
        yield handle
    finally:
        os.close(handle)


def _locked_within(handle: int, patience: float) -> bool:
    """Try for `patience` seconds to lock a file; returns whether it is locked."""
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE)
        else:
            return True


def _check(path: str, facts: os.stat_result, *, folders: bool = False) -> None:
    """Raise `OSError` unless this is the stat of a regular file of this user (or of a folder, if `folders`)."""
    if not (stat.S_ISREG(facts.st_mode) or (folders and stat.S_ISDIR(facts.st_mode))):
        raise OSError(0, f"{path} is a link or no file: move it away")
    if facts.st_uid != os.geteuid():
        raise OSError(0, f"{path} belongs to another user (number {facts.st_uid})")
