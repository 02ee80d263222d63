"""A second copy of the rows that only the ledger has, in the user's data folder: the ledger's whole folder may get deleted."""

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

# The copied tables. Forks can be inferred from transcripts, and archives from their descriptions.
_TABLES = ("baseline", "generation", "mute", "restored")
_KIND = "second copy"

# Table -> its rows.
CopiedRows = Mapping[str, list[dict[str, Any]]]


class SecondCopy:
    """The second copy of one repository's ledger."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._kept: CopiedRows | None = None  # the rows that this process wrote last

    @property
    def path(self) -> str:
        """The path of the file, which need not exist."""
        return os.path.join(self._seal.folder, "ledger.json")

    def copied(self, rows: SealedRows) -> CopiedRows:
        """The ledger's present rows of the copied tables."""
        return {table: rows.all(table) for table in _TABLES}

    def keep(self, copied: CopiedRows) -> None:
        """Write these rows if they changed since this process last wrote them. Errors are ignored: the ledger has the rows."""
        if copied != self._kept:
            with suppress(OSError):
                if self._kept is None:
                    self._set_unreadable_aside()
                write_whole(self.path, sealed(self._seal, _KIND, {"born": born(self._seal.common_dir), "rows": copied}))
                self._kept = copied

    def check(self) -> bool:
        """Whether there is a second copy for this repository. Raises `OSError` if it, or the key of the seals, can't be read."""
        self._seal.checker()
        return self._rows() is not None

    def put_back(self, rows: SealedRows) -> None:
        """Add the rows that the ledger lacks. Raises `OSError` if there is a second copy that can't be read."""
        copied = self._rows() or {}
        for table in _TABLES:
            for row in copied.get(table, ()):
                key = [row[column] for column in KEYS[table]]
                if rows.get(table, *key) is None:
                    rows.put(table, row)

    def _rows(self) -> CopiedRows | None:
        """The rows of the second copy; None if there is none, or if it is another repository's that was at this path before.

        Raises `OSError` if it can't be read.
        """
        body = self._read()
        return body.get("rows", {}) if body is not None and body.get("born") == born(self._seal.common_dir) else None

    def _read(self) -> dict[str, Any] | None:
        """The JSON object of the file; None if there is no file, or its seal is not valid. Raises `OSError` if it can't be read."""
        try:
            text = read_own(self.path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        self._seal.checker()
        try:
            return unsealed(self._seal, _KIND, text, self.path)
        except OSError:
            return None

    def _set_unreadable_aside(self) -> None:
        """Rename the file if it can't be read or is damaged, since it would be replaced otherwise. Raises `OSError`."""
        with suppress(OSError):
            if self._read() is not None:
                return
        if not is_absent(self.path):
            os.rename(self.path, free_name(f"{self.path}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"))
