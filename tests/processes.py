"""What has become of a process."""

import subprocess

import psutil


def has_ended(pid: int) -> bool:
    """Whether there is no such process, or only its parent has not heard of its end yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def ended_pid() -> int:
    """The id of a process that has ended, and was waited for."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid
