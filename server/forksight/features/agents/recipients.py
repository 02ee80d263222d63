"""Who is told: agents (a session, or one of its subagents), what each has been told, and the files that a session works with."""

import threading
from collections.abc import Callable, Collection, Mapping

from forksight.core.agents.hook import Hook
from forksight.core.ports.store import ToldFacts

_MOST_FILES = 40  # of a session, the last touched ones

File = tuple[str, str]  # a worktree's path, and a path in it


class Recipient:
    """One agent. Keys are those of `core.agents.other_edits`, and for other facts whatever names them. For any thread."""

    def __init__(self, told: Collection[str], keep: Callable[[Collection[str]], None]) -> None:
        """`told` counts as told before; `keep` gets what is told from now on."""
        self._lock = threading.Lock()
        self._told = set(told)
        self._keep = keep
        self.generation = -1  # of the project when its news was last told

    def knows(self, keys: Collection[str]) -> bool:
        """Whether all of these have been told."""
        with self._lock:
            return self._told.issuperset(keys)

    def tell(self, keys: Collection[str]) -> bool:
        """Count these as told from now on; whether any of them was not before."""
        with self._lock:
            new = set(keys) - self._told
            self._told |= new
        if new:
            self._keep(new)
        return bool(new)


class Recipients:
    """All agents of the sessions that one process serves. For any thread."""

    def __init__(self, told: ToldFacts) -> None:
        """`told` is what was told before this process began, and keeps what it tells."""
        self._lock = threading.Lock()
        self._told = told
        self._before: dict[str, Mapping[str, frozenset[str]]] = {}  # by session
        self._agents: dict[tuple[str, str | None], Recipient] = {}
        self._files: dict[str, dict[File, None]] = {}  # by session, last touched last

    def of(self, hook: Hook) -> Recipient:
        """The agent that a hook was called for."""
        key = hook.session, hook.agent
        with self._lock:
            if key not in self._agents:
                if hook.session not in self._before:
                    self._before[hook.session] = self._told.read(hook.session)
                agent = hook.agent or ""
                before = self._before[hook.session].get(agent, frozenset())
                self._agents[key] = Recipient(before, lambda keys: self._told.add(hook.session, agent, keys))
            return self._agents[key]

    def touch(self, hook: Hook, file: File) -> None:
        """The session has seen or edited a file."""
        with self._lock:
            files = self._files.setdefault(hook.session, {})
            files.pop(file, None)
            files[file] = None
            if len(files) > _MOST_FILES:
                del files[next(iter(files))]

    def last_touched(self, count: int) -> list[File]:
        """The files that each session touched last, at most so many of each."""
        with self._lock:
            return [file for files in self._files.values() for file in list(files)[-count:]]

    def files(self, hook: Hook) -> tuple[File, ...]:
        """The files that the session has touched, the last touched first."""
        with self._lock:
            return tuple(reversed(self._files.get(hook.session, {})))
