"""Lists and removes what Forksight keeps for this user outside of repositories: caches, and the keys of repositories."""

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import suppress

from forksight.adapters.store.archive.removal import remove_tree
from forksight.adapters.store.own_files import read_own
from forksight.core.problems import ForksightError

_OF_AGENTS = ("notices", "residents", "status", "told")  # the caches that only hooks and status lines use
_VIEWS = "views"  # the documents that editors show


class UserFiles:
    """See `core.ports.store.UserFiles`."""

    def __init__(self, caches: str, data: str) -> None:
        """`caches` is our folder in the user's cache, `data` our folder in the user's data folder."""
        self.caches = caches
        self._data = data

    def of_agents(self) -> tuple[str, ...]:
        """See `core.ports.store.UserFiles`."""
        return tuple(os.path.join(self.caches, name) for name in self._names() if name in _OF_AGENTS)

    def indexes(self) -> tuple[str, ...]:
        """See `core.ports.store.UserFiles`."""
        return tuple(
            os.path.join(self.caches, name)
            for name in self._names()
            if name.startswith("sessions-") and name.endswith(".sqlite3")
        )

    def views(self) -> tuple[str, ...]:
        """See `core.ports.store.UserFiles`."""
        return tuple(os.path.join(self.caches, name) for name in self._names() if name == _VIEWS)

    @property
    def keys(self) -> str:
        """See `core.ports.store.UserFiles`."""
        return os.path.join(self._data, "repositories")

    def repositories(self) -> tuple[str, ...]:
        """See `core.ports.store.UserFiles`."""
        folders = []
        with suppress(OSError):
            for name in os.listdir(self.keys):
                with suppress(OSError, ValueError, KeyError, TypeError):
                    path = os.path.join(json.loads(read_own(os.path.join(self.keys, name, "key")))["path"], "forksight")
                    if os.path.isdir(path):
                        folders.append(path)
        return tuple(sorted(folders))

    def remove(self, paths: Sequence[str]) -> None:
        """See `core.ports.store.UserFiles`."""
        try:
            for path in paths:
                if not os.path.isdir(path) or os.path.islink(path):
                    _remove_file(path)
                else:
                    remove_tree(path)
            if os.path.isdir(self.caches) and not self._names():
                os.rmdir(self.caches)
        except OSError as error:
            raise ForksightError(
                f"{error.filename} can't be removed ({error.strerror})", fix="check its permissions, and try again"
            ) from None

    def _names(self) -> list[str]:
        try:
            return sorted(os.listdir(self.caches))
        except OSError:
            return []


def _remove_file(path: str) -> None:
    """Remove a database with its sidecar files, or another file. Raises `ForksightError` if a process has the database open.

    That process would delete the sidecar files of a new database when it closes its own.
    """
    if os.path.isfile(path) and not os.path.islink(path):
        try:
            connection = sqlite3.connect(path, timeout=0)
            try:
                connection.execute("PRAGMA journal_mode = DELETE")  # fails while another process has it open
            finally:
                connection.close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise ForksightError(
                    f"{path} is in use by an editor or a session", fix="close it, and try again"
                ) from None
        except sqlite3.Error:
            pass  # a damaged database is removed
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.unlink(path + suffix)
