"""Which sessions run: the files that running ones keep are believed only as far as the process is there."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from forksight.adapters.claude.live import live_processes, uncheckable
from forksight.adapters.system import process_space as spaces
from forksight.adapters.system.process_space import process_space
from forksight.core.sessions.wording import live_text
from tests.permissions import unreadable
from tests.processes import has_ended
from tests.waiting import wait_for


@pytest.fixture
def process() -> Iterator[psutil.Process]:
    """A process that runs until the test is over."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as started:
        yield psutil.Process(started.pid)
        started.kill()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Claude Code's folder, with its folder of running sessions."""
    (tmp_path / "sessions").mkdir()
    return tmp_path


def state(process: psutil.Process, **changes: object) -> dict[str, object]:
    """What a session in this process would write of itself."""
    started = process.create_time()
    ticks = round((started - psutil.boot_time()) * os.sysconf("SC_CLK_TCK"))
    written: dict[str, object] = {
        "pid": process.pid,
        "sessionId": "s1",
        "cwd": "/r",
        "startedAt": int(started * 1000) + 400,
        "procStart": str(ticks),
        "kind": "interactive",
        "status": "idle",
        "name": "topic",
    }
    return {key: value for key, value in {**written, **changes}.items() if value is not None}


def running(config: Path, *states: object) -> list[tuple[str, str, str]]:
    """The sessions that count as running when these are the files."""
    for number, state_file in enumerate(states):
        (config / "sessions" / f"{number}.json").write_text(json.dumps(state_file))
    processes, problems = live_processes(str(config))
    assert problems == ()
    return [(process.session, process.state.value, process.kind) for process in processes]


def test_a_running_session(config: Path, process: psutil.Process) -> None:
    assert running(config, state(process)) == [("s1", "live-idle", "interactive")]
    (session,), _ = live_processes(str(config))
    assert (session.pid, session.cwd, session.name) == (process.pid, "/r", "topic")
    assert session.started == process.create_time()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "busy"}, [("s1", "live-busy", "interactive")]),
        ({"status": "waiting", "waitingFor": "permission prompt"}, [("s1", "live-waiting", "interactive")]),
        ({"status": ["waiting"]}, [("s1", "live-idle", "interactive")]),
        ({"status": None}, [("s1", "live-idle", "interactive")]),
        ({"kind": "bg"}, [("s1", "live-idle", "bg")]),
        ({"procStart": None}, [("s1", "live-idle", "interactive")]),
        ({"procStart": "Mon Nov 23 18:00:00 2026"}, [("s1", "live-idle", "interactive")]),
        ({"sessionId": None}, []),
        ({"sessionId": 5}, []),
        ({"cwd": None}, []),
        ({"pid": "17"}, []),
        ({"pid": -1}, []),
        ({"pid": 2**40}, []),
    ],
)
def test_what_a_file_says(
    config: Path, process: psutil.Process, changes: dict[str, object], expected: list[tuple[str, str, str]]
) -> None:
    assert running(config, state(process, **changes)) == expected


@pytest.mark.parametrize(
    ("waiting_for", "words"),
    [
        ("permission prompt", "waits for a permission"),
        ("worker request", "waits for a permission"),
        ("input needed", "waits for an answer"),
        ("something new", "waits for you"),
        (None, "waits for you"),
        (7, "waits for you"),
    ],
)
def test_what_a_waiting_session_waits_for(
    config: Path, process: psutil.Process, waiting_for: object, words: str
) -> None:
    written = state(process, status="waiting", waitingFor=waiting_for)
    (config / "sessions" / "1.json").write_text(json.dumps(written))
    (waiting,), _ = live_processes(str(config))
    assert waiting.state.live
    assert live_text(waiting) == words


def job(config: Path, daemon: object, job_file: object) -> list[tuple[str, str]]:
    """The sessions that count as running when Claude Code's daemon is this one, and this is a job of its."""
    (config / "jobs" / "s2").mkdir(parents=True, exist_ok=True)
    (config / "daemon.lock").write_text(json.dumps(daemon))
    (config / "jobs" / "s2" / "state.json").write_text(job_file if isinstance(job_file, str) else json.dumps(job_file))
    processes, problems = live_processes(str(config))
    assert problems == ()
    return [(process.session, process.kind) for process in processes]


def test_a_crashed_background_session_comes_back(config: Path, process: psutil.Process) -> None:
    """Claude Code's daemon starts it again some ten seconds later: until then no file of a running session names it."""
    daemon = {key: value for key, value in state(process).items() if key in ("pid", "startedAt", "procStart")}
    crashed = {"state": "crashed", "sessionId": "s2", "cwd": "/w", "name": "two"}
    assert job(config, daemon, crashed) == [("s2", "bg")]
    assert job(config, daemon, {**crashed, "state": "resuming"}) == [("s2", "bg")]
    assert job(config, daemon, {**crashed, "state": "stopped"}) == []
    assert job(config, daemon, {**crashed, "sessionId": None}) == []
    assert job(config, daemon, '{"state": "crash') == []
    assert job(config, {**daemon, "pid": 2**40}, crashed) == []
    running(config, state(process, sessionId="s2"))
    assert job(config, daemon, {**crashed, "state": "resuming"}) == [("s2", "interactive")], "it is back"


