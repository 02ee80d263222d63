"""Reads and writes the ledger's rows with their seals. A row without a valid seal (damaged, or somebody else's) counts as absent.

A row with a valid seal is called whole, any other one a stranger.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from forksight.adapters.store.seal import Seal

Row = dict[str, Any]

# The same as `json.dumps` with these arguments, which would make a new encoder at each call.
_encode = json.JSONEncoder(sort_keys=True, default=repr).encode
_encode_key = json.JSONEncoder(default=repr).encode

# Table -> its key columns, in an order in which rows refer to earlier tables only.
KEYS: Mapping[str, tuple[str, ...]] = {
    "baseline": ("name",),
    "generation": ("baseline", "number"),
    "fork": ("launch",),
    "mute": ("label",),
    "plan": ("id",),
    "archive": ("session",),
    "restored": ("session",),
    "attempt": ("session",),
    "folder": ("session",),
    "landing": ("id",),
    "findings": ("session",),
}


class SealedRows:
    """The rows behind one connection, in its present transaction. Tables are named by the keys of `KEYS`.

    Methods that read rows raise `OSError` if the key of the seals can't be read.
    """

    def __init__(self, connection: sqlite3.Connection, seal: Seal) -> None:
        self.connection = connection
        self._seal = seal

    def all(self, table: str, order: str = "rowid") -> list[Row]:
        """The whole rows of a table. `order` is SQL for `ORDER BY`."""
        return [row for row, whole in self._read(table, order) if whole]

    def get(self, table: str, *key: object) -> Row | None:
        """The row with that key; None if there is none, or if it is not whole."""
        row = self._find(table, key)
        return row if row is not None and self._is_whole(table, row) else None

    def put(self, table: str, row: Row) -> None:
        """Write and seal a row, in place of any with its key. Raises as `seal` does."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        self.connection.execute(
            f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            tuple(row.values()),
        )
        self.seal(table, *(row[column] for column in KEYS[table]))

    def change(self, table: str, *key: object, **values: object) -> None:
        """Change columns of the row with that key, if it is there and whole. Raises as `seal` does."""
        if self.get(table, *key) is not None:
            columns = ", ".join(f"{column} = ?" for column in values)
            self.connection.execute(
                f"UPDATE {table} SET {columns} WHERE {_where(table)}",  # noqa: S608 - our own names
                (*values.values(), *key),
            )
            self.seal(table, *key)

    def delete(self, table: str, *key: object) -> None:
        """Delete the row with that key, and its seal."""
        self.connection.execute(f"DELETE FROM {table} WHERE {_where(table)}", key)  # noqa: S608 - our own names
        self.connection.execute("DELETE FROM seal WHERE kind = ? AND key = ?", (table, json.dumps(key)))

    def seal(self, table: str, *key: object) -> None:
        """Seal a row as it was stored: SQLite converts integers in REAL columns. Raises `sqlite3.OperationalError` if that fails."""
        row = self._find(table, key)
        assert row is not None
        try:
            mark = self._seal.make(f"row of {table}", _body(row))
        except OSError as error:
            raise sqlite3.OperationalError(f"{self._seal.folder}: {error}") from error
        self.connection.execute("INSERT OR REPLACE INTO seal VALUES (?, ?, ?)", (table, _key(table, row), mark))

    def everything(self) -> tuple[dict[str, list[Row]], int]:
        """Table -> its whole rows in the order in which they were written, and the number of strangers."""
        whole: dict[str, list[Row]] = {}
        strangers = 0
        for table in KEYS:
            rows = self._read(table, "rowid")
            whole[table] = [row for row, is_whole in rows if is_whole]
            strangers += len(rows) - len(whole[table])
        return whole, strangers

    def strangers(self) -> list[tuple[str, Row]]:
        """(table, row) of every stranger."""
        return [(table, row) for table in KEYS for row, whole in self._read(table, "rowid") if not whole]

    def sweep(self) -> None:
        """Delete every stranger."""
        for table in KEYS:
            whole = {row["rowid"]: ok for row, ok in self._read(table, "rowid", "rowid, *")}
            gone = [(rowid,) for rowid, ok in whole.items() if not ok]
            self.connection.executemany(f"DELETE FROM {table} WHERE rowid = ?", gone)  # noqa: S608 - our own names

    def adopt(self) -> int:
        """Seal all strangers but plans, and delete those that are left; returns how many there were, without plans."""
        strangers = [(table, row) for table, row in self.strangers() if table != "plan"]
        for table, row in strangers:
            with suppress(UnicodeEncodeError):  # a damaged text
                self.seal(table, *(row[column] for column in KEYS[table]))
        self.sweep()
        return len(strangers)

    def _read(self, table: str, order: str, columns: str = "*") -> list[tuple[Row, bool]]:
        """All rows of a table, each with whether it is whole. `columns` is "*" or "rowid, *"."""
        marks = dict(self.connection.execute("SELECT key, mac FROM seal WHERE kind = ?", (table,)).fetchall())
        checked = []
        records = self.connection.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()  # noqa: S608
        if not records:  # then the key is not read
            return []
        is_whole = self._seal.checker()
        for record in records:
            row = dict(record)
            body = {name: value for name, value in row.items() if name != "rowid"} if columns != "*" else row
            mark = marks.get(_key(table, row))
            checked.append((row, is_whole(f"row of {table}", _body(body), mark)))
        return checked

    def _find(self, table: str, key: tuple[object, ...]) -> Row | None:
        record = self.connection.execute(f"SELECT * FROM {table} WHERE {_where(table)}", key).fetchone()  # noqa: S608
        return dict(record) if record is not None else None

    def _is_whole(self, table: str, row: Row) -> bool:
        record = self.connection.execute(
            "SELECT mac FROM seal WHERE kind = ? AND key = ?", (table, _key(table, row))
        ).fetchone()
        return record is not None and self._seal.is_whole(f"row of {table}", _body(row), record["mac"])


def _where(table: str) -> str:
    return " AND ".join(f"{column} = ?" for column in KEYS[table])


def _key(table: str, row: Row) -> str:
    return _encode_key([row[column] for column in KEYS[table]])


def _body(row: Row) -> str:
    return _encode(row)
