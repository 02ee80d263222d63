"""Whether a process that was once seen is still the same one: ids are used again, a start time tells them apart."""

import os

_SLACK = 2.0  # seconds: a corrected clock moves the start times that the system reports


def myself() -> tuple[int, float]:
    """This process's id and its start, in seconds since the epoch."""
    import psutil

    return os.getpid(), psutil.Process().create_time()


def is_alive(pid: int, started: float) -> bool:
    """Whether the process with this id that started then still runs."""
    import psutil

    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < _SLACK and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def exists(pid: int) -> bool:
    """Whether any process has this id now."""
    import psutil

    return bool(psutil.pid_exists(pid))
