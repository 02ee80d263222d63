"""A second copy of what only the ledger knows, in the user's own data folder: the ledger's folder may be deleted as a whole."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from forksight.adapters.store.ledger.sealed_rows import KEYS, SealedRows
from forksight.adapters.store.ledger.sqlite_file import free_name
from forksight.adapters.store.own_files import read_own, write_whole
from forksight.adapters.store.seal import Seal, sealed, unsealed
from forksight.adapters.system.disk.absence import is_absent
from forksight.adapters.system.disk.birth import born

_TABLES = ("baseline", "generation", "mute", "restored")  # forks are seen in transcripts, archives describe themselves
_KIND = "second copy"

Taken = Mapping[str, list[dict[str, Any]]]


class SecondCopy:
    """The second copy of one repository's ledger."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._kept: Taken | None = None

    @property
    def path(self) -> str:
        """Where it is."""
        return os.path.join(self._seal.folder, "ledger.json")

    def taken(self, rows: SealedRows) -> Taken:
        """What would be kept now."""
        return {table: rows.all(table) for table in _TABLES}

    def keep(self, taken: Taken) -> None:
        """Write it if it is news. Without it nothing is lost as long as the ledger is there."""
        if taken != self._kept:
            with suppress(OSError):
                if self._kept is None:
                    self._set_unknown_aside()
                write_whole(self.path, sealed(self._seal, _KIND, {"born": born(self._seal.common_dir), "rows": taken}))
                self._kept = taken

    def check(self) -> bool:
        """Whether there is a second copy of this repository's. Raises `OSError` if it, or the key, can't be read."""
        self._seal.checker()
        return self._known() is not None

    def put_back(self, rows: SealedRows) -> None:
        """Add the rows that a ledger has not. Raises `OSError` if there is a second copy that can't be read."""
        known = self._known() or {}
        for table in _TABLES:
            for row in known.get(table, ()):
                key = [row[column] for column in KEYS[table]]
                if rows.get(table, *key) is None:
                    rows.put(table, row)

    def _known(self) -> Taken | None:
        """The rows of the second copy; None if there is none, or it is of a repository that was at this path before. Raises `OSError`."""
        body = self._read()
        return body.get("rows", {}) if body is not None and body.get("born") == born(self._seal.common_dir) else None

    def _read(self) -> dict[str, Any] | None:
        """What was written; None if there is nothing, or it is damaged, or not this user's. Raises `OSError` if it can't be read."""
        try:
            text = read_own(self.path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        self._seal.checker()
        try:
            return unsealed(self._seal, _KIND, text, self.path)
        except OSError:
            return None

    def _set_unknown_aside(self) -> None:
        """Rename what can't be read or is damaged: the next version would replace it. Raises `OSError`."""
        with suppress(OSError):
            if self._read() is not None:
                return
        if not is_absent(self.path):
            os.rename(self.path, free_name(f"{self.path}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"))
