"""Files of our own in folders that others may have filled: links are not followed, nothing is emptied, nothing waited for."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
LARGEST = 256 << 20  # bytes of a file that is read whole
_PAUSE = 0.05  # seconds between two tries to take a lock


@contextmanager
def exclusively(path: str) -> Iterator[None]:
    """Alone among the processes that take this lock file, which keeps whatever bytes it has. Raises `OSError`."""
    with _lock_file(path) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def exclusively_within(path: str, patience: float) -> Iterator[bool]:
    """Try for `patience` seconds to be `exclusively`; whether that came about. The lock dies with its process. Raises `OSError`."""
    with _lock_file(path) as handle:
        yield _locked_within(handle, patience)


def read_own(path: str) -> bytes:
    """The bytes of a file of this user's. Raises `OSError` for a link, a pipe, a device, somebody else's, or one that is huge."""
    with open(os.open(path, os.O_RDONLY | _SAFELY), "rb") as stream:
        facts = os.fstat(stream.fileno())
        _check(path, facts)
        if facts.st_size > LARGEST:
            raise OSError(0, f"{path} is too large")
        return stream.read()


def check_own(path: str) -> None:
    """Raise `OSError` unless a path is a file or a folder of this user's, and no link. Nothing there is in order."""
    try:
        facts = os.lstat(path)
    except FileNotFoundError:
        return
    _check(path, facts, folders=True)


def own_folder(path: str, *, parents: bool = True) -> str:
    """The same path once it is a folder of this user's, made if need be, with those above it if `parents`. Raises `OSError`
    for a link, and for somebody else's."""
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
    """Write a file that is there whole, and on the disk, or not at all; for this user alone. Raises `OSError`."""
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
    handle = os.open(path, os.O_CREAT | os.O_RDWR | _SAFELY, 0o600)
    try:
        _check(path, os.fstat(handle))
        yield handle
    finally:
        os.close(handle)


def _locked_within(handle: int, patience: float) -> bool:
    last = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= last:
                return False
            time.sleep(_PAUSE)
        else:
            return True


def _check(path: str, facts: os.stat_result, *, folders: bool = False) -> None:
    if not (stat.S_ISREG(facts.st_mode) or (folders and stat.S_ISDIR(facts.st_mode))):
        raise OSError(0, f"{path} is a link or no file: move it away")
    if facts.st_uid != os.geteuid():
        raise OSError(0, f"{path} belongs to another user (number {facts.st_uid})")
