"""Rows of the ledger with a seal each: one that is damaged, or that somebody else put there, is as good as absent."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from forksight.adapters.store.seal import Seal

Row = dict[str, Any]

# As `json.dumps` with these arguments, which makes an encoder for each call.
_encode = json.JSONEncoder(sort_keys=True, default=repr).encode
_encode_key = json.JSONEncoder(default=repr).encode

# The columns that tell the rows of each table apart. A table refers only to earlier ones.
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
    """The rows behind one connection, in whatever transaction it is. All names of tables are keys of `KEYS`.

    What looks at rows raises `OSError` if the key of their seals can't be read.
    """

    def __init__(self, connection: sqlite3.Connection, seal: Seal) -> None:
        self.connection = connection
        self._seal = seal

    def all(self, table: str, order: str = "rowid") -> list[Row]:
        """The rows of a table that are whole, in an order that SQL takes."""
        return [row for row, whole in self._read(table, order) if whole]

    def get(self, table: str, *key: object) -> Row | None:
        """The row with that key if it is whole."""
        row = self._find(table, key)
        return row if row is not None and self._is_whole(table, row) else None

    def put(self, table: str, row: Row) -> None:
        """Write a row in place of any with its key."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        self.connection.execute(
            f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            tuple(row.values()),
        )
        self.seal(table, *(row[column] for column in KEYS[table]))

    def change(self, table: str, *key: object, **values: object) -> None:
        """Change columns of a row, if it is there and whole."""
        if self.get(table, *key) is not None:
            columns = ", ".join(f"{column} = ?" for column in values)
            self.connection.execute(
                f"UPDATE {table} SET {columns} WHERE {_where(table)}",  # noqa: S608 - our own names
                (*values.values(), *key),
            )
            self.seal(table, *key)

    def delete(self, table: str, *key: object) -> None:
        """Remove a row."""
        self.connection.execute(f"DELETE FROM {table} WHERE {_where(table)}", key)  # noqa: S608 - our own names
        self.connection.execute("DELETE FROM seal WHERE kind = ? AND key = ?", (table, json.dumps(key)))

    def seal(self, table: str, *key: object) -> None:
        """Seal a row as it is stored (SQLite turns whole numbers in a REAL column into others). Raises `sqlite3.OperationalError`."""
        row = self._find(table, key)
        assert row is not None
        try:
            mark = self._seal.make(f"row of {table}", _body(row))
        except OSError as error:
            raise sqlite3.OperationalError(f"{self._seal.folder}: {error}") from error
        self.connection.execute("INSERT OR REPLACE INTO seal VALUES (?, ?, ?)", (table, _key(table, row), mark))

    def everything(self) -> tuple[dict[str, list[Row]], int]:
        """The rows of each table that are whole, in the order in which they were written, and how many are not: read once."""
        whole: dict[str, list[Row]] = {}
        strangers = 0
        for table in KEYS:
            rows = self._read(table, "rowid")
            whole[table] = [row for row, is_whole in rows if is_whole]
            strangers += len(rows) - len(whole[table])
        return whole, strangers

    def strangers(self) -> list[tuple[str, Row]]:
        """Every row that is not whole, with its table."""
        return [(table, row) for table in KEYS for row, whole in self._read(table, "rowid") if not whole]

    def sweep(self) -> None:
        """Remove every row that is not whole."""
        for table in KEYS:
            whole = {row["rowid"]: ok for row, ok in self._read(table, "rowid", "rowid, *")}
            gone = [(rowid,) for rowid, ok in whole.items() if not ok]
            self.connection.executemany(f"DELETE FROM {table} WHERE rowid = ?", gone)  # noqa: S608 - our own names

    def adopt(self) -> int:
        """Seal every row that can be read, except plans, which are forgotten; how many were not sealed before."""
        strangers = [(table, row) for table, row in self.strangers() if table != "plan"]
        for table, row in strangers:
            with suppress(UnicodeEncodeError):  # a damaged text
                self.seal(table, *(row[column] for column in KEYS[table]))
        self.sweep()
        return len(strangers)

    def _read(self, table: str, order: str, columns: str = "*") -> list[tuple[Row, bool]]:
        marks = dict(self.connection.execute("SELECT key, mac FROM seal WHERE kind = ?", (table,)).fetchall())
        checked = []
        records = self.connection.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()  # noqa: S608
        if not records:  # nobody asks for the key
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
