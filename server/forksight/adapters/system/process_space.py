"""Where process ids mean what they mean here: on this machine, in this process id namespace (of a container, say)."""

import functools
import os
from contextlib import suppress

_FIRST = "pid:[4026531836]"  # PROC_PID_INIT_INO of Linux: the namespace that is in no other one


@functools.cache
def process_space() -> tuple[str, str]:
    """The machine's id and the process id namespace; each "" where the system has none."""
    machine = namespace = ""
    with suppress(OSError, ValueError), open("/etc/machine-id", encoding="ascii") as file:
        machine = file.read(64).strip()
    with suppress(OSError):
        namespace = os.readlink("/proc/self/ns/pid")
    return machine, namespace


def is_process_space(machine: str, namespace: str) -> bool:
    """Whether a process id that was noted in that process space means the same process here.

    Not every system, and not every container, has a machine id: a missing one matches any. A namespace is missing only where the
    system has none, as on macOS: that matches no container's.
    """
    here_machine, here_namespace = process_space()
    return namespace == here_namespace and (not machine or not here_machine or machine == here_machine)


def in_container() -> bool:
    """Whether there are processes on this machine that can't be seen from here."""
    return process_space()[1] not in ("", _FIRST)
