"""Which Claude Code sessions run now: the files that running ones keep, each checked against the process itself."""

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

_STATES = {"busy": State.LIVE_BUSY, "waiting": State.LIVE_WAITING}  # by `status`; "idle", and none in old versions
_PID, _TICKS = re.compile("[0-9]{1,9}").fullmatch, re.compile("[0-9]{1,18}").fullmatch
_SPACE = re.compile(
    r"linux:([^:]*):(pid:\[[0-9]+\])"
).fullmatch  # of `pidDomain`: the machine's id, the process id namespace
_COMING_BACK = ("crashed", "resuming")  # what a background job is while the daemon starts its session again


def live_processes(config_dir: str) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
    """The sessions whose process is really running. A file that a crash left behind counts for nothing.

    A background session that crashed counts while the daemon that starts it again lives: its process is the daemon's then.
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
    running += _coming_back(config_dir, {process.session for process in running}, problems)
    return tuple(running), tuple(problems)


def out_of_sight(config_dir: str) -> Iterator[LiveProcess]:
    """The sessions that Claude Code lists in another container or machine, where nobody can look whether they still run."""
    for path in glob.glob(os.path.join(glob.escape(config_dir), "sessions", "*.json")):
        state = _read(path)
        if isinstance(state, dict) and _elsewhere(state):
            pid, session, cwd = state.get("pid"), state.get("sessionId"), state.get("cwd")
            if isinstance(pid, int) and isinstance(session, str) and isinstance(cwd, str) and "\0" not in cwd:
                yield LiveProcess(pid, session, cwd, state=State.LIVE_IDLE, checked=False)


def _coming_back(config_dir: str, running: Collection[str], problems: list[Problem]) -> Iterator[LiveProcess]:
    """The crashed background sessions that Claude Code's daemon is about to start again; resumed now, they would run twice.

    What can't be read is added to `problems`.
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
        if job is None or job.get("state") not in _COMING_BACK or str(job.get("sessionId")) in running:
            continue
        session = {"kind": "bg", **{name: job.get(name) for name in ("sessionId", "cwd", "name")}}
        process = _running({**daemon, **session})
        if process is not None:
            yield process


def _read(path: str, problems: list[Problem] | None = None) -> dict[str, Any] | None:
    """A state file's JSON object; None if it is gone, half written or something else. One that can't be read is a problem."""
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
    """Whether a process has the id that a state file is called by (`<pid>.json`)."""
    stem = name.removesuffix(".json")
    return _PID(stem) is not None and exists(int(stem))


def _running(state: dict[str, Any]) -> LiveProcess | None:
    """The session that a state file is about; None unless the process that wrote it still runs."""
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
    """Whether the process that started then (seconds since the epoch) wrote this state.

    `procStart` is its start in clock ticks on Linux and a date elsewhere, `startedAt` the session's in milliseconds.
    """
    ticks, noted = state.get("procStart"), state.get("startedAt")
    if isinstance(ticks, str) and _TICKS(ticks):
        same = started_at_tick(started, int(ticks))
        if same is not None:
            return same
    return isinstance(noted, int | float) and started_before(started, noted / 1000)


def _elsewhere(state: dict[str, Any]) -> bool:
    """Whether the process id is one of another container or machine, where it means another process."""
    domain = state.get("pidDomain")
    space = _SPACE(domain) if isinstance(domain, str) else None
    return space is not None and not is_process_space(space[1], space[2])
