"""The lock of the process that keeps a status, in a file that says since when, and for how long that may take.

Who holds a lock for longer without having kept the status hangs: another file takes the place of the one that it has locked,
and what it keeps later counts for nothing. The next one is given twice the time. This module imports only what costs nothing.
"""

import fcntl
import os
import stat
import time

SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SHORTEST, _LONGEST = 60.0, 3600.0  # seconds that somebody may take
_TIMES = 4  # who has kept a status may take so many times as long the next time
_GIVEN_UP = 0.7  # of its time: who kept nothing and did not end before was given too little
_STAMP = 64  # bytes


def open_own(path: str, flags: int) -> int:
    """A file of this user's, in a folder of this user's, open. Raises `OSError` for a link, a pipe, or somebody else's."""
    folder = os.lstat(os.path.dirname(path))
    if not stat.S_ISDIR(folder.st_mode) or folder.st_uid != os.geteuid():
        raise OSError(0, f"{os.path.dirname(path)} is a link, or belongs to another user")
    handle = os.open(path, flags | SAFELY, 0o600)
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.geteuid():
        os.close(handle)
        raise OSError(0, f"{path} is no file, or belongs to another user")
    return handle


def lock_now(path: str) -> int | None:
    """A lock file, open and locked; None if somebody else has locked it, or it can't be."""
    try:
        lock = open_own(path, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_there(lock, path):  # else another one has taken its place meanwhile
            since, limit, kept = _read(lock)
            too_little = not kept and time.monotonic() - since >= _GIVEN_UP * limit
            _write(lock, 2 * limit if too_little else limit)
            return lock
    except OSError:
        pass
    os.close(lock)
    return None


def take_over(path: str) -> int | None:
    """A locked file in place of a lock file whose holder hangs; None if it does not, or if another process is about to."""
    try:
        alone = open_own(os.path.join(os.path.dirname(path), "taking-over"), os.O_RDWR | os.O_CREAT)
    except OSError:
        return None
    try:
        fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        limit = _exceeded(path)
        return None if limit is None else _replace(path, 2 * limit)
    except OSError:
        return None
    finally:
        os.close(alone)


def is_there(lock: int, path: str) -> bool:
    """Whether an open lock file is still the one at a path."""
    try:
        return os.path.samestat(os.fstat(lock), os.lstat(path))
    except OSError:
        return False


def is_locked(lock: int) -> bool:
    """Whether somebody else holds the lock of this open file."""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    fcntl.flock(lock, fcntl.LOCK_UN)
    return False


def has_kept(lock: int) -> None:
    """Note that the holder of a lock has kept the status, and begins anew."""
    since, _, _ = _read(lock)
    _write(lock, _TIMES * (time.monotonic() - since), kept=True)


def time_limit(lock: int) -> float:
    """How many seconds the holder of a lock may take."""
    return _read(lock)[1]


def remove(path: str) -> None:
    """Remove a file if it is there and can be."""
    try:
        os.unlink(path)
    except OSError:
        return


def _exceeded(path: str) -> float | None:
    """The time that the holder of a lock has exceeded; None if it has not. Raises `OSError`."""
    lock = open_own(path, os.O_RDWR)
    try:
        since, limit, _ = _read(lock)
        waited = time.monotonic() - since
        if not waited >= 0:  # the holder has noted nothing, or did so before the system was started
            _write(lock, limit)
        return limit if waited > limit and is_locked(lock) else None
    finally:
        os.close(lock)


def _replace(path: str, limit: float) -> int:
    new = f"{path}.{os.urandom(8).hex()}"
    lock = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | SAFELY, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _write(lock, limit)
        os.replace(new, path)
    except OSError:
        os.close(lock)
        remove(new)
        raise
    return lock


def _write(lock: int, limit: float, *, kept: bool = False) -> None:
    """Note that the holder of a lock begins now, how many seconds it may take, and whether it has kept the status before."""
    text = f"{time.monotonic():.3f} {min(max(_SHORTEST, limit), _LONGEST):.3f} {int(kept)}"
    try:
        os.pwrite(lock, text.encode().ljust(_STAMP), 0)
    except OSError:  # the disk is full
        return


def _read(lock: int) -> tuple[float, float, bool]:
    """Since when a lock is held, in seconds since the system's start, how many it may be, and whether the status was kept since."""
    try:
        since, limit, kept = map(float, os.pread(lock, _STAMP, 0).split())
    except (OSError, ValueError):
        return float("inf"), _SHORTEST, True
    return since, min(max(_SHORTEST, limit), _LONGEST), bool(kept)
