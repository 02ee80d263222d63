"""Remembers the files that agents named before the first scan found their worktree, until it is known."""

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from forksight.core.agents.hook import Hook

_MOST = 1_000  # files per session and repository, the last named ones
_MOST_SESSIONS = 20  # pairs of session and repository, the last ones


@dataclass(frozen=True, slots=True)
class EarlyFile:
    """A file that an agent named."""

    agent: str | None  # the subagent that named it; None for the session itself
    cwd: str  # that agent's directory then
    path: str  # absolute; symbolic links are not resolved
    edited: bool  # whether the tool changed it, rather than only read it


class EarlyFiles:
    """The files by session and repository. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[tuple[str, str], dict[EarlyFile, None]] = {}

    def add(self, common_dir: str, hook: Hook, paths: Iterable[str], *, edited: bool) -> None:
        """Remember files that a hook's call names. `paths` are absolute, or relative to the hook's directory."""
        named = [EarlyFile(hook.agent, hook.cwd, os.path.join(hook.cwd, path), edited) for path in paths]
        self.put_back(common_dir, hook.session, named)

    def put_back(self, common_dir: str, session: str, files: Iterable[EarlyFile]) -> None:
        """Remember these until they are taken again."""
        with self._lock:
            remembered = self._files.pop((session, common_dir), {}) | dict.fromkeys(files)
            self._files[session, common_dir] = dict.fromkeys(list(remembered)[-_MOST:])
            while len(self._files) > _MOST_SESSIONS:
                del self._files[next(iter(self._files))]

    def take(self, common_dir: str, session: str) -> tuple[EarlyFile, ...]:
        """Return the files of a session in a repository, and forget them."""
        with self._lock:
            return tuple(self._files.pop((session, common_dir), ()))
