"""Where nobody keeps the status of a worktree, status lines have one process look at a time, however many lines there are."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from forksight.adapters.store.status_files import StatusFiles, cache_folder
from tests.conftest import Checkout
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

    def show(self, cwd: Path, *, shell: str = "") -> str:
        """A status line that is printed in `cwd`; `shell` are redirections of it."""
        code = f"import sys; sys.executable = {str(self.program)!r}; sys.argv = ['forksight', 'statusline']"
        line = [sys.executable, "-c", f"{code}\nfrom forksight.__main__ import main; main()"]
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
    lock = line.reserve(path)
    assert lock is not None
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
