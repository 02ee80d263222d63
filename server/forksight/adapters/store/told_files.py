"""The files that record what agents were told and which files they touched, so that a restarted process does not repeat itself.

There is one file for each session, in the folder that Claude Code keeps for the plugin and removes with it; without a plugin,
in the user's cache. Each line is the JSON of `[agent, [key, …]]`, and is written in one call, since several processes may
append to one file.
"""

import json
import os
import time
from collections.abc import Collection, Mapping
from contextlib import suppress

from forksight.adapters.store.own_files import check_own, own_folder
from forksight.adapters.system.disk.regular_file import open_regular
from forksight.core.sessions.ids import is_session_id

_SUFFIX = ".jsonl"
_LARGEST = 4 << 20  # bytes; of a larger file only the end is read
_KEPT_FOR = 30 * 86_400.0  # seconds after the last line


class ToldFiles:
    """See `core.ports.store.ToldFacts`."""

    def __init__(self, folder: str, plugin_data: str | None = None) -> None:
        """`folder` is our folder in the user's cache; `plugin_data` is Claude Code's folder for the plugin that started us, if any."""
        self._of_plugin = plugin_data is not None and os.path.isdir(plugin_data)
        self._folder = os.path.join(plugin_data if plugin_data and self._of_plugin else folder, "told")

    def read(self, session: str) -> Mapping[str, frozenset[str]]:
        """See `core.ports.store.ToldFacts`."""
        facts: dict[str, set[str]] = {}
        if not is_session_id(session):
            return {}
        try:
            text = self._read(self._file(session))
        except OSError:
            return {}
        for line in text.splitlines():
            try:
                agent, keys = json.loads(line)
                facts.setdefault(str(agent), set()).update(map(str, keys))
            except (ValueError, TypeError, RecursionError):
                continue  # for example an incomplete line of a process that was killed
        return {agent: frozenset(keys) for agent, keys in facts.items()}

    def _read(self, path: str) -> bytes:
        """The last `_LARGEST` bytes of a file. Raises `OSError` if it or its folder is a link or another user's."""
        check_own(self._folder)
        check_own(path)
        with open_regular(path, follow=False) as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _LARGEST))
            return file.read(_LARGEST)

    def add(self, session: str, agent: str, keys: Collection[str]) -> None:
        """See `core.ports.store.ToldFacts`."""
        if not is_session_id(session):
            return
        line = json.dumps([agent, sorted(keys)]).encode() + b"\n"
        with suppress(OSError):
            handle = self._open(self._file(session))
            try:
                os.write(handle, line)
            finally:
                os.close(handle)

    def _open(self, path: str) -> int:
        """Open a file for appending; returns its descriptor. Raises `OSError`, also if the plugin was uninstalled meanwhile."""
        own_folder(self._folder, parents=not self._of_plugin)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(path, flags, 0o600)

    def tidy(self) -> None:
        """See `core.ports.store.ToldFacts`."""
        with suppress(OSError):
            check_own(self._folder)
            with os.scandir(self._folder) as files:
                for file in files:
                    old = time.time() - file.stat(follow_symlinks=False).st_mtime > _KEPT_FOR
                    if old and file.name.endswith(_SUFFIX) and not file.is_dir(follow_symlinks=False):
                        os.unlink(file.path)

    def _file(self, session: str) -> str:
        return os.path.join(self._folder, f"{session}{_SUFFIX}")
