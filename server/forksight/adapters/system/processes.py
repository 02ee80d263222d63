"""Identifies processes by id and start time, since ids are reused, and tells whether they still run.

Times are seconds since the epoch. A zombie does not run.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

T = TypeVar("T")

_PAUSE = 0.05  # seconds between two looks at a process that is to end
_SLACK = 2.0  # seconds: a corrected clock moves the start times that the system reports


def myself() -> tuple[int, float]:
    """This process's id and its start."""
    import psutil

    return os.getpid(), psutil.Process().create_time()


def start_of(pid: int) -> float | None:
    """When the process with this id started; None if there is none, if it can't be inspected, or if the id is invalid."""
    import psutil

    try:
        return _start(pid)
    except (psutil.Error, ValueError, OverflowError):
        return None


def is_alive(pid: int, started: float) -> bool:
    """Whether the process with this id and start time still runs."""
    now = start_of(pid)
    return now is not None and abs(now - started) < _SLACK


def end(pid: int, started: float, patience: float) -> bool:
    """Send SIGTERM to the process with this id and start time; returns whether it is gone within `patience` seconds.

    A process that has only the same id is left alone. Raises `PermissionError`.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - started) >= _SLACK:
            return True
        process.terminate()  # psutil itself looks again whether it is still the process of two lines before
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        raise PermissionError(f"process {pid} may not be ended") from None
    deadline = time.monotonic() + patience
    while is_alive(pid, started):  # psutil's own wait takes a zombie that nobody collects for one that runs
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return True


def ancestors(pid: int) -> tuple[int, ...]:
    """The process and its ancestors, nearest first, without those that don't exist or can't be inspected."""
    import psutil

    try:
        process = psutil.Process(pid)
        return (pid, *(parent.pid for parent in process.parents()))
    except psutil.Error:
        return ()


def environment(pid: int) -> dict[str, str]:
    """The environment that a process started with; empty if it can't be inspected."""
    import psutil

    try:
        return dict(psutil.Process(pid).environ())
    except (psutil.Error, OSError):
        return {}


class SystemProcesses:
    """The processes of this machine (`core.ports.system.Processes`)."""

    def end(self, pid: int, started: float, patience: float) -> bool:
        """See `end`."""
        return end(pid, started, patience)

    def aside(self, work: Callable[[], T]) -> AbstractContextManager[Callable[[], T]]:
        """See `parallel.aside`."""
        from forksight.adapters.system.parallel import aside

        return aside(work)


def is_alive_at_tick(pid: int, ticks: int | None) -> bool:
    """Whether the process with this id that started `ticks` clock ticks after the machine still runs.

    Without ticks, and on systems that do not count them, any process with this id counts. So does a process of another user
    that can't be inspected.
    """
    import psutil

    try:
        started = _start(pid)
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
    except (ValueError, OverflowError):
        return False
    return started is not None and (ticks is None or started_at_tick(started, ticks) is not False)


def is_running(pid: int, ticks: int | None, noted_at: str) -> bool | None:
    """Whether the process that a note names still runs; None if it may be one that can't be seen from here.

    `pid` and `ticks` (its start in clock ticks after the machine's) are what the note says, `noted_at` is the path where it was
    found: another machine or container may share that.
    """
    from forksight.adapters.system.disk.shared import is_shared

    if is_alive_at_tick(pid, ticks) or _runs_in_a_container(pid, ticks):
        return True
    return None if is_shared(noted_at) else False


def _runs_in_a_container(pid: int, ticks: int | None) -> bool:
    """Whether a process with that id in a container of this machine, as it is seen from here, started so many ticks after it."""
    import psutil

    if sys.platform != "linux":
        return False
    for outer in psutil.pids():
        try:
            with open(f"/proc/{outer}/status", "rb") as file:
                ids = next((line.split()[1:] for line in file if line.startswith(b"NSpid:")), [])
        except OSError:  # it has ended
            continue
        if b"%d" % pid in ids[1:] and is_alive_at_tick(outer, ticks):
            return True
    return False


def started_at_tick(started: float, ticks: int) -> bool | None:
    """Whether a start time equals one given in clock ticks since the machine's start (Linux's `/proc/<pid>/stat`).

    None on other systems, which have no such ticks.
    """
    import psutil

    if sys.platform != "linux":
        return None
    return abs(started - psutil.boot_time() - ticks / os.sysconf("SC_CLK_TCK")) < _SLACK


def started_before(started: float, moment: float) -> bool:
    """Whether a process that started then can have done something at that moment. One that reused its id started later."""
    return started < moment + _SLACK


def exists(pid: int) -> bool:
    """Whether any process has this id."""
    import psutil

    return bool(psutil.pid_exists(pid))


def terminal_of(pid: int) -> str | None:
    """The terminal device of a process; None if it has none, or can't be inspected."""
    import psutil

    try:
        device: str | None = psutil.Process(pid).terminal()
    except (psutil.Error, OSError, ValueError):
        return None
    return device


def _start(pid: int) -> float | None:
    import psutil

    process = psutil.Process(pid)
    started: float = process.create_time()
    return None if process.status() == psutil.STATUS_ZOMBIE else started
