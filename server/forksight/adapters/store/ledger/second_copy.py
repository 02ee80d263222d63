"""A second copy of what only the ledger knows, in the user's own data folder: the ledger's folder may be deleted as a whole."""

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from forksight.adapters.store.ledger.sealed_rows import KEYS, SealedRows
from forksight.adapters.store.own_files import read_own, write_whole
from forksight.adapters.store.seal import Seal, sealed, unsealed
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
                write_whole(self.path, sealed(self._seal, _KIND, {"born": born(self._seal.common_dir), "rows": taken}))
                self._kept = taken

    def put_back(self, rows: SealedRows) -> None:
        """Add the rows that a ledger has not."""
        try:
            body = unsealed(self._seal, _KIND, read_own(self.path), self.path)
            if body["born"] != born(self._seal.common_dir):  # of a repository that was at this path before
                return
            known = body["rows"]
        except (OSError, KeyError):
            return
        for table in _TABLES:
            for row in known.get(table, ()):
                key = [row[column] for column in KEYS[table]]
                if rows.get(table, *key) is None:
                    rows.put(table, row)
