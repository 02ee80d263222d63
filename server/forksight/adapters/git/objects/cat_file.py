"""Reads objects through one long-lived `git cat-file --batch-command` per repository, whose protocol is parsed here."""

import math
import os
import selectors
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from io import BufferedReader

from forksight.adapters.git import process as git
from forksight.core.frozen import dataclass

_ASK_AT_ONCE = 500  # requests; fewer bytes than a pipe holds, so that asking never blocks


@dataclass(frozen=True, slots=True)
class Object:
    """An object of the object database."""

    oid: str  # its id
    kind: str  # blob, tree, commit or tag
    size: int  # in bytes
    data: bytes | None = None  # None if its contents were not asked for


class Objects:
    """Reads objects. Raises `GitError` if git does not work at all. Thread-safe.

    The process is started at the first request, and again if it died.
    """

    def __init__(self, cwd: str, environment: Callable[[], Mapping[str, str]]) -> None:
        self._cwd = cwd
        self._environment = environment
        self._lock = threading.Lock()
        self._process: _Process | None = None

    def contents(self, names: Iterable[str]) -> dict[str, Object]:
        """Objects with their bytes, by requested name. Objects that do not exist, or are missing in a partial clone, are left out."""
        return self._ask("contents", names)

    def infos(self, names: Iterable[str]) -> dict[str, Object]:
        """Objects without their bytes, by requested name; names such as `<commit>^{tree}` are allowed."""
        return self._ask("info", names)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _ask(self, command: str, names: Iterable[str]) -> dict[str, Object]:
        unanswered = [name for name in dict.fromkeys(names) if name and "\0" not in name]
        objects: dict[str, Object] = {}
        with self._lock:
            while unanswered:
                batch, answered = unanswered[:_ASK_AT_ONCE], 0
                fresh = self._process is None
                process = self._process = self._process or _Process(self._cwd, self._environment())
                try:
                    for git_object in process.ask(command, batch):
                        if git_object is not None:
                            objects[batch[answered]] = git_object
                        answered += 1
                except _Died:
                    self._end()
                    if fresh:  # it gives up on an object that it can't read: go on behind it, if git works at all
                        git.run(["rev-parse", "--git-dir"], cwd=self._cwd, env=self._environment())
                        answered += 1
                unanswered = unanswered[answered:]
        return objects

    def _end(self) -> None:
        if self._process is not None:
            self._process.close()
            self._process = None


class _Died(Exception):  # noqa: N818 - a signal between these two classes, not an error that anybody sees
    """The process ended or hung before it had answered."""


class _Process:
    """One `git cat-file --batch-command --buffer -z` process. Not thread-safe."""

    def __init__(self, cwd: str, environment: Mapping[str, str]) -> None:
        self._process = git.start(["cat-file", "--batch-command", "--buffer", "-z"], cwd=cwd, env=environment)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._overdue_at = math.inf  # on the monotonic clock
        assert self._process.stderr is not None
        threading.Thread(target=_watch, args=(weakref.ref(self), self._process.stderr), daemon=True).start()

    def ask(self, command: str, names: list[str]) -> Iterator[Object | None]:
        """One answer for each name; None if it is missing. Raises `_Died`."""
        self._overdue_at = time.monotonic() + git.TIMEOUT
        try:
            request = "".join(f"{command} {name}\0" for name in names) + "flush\0"
            self._requests.write(os.fsencode(request))
            self._requests.flush()
            for name in names:
                yield self._answer(name, with_data=command == "contents")
        except (BrokenPipeError, ValueError):
            raise _Died from None
        finally:
            self._overdue_at = math.inf

    def close(self) -> None:
        """Kill the process; it holds nothing that could be lost."""
        self._process.kill()
        self._process.wait()
        self._answers.close()
        with suppress(BrokenPipeError):
            self._requests.close()

    def end_if_overdue(self) -> None:
        """Kill the process if an answer is overdue."""
        if time.monotonic() > self._overdue_at:
            self._process.kill()

    def _answer(self, name: str, *, with_data: bool) -> Object | None:
        line = self._answers.readline()
        if not line:
            raise _Died
        words = line.split(b" ")
        if len(words) != 3 or len(words[0]) not in (40, 64) or not words[2].strip().isdigit():
            for _ in range(name.count("\n")):  # "<name> missing", "<name> ambiguous"
                self._answers.readline()
            return None
        size = int(words[2])
        if not with_data:
            return Object(words[0].decode(), words[1].decode(), size)
        data = self._answers.read(size + 1)
        if len(data) <= size:
            raise _Died
        return Object(words[0].decode(), words[1].decode(), size, data[:-1])


def _watch(process: "weakref.ref[_Process]", warnings: BufferedReader) -> None:
    """Kill overdue processes and drain git's warnings, until git has ended: a full pipe would block it.

    It only holds a weak reference to the process. When nothing else refers to that, its pipes are closed and git ends.
    """
    with warnings, selectors.PollSelector() as selector:
        selector.register(warnings, selectors.EVENT_READ)
        while True:
            if selector.select(git.TIMEOUT / 4) and not warnings.read1(65536):
                return
            if (running := process()) is not None:
                running.end_if_overdue()
            del running
