"""Programs of Forksight in processes forked from one that has imported their modules, which is most of what a start takes.

Each has a process, environment, folder and descriptors of its own, as `python -m` gives it, and ends as an interpreter ends. The
process that they are forked from is started at first use, one for each program and worker, and ends with the worker.
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
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tests import permissions

_ROOT = Path(__file__).resolve().parents[1]
_LARGEST = 1 << 20  # bytes of a request
_FOR_THE_INTERPRETER = ("PYTHON", "LC_", "LANG")  # variables that only a new interpreter reads

# The modules that can be run, and the parts of the package that each imports.
_LAYERS = {
    "forksight": ("core", "adapters", "features", "cli"),
    "tests.patient": ("core", "adapters", "features", "cli", "lsp"),
}


class Process:
    """A running program, as `subprocess.Popen` represents one."""

    def __init__(
        self,
        argv: Sequence[str],
        pid: int,
        end: socket.socket,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
    ) -> None:
        self.argv, self.pid, self.stdin, self.stdout = argv, pid, stdin, stdout
        self.returncode: int | None = None
        self._end = end  # its exit status comes through here

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, as `subprocess` has it, after at most `timeout` seconds. Raises TimeoutExpired."""
        if self.returncode is None:
            self._end.settimeout(timeout)
            try:
                self.returncode = int(self._end.recv(32))
            except TimeoutError:
                raise subprocess.TimeoutExpired(self.argv, timeout or 0) from None
            self._end.close()
        return self.returncode

    def kill(self) -> None:
        """End it with SIGKILL, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def can_run(env: Mapping[str, str]) -> bool:
    """Whether a program may be forked that is to have this environment and this process's rights: not if the interpreter reads
    that environment, or if the process that it is forked from has more rights.
    """
    return _for_the_interpreter(env) == _for_the_interpreter(os.environ) and not permissions.are_obeyed()


def start(
    module: str,
    arguments: Sequence[str],
    *,
    cwd: str | Path,
    env: Mapping[str, str],
    descriptors: tuple[int, int, int],
    new_group: bool = False,
) -> Process:
    """Run `python -m MODULE ARGUMENTS` on these descriptors (standard input, output and error). `env` is the whole environment.

    With `new_group` it has a process group of its own.
    """
    request = json.dumps({"arguments": arguments, "cwd": str(cwd), "env": dict(env), "new_group": new_group}).encode()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        socket.send_fds(_loaded(module), [request], [*descriptors, theirs.fileno()])
    return Process([sys.executable, "-m", module, *arguments], int(ours.recv(32)), ours)


def start_on_pipes(module: str, *arguments: str, cwd: str | Path, env: Mapping[str, str]) -> Process:
    """Like `start`, on two new pipes and this process's standard error."""
    stdin, to_stdin = os.pipe()
    from_stdout, stdout = os.pipe()
    try:
        process = start(module, arguments, cwd=cwd, env=env, descriptors=(stdin, stdout, 2))
    finally:
        os.close(stdin)
        os.close(stdout)
    process.stdin, process.stdout = os.fdopen(to_stdin, "wb"), os.fdopen(from_stdout, "rb")
    return process


def _for_the_interpreter(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_FOR_THE_INTERPRETER)}


@functools.cache
def _loaded(module: str) -> socket.socket:
    """The way to a process that has loaded a program; it ends when this end is closed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.preloaded", module, str(theirs.fileno())],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        ours.setsockopt(socket.SOL_SOCKET, option, _LARGEST)
    atexit.register(process.wait, 60)
    atexit.register(ours.close)  # the last that is registered runs first: it ends when this is closed
    return ours


def _load(layers: Sequence[str]) -> None:
    """Import all that a program may use. What is for another system can't be imported here."""
    if "lsp" in layers:
        from forksight.lsp.wire.lazy_types import import_lsprotocol

        import_lsprotocol()
    for layer in layers:
        package = importlib.import_module(f"forksight.{layer}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
    importlib.import_module("forksight.app.workbench")
    gc.freeze()


def _become_a_program(requests: socket.socket) -> None:
    """Fork a process for each request; returns in that process alone, which is to run the program with `sys.argv`."""
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        request, descriptors, _, _ = socket.recv_fds(requests, _LARGEST, 4)
        if not request:
            os._exit(0)
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            requests.close()
            program = json.loads(request)
            pid = os.fork()
            if pid == 0:
                _take(program, descriptors)
                return
            if program["new_group"]:
                with contextlib.suppress(OSError):  # it may have ended
                    os.setpgid(pid, pid)  # before anybody hears of it: who does may kill the group at once
            _watch(pid, socket.socket(fileno=descriptors.pop()), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _reap(*_: object) -> None:
    """Take leave of processes that have ended: so what they took counts as taken by the tests."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _watch(pid: int, end: socket.socket, descriptors: Sequence[int]) -> None:
    """Tell the id of the process of a program, then its exit status."""
    for descriptor in descriptors:
        os.close(descriptor)
    end.send(str(pid).encode())
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):
        end.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _take(request: dict[str, object], descriptors: list[int]) -> None:
    """Be in the folder, environment and process group of a program, on its descriptors."""
    if request["new_group"]:
        os.setpgid(0, 0)
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
    _load(_LAYERS[sys.argv[1]])
    module = sys.argv[1]
    _become_a_program(socket.socket(fileno=int(sys.argv[2])))
    __package__ = "forksight"  # by which click tells how it was started
    main = importlib.import_module("forksight.__main__" if module == "forksight" else module).main
    main()
