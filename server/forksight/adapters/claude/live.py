"""Finds the running Claude Code sessions: reads their state files, and checks that the process of each still runs."""

import glob
import os
import re
from collections.abc import Collection, Iterator
from typing import Any

from forksight.adapters.system.disk.regular_file import read_regular
from forksight.adapters.system.process_space import is_process_space
from forksight.adapters.system.processes import exists, start_of, started_at_tick, started_before
from forksight.core.claude.unread import LIVE
from forksight.core.problems import Problem
from forksight.core.sessions.session import LiveProcess, State
from forksight.core.sessions.transcripts.json_text import parse

# `status` -> state. All else is LIVE_IDLE: "idle", and the absence of a `status` in older versions.
_STATES = {"busy": State.LIVE_BUSY, "waiting": State.LIVE_WAITING}
_PID, _TICKS = re.compile("[0-9]{1,9}").fullmatch, re.compile("[0-9]{1,18}").fullmatch
# `pidDomain`: the machine's id, and its namespace of process ids.
_SPACE = re.compile(r"linux:([^:]*):(pid:\[[0-9]+\])").fullmatch
# The `state` of a background job whose session the daemon is about to start again.
_RESTARTING = ("crashed", "resuming")


def live_processes(config_dir: str) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
    """The sessions of a configuration folder whose processes run. State files that crashed processes left are ignored.

    A crashed background session is included while the daemon that will start it again runs; its process is the daemon then.
    """
    folder = os.path.join(config_dir, "sessions")
    running: list[LiveProcess] = []
    problems: list[Problem] = []
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except (FileNotFoundError, NotADirectoryError):
        return (), ()  # no session ever ran here
    except OSError as error:
        text = f"{folder} can't be listed ({error.strerror}): sessions may be running that are shown as idle."
        return (), (Problem(LIVE, text, folder),)
    for name in names:
        path = os.path.join(folder, name)
        try:
            state = parse(read_regular(path), object)
            if state is None:
                raise ValueError("it is no JSON")
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            if _pid_runs(name) or (isinstance(error, OSError) and _PID(name.removesuffix(".json"))):
                problems.append(_unread(path, error))
            continue
        if isinstance(state, dict) and (process := _running(state)) is not None:
            running.append(process)
    running += _restarting(config_dir, {process.session for process in running}, problems)
    return tuple(running), tuple(problems)


def uncheckable(config_dir: str) -> Iterator[LiveProcess]:
    """The sessions whose state files name a process of another container or machine. Whether they still run can't be checked."""
    for path in glob.glob(os.path.join(glob.escape(config_dir), "sessions", "*.json")):
        state = _read(path)
        if isinstance(state, dict) and _elsewhere(state):
            pid, session, cwd = state.get("pid"), state.get("sessionId"), state.get("cwd")
            if isinstance(pid, int) and isinstance(session, str) and isinstance(cwd, str) and "\0" not in cwd:
                yield LiveProcess(pid, session, cwd, state=State.LIVE_IDLE, checked=False)


def _restarting(config_dir: str, running: Collection[str], problems: list[Problem]) -> Iterator[LiveProcess]:
    """The crashed background sessions that Claude Code's daemon is about to start again: to resume one would run it twice.

    `running` are the ids of sessions that run. Files that can't be read are added to `problems`.
    """
    daemon = _read(os.path.join(config_dir, "daemon.lock"), problems)
    if daemon is None:
        return
    jobs = os.path.join(config_dir, "jobs")
    try:
        names = sorted(os.listdir(jobs))
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        problems.append(_unread(jobs, error))
        return
    for name in names:
        job = _read(os.path.join(jobs, name, "state.json"), problems)
        if job is None or job.get("state") not in _RESTARTING or str(job.get("sessionId")) in running:
            continue
        session = {"kind": "bg", **{name: job.get(name) for name in ("sessionId", "cwd", "name")}}
        process = _running({**daemon, **session})
        if process is not None:
            yield process


def _read(path: str, problems: list[Problem] | None = None) -> dict[str, Any] | None:
    """The JSON object in a file; None if the file is missing or holds anything else. One that can't be read is a problem, too."""
    try:
        state: dict[str, Any] | None = parse(read_regular(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if problems is not None:
            problems.append(_unread(path, error))
        return None
    return state


def _unread(path: str, error: Exception) -> Problem:
    text = f"{path} can't be read ({error}): a session may be running that is shown as idle."
    return Problem(LIVE, text, path)


def _pid_runs(name: str) -> bool:
    """Whether a process exists with the id in a state file's name (`<pid>.json`)."""
    stem = name.removesuffix(".json")
    return _PID(stem) is not None and exists(int(stem))


def _running(state: dict[str, Any]) -> LiveProcess | None:
    """The session of a state file; None unless the process that wrote the file still runs in this process id namespace."""
    pid, session, cwd = state.get("pid"), state.get("sessionId"), state.get("cwd")
    if not isinstance(pid, int) or not isinstance(session, str) or not isinstance(cwd, str) or "\0" in cwd:
        return None
    if _elsewhere(state):
        return None
    started = start_of(pid)
    if started is None or not _wrote(state, started):
        return None
    name, waiting = state.get("name"), state.get("waitingFor")
    return LiveProcess(
        pid,
        session,
        cwd,
        state=_STATES.get(str(state.get("status")), State.LIVE_IDLE),
        waiting_for=waiting if isinstance(waiting, str) else None,
        kind="bg" if state.get("kind") == "bg" else "interactive",
        name=name if isinstance(name, str) else None,
        started=started,
    )


def _wrote(state: dict[str, Any], started: float) -> bool:
    """Whether a state was written by the process that started at `started` (seconds since the epoch), not by an earlier one.

    `procStart` is when the writer started: in clock ticks since boot on Linux, as a date elsewhere. `startedAt` is when its
    session started, in milliseconds since the epoch.
    """
    ticks, session_start = state.get("procStart"), state.get("startedAt")
    if isinstance(ticks, str) and _TICKS(ticks):
        same = started_at_tick(started, int(ticks))
        if same is not None:
            return same
    return isinstance(session_start, int | float) and started_before(started, session_start / 1000)


def _elsewhere(state: dict[str, Any]) -> bool:
    """Whether a state's process id belongs to another container or machine, so that here it may be another process's."""
    domain = state.get("pidDomain")
    space = _SPACE(domain) if isinstance(domain, str) else None
    return space is not None and not is_process_space(space[1], space[2])
