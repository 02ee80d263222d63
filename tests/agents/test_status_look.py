"""Where nobody keeps the status of a worktree, status lines have one process look at a time, however many lines there are."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from forksight.adapters.store import status_lock
from forksight.adapters.store.status_files import StatusFiles, cache_folder
from tests.conftest import Checkout
from tests.processes import has_ended
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept of earlier tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("COLUMNS", raising=False)


@dataclass(frozen=True)
class SlowPython:
    """A Python that status lines start to look, and that waits to be let go first."""

    program: Path
    log: Path
    gate: Path

    def started(self) -> list[int]:
        """The ids of all processes that were started, the oldest first."""
        return [int(line) for line in self.log.read_text().splitlines()]

    def show(self, cwd: Path, *, shell: str = "", within: float = 60.0) -> str:
        """A status line that is printed in `cwd`; `shell` are redirections of it. Who looks may take `within` seconds at first."""
        limit = f"from forksight.adapters.store import status_lock; status_lock._SHORTEST = {within}"
        code = f"import sys; sys.executable = {str(self.program)!r}; sys.argv = ['forksight', 'statusline']"
        line = [sys.executable, "-c", f"{code}\n{limit}\nfrom forksight.__main__ import main; main()"]
        argv = ["bash", "-c", f'exec "$@" {shell}', "bash", *line]
        done = subprocess.run(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.removesuffix("\n")

    def let_go(self) -> None:
        """Have those that wait and those that come look at once."""
        self.gate.unlink()


@pytest.fixture
def slow_python(tmp_path: Path) -> SlowPython:
    made = SlowPython(tmp_path / "slow-python", tmp_path / "started", tmp_path / "gate")
    made.log.touch()
    made.gate.touch()
    wait = f"while [ -e {made.gate} ]; do sleep 0.02; done"
    made.program.write_text(f'#!/bin/sh\necho $$ >>{made.log}\n{wait}\nexec {sys.executable} "$@"\n')
    made.program.chmod(0o755)
    return made


@pytest.mark.parametrize("streams", ["", "<&- 2>&-"])
def test_one_process_looks_however_many_lines_are_shown(repo: Checkout, slow_python: SlowPython, streams: str) -> None:
    for _ in range(4):
        assert slow_python.show(repo.path, shell=streams) == "main · …"
    wait_for("a process that looks", slow_python.started)
    slow_python.let_go()
    # it knows how it was started, whatever is closed: what it found is kept, and the next line has it
    kept = wait_for("a status", lambda: next(Path(cache_folder(os.environ)).glob("status/*.json"), None))
    assert json.loads(kept.read_text())["branch"] == "main"
    assert len(slow_python.started()) == 1
    wait_for("a line that is current", lambda: slow_python.show(repo.path) == "main")


def test_after_one_that_was_killed_the_next_line_has_another_one_look(repo: Checkout, slow_python: SlowPython) -> None:
    slow_python.show(repo.path)
    (first,) = wait_for("a process that looks", slow_python.started)
    os.kill(first, signal.SIGKILL)
    wait_for("another one", lambda: slow_python.show(repo.path) and slow_python.started() != [first])
    assert len(slow_python.started()) == 2
    slow_python.let_go()
    wait_for("a line that is current", lambda: slow_python.show(repo.path) == "main")


def test_who_looks_is_reserved_until_that_process_is_done(repo: Checkout) -> None:
    path, elsewhere = str(repo.path), str(repo.worktree("pay", "feature/pay").path)
    line, looker, resident = (StatusFiles(cache_folder(os.environ)) for _ in range(3))
    for worktree in (path, elsewhere):
        line.read(worktree)
    reserved = line.reserve(path)
    assert reserved is not None
    lock, _ = reserved
    assert line.reserve(path) is None
    assert not resident.hold(path)
    looker.adopt(elsewhere, lock)
    assert resident.hold(elsewhere), "the file is of another worktree"
    assert line.reserve(elsewhere) is None, "a resident process keeps it"
    looker.adopt(path, lock)
    assert looker.hold(path)
    assert not os.get_inheritable(lock), "what it starts does not keep the lock"
    looker.release(path)
    assert resident.hold(path)


def test_one_that_hangs_gives_up_and_the_next_line_has_another_one_look(
    repo: Checkout, slow_python: SlowPython
) -> None:
    """Each is given twice the time of the one before: at last one is done."""

    def show() -> str:
        return slow_python.show(repo.path, within=0.5)

    assert show() == "main · …"
    (first,) = wait_for("a process that looks", slow_python.started)
    second = wait_for("another one", lambda: show() and slow_python.started()[1:])
    assert len(second) == 1
    wait_for("the end of the first", lambda: has_ended(first))
    slow_python.let_go()
    wait_for("a line that is current", lambda: show() == "main")


def test_one_that_is_stopped_loses_its_place(repo: Checkout, slow_python: SlowPython) -> None:
    slow_python.show(repo.path, within=0.5)
    (first,) = wait_for("a process that looks", slow_python.started)
    os.kill(first, signal.SIGSTOP)
    try:
        wait_for("another one", lambda: slow_python.show(repo.path, within=0.5) and slow_python.started() != [first])
        slow_python.let_go()
        wait_for("a line that is current", lambda: slow_python.show(repo.path, within=0.5) == "main")
        assert not has_ended(first)
    finally:
        os.kill(first, signal.SIGKILL)


def test_what_one_keeps_that_lost_its_place_counts_for_nothing(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(repo.path)
    slow, line, looker = (StatusFiles(cache_folder(os.environ)) for _ in range(3))
    line.read(path)
    assert slow.hold(path)
    assert line.reserve(path) is None, "it has time yet"
    with monkeypatch.context() as patch:
        patch.setattr(status_lock, "_SHORTEST", 0.0)
        patch.setattr(status_lock, "_LONGEST", 0.01)
        lock, _ = wait_for("the place of the slow one", lambda: line.reserve(path))
    looker.adopt(path, lock)
    slow.keep(path, _status(path, "late"))
    assert line.read(path)[0] == {}
    assert not slow.hold(path)
    looker.keep(path, _status(path, "new"))
    slow.keep(path, _status(path, "late"))
    assert line.read(path) == (json.loads(_status(path, "new")), True)
    looker.release(path)
    assert slow.hold(path), "once nobody looks it goes on"


def test_of_many_lines_one_takes_the_place_of_one_that_hangs(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    path, many = str(repo.path), 8
    lines = [StatusFiles(cache_folder(os.environ)) for _ in range(many)]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    assert lines[0].read(path) == ({}, False)
    first = lines[0].reserve(path)
    assert first is not None
    reservations = [first]
    begin = threading.Barrier(many)

    def reserve(line: StatusFiles) -> tuple[int, float] | None:
        begin.wait(60)
        return line.reserve(path)

    with ThreadPoolExecutor(many) as pool:
        for _ in range(5):
            now += status_lock._LONGEST + 1  # more than the holder is given
            (reservation,) = filter(None, pool.map(reserve, lines))
            reservations.append(reservation)
    for lock, _ in reservations:
        os.close(lock)


def test_a_look_that_took_long_is_given_more_time_the_next_time(
    repo: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, files = str(repo.path), StatusFiles(cache_folder(os.environ))
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    files.read(path)
    assert files.hold(path)
    now += 50
    files.keep(path, _status(path, "main"))
    files.release(path)
    _, seconds = files.reserve(path) or (0, 0)
    assert seconds == pytest.approx(200, abs=0.01)


@pytest.mark.parametrize("text", ["", "nan nan 0", "inf 5 1", "-inf -1 0", "1e999 x", "\0" * 64, "9" * 64])
def test_whatever_stands_in_the_lock_file_a_process_that_hangs_loses_it(
    repo: Checkout, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = str(repo.path)
    slow, line = (StatusFiles(cache_folder(os.environ)) for _ in range(2))
    line.read(path)
    assert slow.hold(path)
    (lock,) = Path(cache_folder(os.environ)).glob("status/*.lock")
    lock.write_text(text)
    monkeypatch.setattr(status_lock, "_SHORTEST", 0.0)
    monkeypatch.setattr(status_lock, "_LONGEST", 0.01)
    handle, _ = wait_for("its place", lambda: line.reserve(path))
    os.close(handle)


def _status(worktree: str, branch: str) -> str:
    return json.dumps({"version": 1, "worktree": worktree, "branch": branch})


def test_what_was_kept_before_the_clock_was_set_back_is_not_current(repo: Checkout, slow_python: SlowPython) -> None:
    path, files = str(repo.path), StatusFiles(cache_folder(os.environ))
    files.read(path)
    assert files.hold(path)
    files.keep(path, _status(path, "of yesterday"))
    files.release(path)
    (kept,) = Path(cache_folder(os.environ)).glob("status/*.json")
    tomorrow = time.time() + 86_400
    os.utime(kept, (tomorrow, tomorrow))
    assert slow_python.show(repo.path) == "main · …"
    slow_python.let_go()
    wait_for("a line that is current", lambda: slow_python.show(repo.path) == "main")
