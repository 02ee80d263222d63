"""Which Claude Code sessions run now: the files that running ones keep, each checked against the process itself."""

import json
import os
import sys
from typing import Any

from forksight.core.problems import Problem
from forksight.core.sessions import LiveProcess

_SLACK = 2.0  # seconds between two ways of telling when a process started


def live_processes(config_dir: str) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
    """The sessions whose process is really running. A file that a crash left behind counts for nothing."""
    folder = os.path.join(config_dir, "sessions")
    found: list[LiveProcess] = []
    problems: list[Problem] = []
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError:
        return (), ()  # no session ever ran here
    for name in names:
        path = os.path.join(folder, name)
        try:
            with open(path, "rb") as file:
                state = json.load(file)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            if _pid_runs(name):
                text = f"{path} can't be read ({error}): a session may be running that is shown as idle."
                problems.append(Problem("live-state-unreadable", text, path))
            continue
        if isinstance(state, dict) and (process := _running(state)) is not None:
            found.append(process)
    return tuple(found), tuple(problems)


def _pid_runs(name: str) -> bool:
    import psutil

    stem = name.removesuffix(".json")
    return stem.isdigit() and psutil.pid_exists(int(stem))


def _running(state: dict[str, Any]) -> LiveProcess | None:
    import psutil

    pid, session, cwd = state.get("pid"), state.get("sessionId"), state.get("cwd")
    if not isinstance(pid, int) or not isinstance(session, str) or not isinstance(cwd, str) or _elsewhere(state):
        return None
    try:
        process = psutil.Process(pid)
        started = process.create_time()
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
    except (psutil.Error, ValueError, OverflowError):
        return None
    if not _same(state, started, psutil.boot_time()):
        return None
    name = state.get("name")
    return LiveProcess(
        pid,
        session,
        cwd,
        busy=state.get("status") == "busy",
        kind="bg" if state.get("kind") == "bg" else "interactive",
        name=name if isinstance(name, str) else None,
        started=started,
    )


def _same(state: dict[str, Any], started: float, booted: float) -> bool:
    """Whether a process that started then wrote this: process ids are used again, always by later processes."""
    ticks, noted = state.get("procStart"), state.get("startedAt")
    if sys.platform == "linux" and isinstance(ticks, str) and ticks.isdigit():
        return abs(started - booted - int(ticks) / os.sysconf("SC_CLK_TCK")) < _SLACK
    return isinstance(noted, int | float) and started < noted / 1000 + _SLACK


def _elsewhere(state: dict[str, Any]) -> bool:
    """Whether the process id is one of another container, where it means another process."""
    domain = state.get("pidDomain")
    if not isinstance(domain, str) or "pid:[" not in domain:
        return False
    try:
        return not domain.endswith(os.readlink("/proc/self/ns/pid"))
    except OSError:
        return False
