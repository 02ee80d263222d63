"""Registers the resident process that answers the hooks of a Claude Code process.

It locks a file in the user's cache that is named after that process. The lock ends with the resident, however that ends.
"""

import fcntl
import os
import time
from contextlib import suppress

from forksight.adapters.store.own_files import own_folder
from forksight.adapters.store.status_lock import is_locked, open_own

_OLD = 86_400.0  # seconds after which a file that no process has locked is deleted


class ResidentFiles:
    """See `core.ports.store.Residents`."""

    def __init__(self, folder: str, claude: str | None) -> None:
        """`claude` is the process id of the Claude Code that started this process; None or no number if none did."""
        has_parent = claude is not None and claude.isdecimal()
        self._path = os.path.join(folder, "residents", str(claude)) if has_parent else None
        self._held: int | None = None  # the descriptor of the locked file

    def enter(self) -> None:
        """See `core.ports.store.Residents`."""
        if self._path is None:
            return
        with suppress(OSError):
            own_folder(os.path.dirname(self._path))
            handle = open_own(self._path, os.O_RDWR | os.O_CREAT)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(handle)
            else:
                os.utime(handle)
                self._held = handle
            self._tidy()

    def _tidy(self) -> None:
        """Delete the old files of residents that were killed."""
        assert self._path is not None
        with os.scandir(os.path.dirname(self._path)) as files:
            for file in files:
                old = time.time() - file.stat(follow_symlinks=False).st_mtime > _OLD
                if old and file.name.isdecimal() and not _is_held(file.path):
                    os.unlink(file.path)

    def leave(self) -> None:
        """See `core.ports.store.Residents`."""
        if self._held is not None and self._path is not None:
            with suppress(OSError):
                os.unlink(self._path)
            os.close(self._held)
            self._held = None

    def is_there(self) -> bool:
        """See `core.ports.store.Residents`."""
        return self._path is not None and _is_held(self._path)


def _is_held(path: str) -> bool:
    """Whether a process has locked this file. False if there is none of this user."""
    try:
        handle = open_own(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return is_locked(handle)
    finally:
        os.close(handle)
