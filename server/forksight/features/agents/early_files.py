"""Files that agents named before it was known in which worktree they work: noted once it is."""

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from forksight.core.agents.hook import Hook

_MOST = 1_000  # files of a session in a repository, the last named ones
_MOST_SESSIONS = 20  # the last ones


@dataclass(frozen=True, slots=True)
class EarlyFile:
    """One such file."""

    agent: str | None  # who named it; None for the session itself
    cwd: str  # where that agent was then
    path: str  # absolute, not resolved
    edited: bool  # by a tool that has changed it, not only seen


class EarlyFiles:
    """All of them, by session and repository. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[tuple[str, str], dict[EarlyFile, None]] = {}

    def add(self, common_dir: str, hook: Hook, paths: Iterable[str], *, edited: bool) -> None:
        """The session of this hook names these files (absolute, or relative to where it is) in that repository."""
        named = [EarlyFile(hook.agent, hook.cwd, os.path.join(hook.cwd, path), edited) for path in paths]
        self.put_back(common_dir, hook.session, named)

    def put_back(self, common_dir: str, session: str, files: Iterable[EarlyFile]) -> None:
        """Keep these until they are taken again."""
        with self._lock:
            known = self._files.pop((session, common_dir), {}) | dict.fromkeys(files)
            self._files[session, common_dir] = dict.fromkeys(list(known)[-_MOST:])
            while len(self._files) > _MOST_SESSIONS:
                del self._files[next(iter(self._files))]

    def take(self, common_dir: str, session: str) -> tuple[EarlyFile, ...]:
        """The files of a session in a repository, which are kept no longer."""
        with self._lock:
            return tuple(self._files.pop((session, common_dir), ()))
