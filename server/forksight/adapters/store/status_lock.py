"""The lock of the process that computes and writes a worktree's status.

The lock file says since when the lock is held and how many seconds its holder has to write the status. A holder that exceeds
them counts as hanging: another process replaces the lock file, gets twice the time, and a status that the former holder writes
later is ignored. This module imports only what loads at once.
"""

import fcntl
import os
import stat
import time

SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SHORTEST, _LONGEST = 60.0, 3600.0  # seconds; the range of time limits
_TIMES = 4  # the next limit of a holder that wrote a status, as a multiple of the time that it took
_GIVEN_UP = 0.7  # a holder that ended after this share of its limit and wrote nothing had too little time
_STAMP = 64  # bytes; the size of a lock file


def open_own(path: str, flags: int) -> int:
    """Open a regular file of this user in a folder of this user; returns its descriptor. Raises `OSError` for anything else."""
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
    """Open and lock a lock file without waiting; returns its descriptor. None if another process holds it, or on errors."""
    try:
        lock = open_own(path, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if is_there(lock, path):  # else the file was replaced meanwhile
            since, limit, kept = _read(lock)
            too_little = not kept and time.monotonic() - since >= _GIVEN_UP * limit
            _write(lock, 2 * limit if too_little else limit)
            return lock
    except OSError:
        pass
    os.close(lock)
    return None


def take_over(path: str) -> int | None:
    """Replace a lock file whose holder exceeds its limit by a new, locked one; returns its descriptor.

    None if the holder has time left, if another process is replacing the file, or on errors.
    """
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
    """Whether another process holds the lock of this open file."""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    fcntl.flock(lock, fcntl.LOCK_UN)
    return False


def has_kept(lock: int) -> None:
    """Record that the holder of a lock has written the status. Its time begins again, with a limit of `_TIMES` what it took."""
    since, _, _ = _read(lock)
    _write(lock, _TIMES * (time.monotonic() - since), kept=True)


def time_limit(lock: int) -> float:
    """How many seconds the holder of a lock has to write the status."""
    return _read(lock)[1]


def remove(path: str) -> None:
    """Remove a file, ignoring errors."""
    try:
        os.unlink(path)
    except OSError:
        return


def _exceeded(path: str) -> float | None:
    """The limit, in seconds, that the holder of a lock has exceeded; None if it has not. Raises `OSError`."""
    lock = open_own(path, os.O_RDWR)
    try:
        since, limit, _ = _read(lock)
        waited = time.monotonic() - since
        if not waited >= 0:  # the holder has not written its start yet, or the file is from before the system's start
            _write(lock, limit)
        return limit if waited > limit and is_locked(lock) else None
    finally:
        os.close(lock)


def _replace(path: str, limit: float) -> int:
    """Put a new, locked lock file at a path; returns its descriptor. Raises `OSError`."""
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
    """Record that the holder's time begins now, its limit in seconds, and whether it has written a status before."""
    text = f"{time.monotonic():.3f} {min(max(_SHORTEST, limit), _LONGEST):.3f} {int(kept)}"
    try:
        os.pwrite(lock, text.encode().ljust(_STAMP), 0)
    except OSError:  # the disk is full
        return


def _read(lock: int) -> tuple[float, float, bool]:
    """When the holder's time began (`time.monotonic`), its limit in seconds, and whether it has written a status before.

    Of a file without these the time is infinity.
    """
    try:
        since, limit, kept = map(float, os.pread(lock, _STAMP, 0).split())
    except (OSError, ValueError):
        return float("inf"), _SHORTEST, True
    return since, min(max(_SHORTEST, limit), _LONGEST), bool(kept)
