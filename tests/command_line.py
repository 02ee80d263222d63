"""The command line, run to its end in a process forked from one that has loaded it (`tests/preloaded.py`)."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests import preloaded


def run(
    *arguments: str, cwd: str | Path, env: Mapping[str, str] | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run `forksight ARGUMENTS` to its end, reading from /dev/null. `env` is the whole environment; None: this process's."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        status = run_onto(stdout.fileno(), stderr.fileno(), arguments, cwd=cwd, env=env, timeout=timeout)
        shown = [os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0) for file in (stdout, stderr)]
    out, err = (data.decode().replace("\r\n", "\n") for data in shown)
    return subprocess.CompletedProcess(["forksight", *arguments], status, out, err)


def document(done: subprocess.CompletedProcess[str], status: int = 0) -> dict[str, Any]:
    """The JSON that a command printed which ended with that exit status."""
    assert done.returncode == status, done.stderr
    parsed: dict[str, Any] = json.loads(done.stdout)
    assert parsed["version"] == 1
    return parsed


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one line of a command that refused."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def run_onto(
    stdout: int,
    stderr: int,
    arguments: Iterable[str],
    *,
    cwd: str | Path,
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> int:
    """Like `run`, onto these descriptors; the exit status, as `subprocess` has it. Raises TimeoutExpired."""
    arguments = [*arguments]
    environment = dict(os.environ if env is None else env)
    if not preloaded.can_run(environment):
        return subprocess.run(
            [sys.executable, "-m", "forksight", *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            timeout=timeout,
            check=False,
        ).returncode
    with open(os.devnull) as nothing:
        descriptors = (nothing.fileno(), stdout, stderr)
        process = preloaded.start("forksight", arguments, cwd=cwd, env=environment, descriptors=descriptors)
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def run_for(seconds: float, *arguments: str, cwd: str | Path, env: Mapping[str, str]) -> None:
    """Run `forksight ARGUMENTS`, whose output is not kept, and kill it with all that it started after so many seconds.

    `env` is the whole environment.
    """
    assert preloaded.can_run(env)
    with open(os.devnull, "r+b") as nothing:
        descriptors = (nothing.fileno(),) * 3
        process = preloaded.start("forksight", arguments, cwd=cwd, env=env, descriptors=descriptors, new_group=True)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
