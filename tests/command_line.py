"""The command line, in processes forked from one that has loaded it: `python -m forksight` less half a second of loading.

Each command still has a process, environment, folder and descriptors of its own, and ends as an interpreter ends.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
_LARGEST = 1 << 20  # bytes of a request
_FOR_THE_INTERPRETER = ("PYTHON", "LC_", "LANG")  # variables that only a new interpreter reads


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
    environment = dict(os.environ if env is None else env)
    argv = [sys.executable, "-m", "forksight", *arguments]
    if _for_the_interpreter(environment) != _for_the_interpreter(os.environ):
        return subprocess.run(
            argv,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            timeout=timeout,
            check=False,
        ).returncode
    request = json.dumps({"arguments": argv[3:], "cwd": str(cwd), "env": environment}).encode()
    told, tells = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with told, open(os.devnull) as nothing:
        with tells:
            descriptors = [nothing.fileno(), stdout, stderr, tells.fileno()]
            socket.send_fds(_loaded(), [request], descriptors)
        told.settimeout(timeout)
        pid = int(told.recv(32))
        try:
            return int(told.recv(32))
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(argv, timeout) from None


def _for_the_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_FOR_THE_INTERPRETER)}


@functools.cache
def _loaded() -> socket.socket:
    """The way to a process that has loaded the command line; it ends when this end is closed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.command_line", str(theirs.fileno())],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        ours.setsockopt(socket.SOL_SOCKET, option, _LARGEST)
    atexit.register(process.wait, 60)
    atexit.register(ours.close)  # the last that is registered runs first: it ends when this is closed
    return ours


def _load() -> None:
    """Import all that a command may use. What is for another system can't be imported here."""
    for layer in ("core", "adapters", "features", "cli"):
        package = importlib.import_module(f"forksight.{layer}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
    importlib.import_module("forksight.app.workbench")
    gc.freeze()


def _become_a_command(requests: socket.socket) -> None:
    """Fork a process for each request; returns in that process alone, which is to run the command in `sys.argv`."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for the processes that watch the commands
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, _LARGEST, 4)
        if not request:
            os._exit(0)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            requests.close()
            pid = os.fork()
            if pid == 0:
                _take(json.loads(request), descriptors)
                return
            _watch(pid, socket.socket(fileno=descriptors.pop()), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _watch(pid: int, tells: socket.socket, descriptors: Iterable[int]) -> None:
    """Tell the id of the process of a command, then its exit status."""
    for descriptor in descriptors:
        os.close(descriptor)
    tells.send(str(pid).encode())
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):
        tells.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _take(request: dict[str, object], descriptors: list[int]) -> None:
    """Be in the folder and environment of a command, on its descriptors."""
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    for descriptor in descriptors:
        os.close(descriptor)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", buffering=1 if os.isatty(1) else -1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    arguments, environment = request["arguments"], request["env"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(str(request["cwd"]))
    sys.argv = [str(_ROOT / "server/forksight/__main__.py"), *arguments]


if __name__ == "__main__":
    _load()
    _become_a_command(socket.socket(fileno=int(sys.argv[1])))
    from forksight.__main__ import main

    __package__ = "forksight"  # by which click tells how it was started

    main()