@pytest.mark.skipif(sys.platform != "linux", reason="start times in ticks are Linux's")
def test_another_process_with_the_same_id(config: Path, process: psutil.Process) -> None:
    before = int((process.create_time() - psutil.boot_time() - 60) * os.sysconf("SC_CLK_TCK"))
    assert running(config, state(process, procStart=str(before))) == []


def test_another_process_with_the_same_id_where_there_are_no_ticks(config: Path, process: psutil.Process) -> None:
    assert running(config, state(process, procStart=None, startedAt=int((time.time() - 3600) * 1000))) == []
    assert running(config, state(process, procStart=None, startedAt=None)) == []


def test_a_process_that_ended(config: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.DEVNULL) as ended:
        written = state(psutil.Process(ended.pid))
        wait_for("its end", lambda: has_ended(ended.pid))
        assert running(config, written) == [], "a zombie does not run"
    assert running(config, written) == []


@pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="process id namespaces are Linux's")
def test_a_session_in_another_container(config: Path, process: psutil.Process) -> None:
    machine, here = process_space()
    for domain in (f"linux:{machine}:{here}", f"linux::{here}", f"linux:{machine}:", "linux", "windows:me"):
        assert running(config, state(process, pidDomain=domain)) == [("s1", "live-idle", "interactive")]
    elsewhere = [f"linux:{machine}:pid:[1]", *([f"linux:another-machine:{here}"] if machine else [])]
    for domain in elsewhere:
        assert running(config, state(process, pidDomain=domain)) == []
        assert [(found.session, found.checked) for found in uncheckable(str(config))] == [("s1", False)]


def test_a_session_in_a_container_of_a_system_without_namespaces(
    config: Path, process: psutil.Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS, whose home folder a container of Linux may share."""
    monkeypatch.setattr(spaces, "process_space", lambda: ("", ""))
    for domain in ("linux::pid:[1]", "linux:machine:pid:[1]"):
        assert running(config, state(process, pidDomain=domain)) == []
        assert [(found.session, found.checked) for found in uncheckable(str(config))] == [("s1", False)]
    for domain in ("darwin", "linux:machine:", "linux"):
        assert running(config, state(process, pidDomain=domain)) == [("s1", "live-idle", "interactive")]


def test_files_that_say_nothing(config: Path, process: psutil.Process) -> None:
    sessions = config / "sessions"
    (sessions / "notes.txt").write_text("x")
    (sessions / "1.json").write_text("[]")
    (sessions / "999999999.json").write_text("{half")
    assert live_processes(str(config)) == ((), ())
    (sessions / f"{process.pid}.json").write_text("{half")
    _, (problem,) = live_processes(str(config))
    assert problem.code == "live-state-unreadable"


@pytest.mark.permissions
def test_what_cannot_be_read_is_told(config: Path, process: psutil.Process) -> None:
    """Not even the id in a file's name tells that nothing runs: it may be one of a container."""
    daemon = {key: value for key, value in state(process).items() if key in ("pid", "startedAt", "procStart")}
    assert job(config, daemon, {"state": "crashed", "sessionId": "s2", "cwd": "/w", "name": "two"}) == [("s2", "bg")]
    (config / "sessions" / "999999999.json").write_text("{}")
    closed = [
        config / name for name in ("sessions/999999999.json", "jobs/s2/state.json", "jobs", "daemon.lock", "sessions")
    ]
    for path in closed:
        with unreadable(path):
            processes, problems = live_processes(str(config))
        assert [(problem.code, problem.path) for problem in problems] == [("live-state-unreadable", str(path))]
        assert [found.session for found in processes] == (["s2"] if path == closed[0] else [])


def test_no_session_ever_ran(tmp_path: Path) -> None:
    assert live_processes(str(tmp_path / "nowhere")) == ((), ())


@pytest.mark.parametrize(
    "name", ["pid", "sessionId", "cwd", "procStart", "startedAt", "status", "kind", "name", "pidDomain"]
)
def test_a_broken_value_of_one_session_hides_no_other(config: Path, process: psutil.Process, name: str) -> None:
    values: tuple[object, ...] = (
        -1,
        2**70,
        10**400,
        True,
        [],
        {},
        "\0",
        "\ud800",
        "\u00b2",
        "9" * 5000,
        float("inf"),
        "[" * 10,
    )
    (config / "jobs" / "j").mkdir(parents=True)
    (config / "daemon.lock").write_text(json.dumps(state(process, **{name: []})))
    for value in values:
        (config / "sessions" / "x.json").write_text(json.dumps(state(process, **{name: value})))
        (config / "jobs" / "j" / "state.json").write_text(
            json.dumps({"state": "crashed", **state(process, **{name: value})})
        )
        (config / "sessions" / "\u00b2.json").write_text("{broken")
        (config / "sessions" / "0.json").write_text(json.dumps(state(process, sessionId="other")))
        processes, _ = live_processes(str(config))
        assert "other" in {running.session for running in processes}
        json.dumps([running.cwd.encode().decode() + (running.name or "").encode().decode() for running in processes])
