"""SQLite files that several processes share: connections, error codes, and reading what is left of a damaged one."""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator

from forksight.adapters.system.disk.space import is_full

WAIT = 15.0  # seconds to wait for another process's lock


def connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    """A connection that waits up to `WAIT` seconds for locks, and begins no transaction by itself. `name` is a path or a URI."""
    connection = sqlite3.connect(name, timeout=WAIT, isolation_level=None, check_same_thread=False, uri=uri)
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")  # damaged text hides no other
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def tables_of(connection: sqlite3.Connection) -> list[str]:
    """The names of a database's tables in the order of their creation, so that rows refer to earlier tables only."""
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log. Waits for locks up to `WAIT` seconds, since SQLite does not do so here.

    Some file systems do not support it; then the journal mode stays as it was.
    """
    deadline = time.monotonic() + WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if result_code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def is_for_want_of_space(error: sqlite3.Error, path: str) -> bool:
    """Whether an error was caused by a full disk. For the file SQLite reports that; for the log's index it reports an I/O error."""
    code = result_code(error)
    return code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and is_full(os.path.dirname(path)))


def readable_rows(path: str, table: str) -> Iterator[dict[str, object]]:
    """The rows of a damaged file's table, column -> value, up to the first that can't be read."""
    try:
        connection = connect(f"file:{quoted(path)}?mode=ro", uri=True)
    except sqlite3.DatabaseError:
        return
    try:
        if table not in tables_of(connection):  # it may be a view of that name
            return
        for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - a name of our own schema
            yield dict(zip(row.keys(), row, strict=True))
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return
    finally:
        connection.close()


def salvage(aside: str, tables: Iterable[str], connection: sqlite3.Connection) -> None:
    """Copy the readable rows of the tables of the file `aside` to a connection. Rows that exist there are not replaced."""
    for table in tables:
        for row in readable_rows(aside, table):
            columns, marks = ", ".join(row), ", ".join("?" * len(row))
            try:
                connection.execute(
                    f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
                    tuple(row.values()),
                )
            except (sqlite3.DatabaseError, UnicodeEncodeError):
                continue  # the row refers to a lost one, or has damaged text


def damage(message: str) -> sqlite3.DatabaseError:
    """An error like the one that SQLite raises for a damaged file."""
    error = sqlite3.DatabaseError(message)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def result_code(error: sqlite3.Error) -> int:
    """The primary result code of an error: the low byte of the extended one; 0 without any."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def identity(path: str) -> tuple[int, int] | None:
    """The device and inode of a file; None if there is none."""
    try:
        facts = os.stat(path)
    except FileNotFoundError:
        return None
    return facts.st_dev, facts.st_ino


def filled(path: str) -> bool:
    """Whether there is a file that is not empty."""
    return os.path.exists(path) and os.path.getsize(path) > 0


def free_name(path: str) -> str:
    """The path if nothing is there, else the first of `path-2`, `path-3`, … where nothing is."""
    number, candidate = 1, path
    while os.path.lexists(candidate):
        number += 1
        candidate = f"{path}-{number}"
    return candidate


def quoted(path: str) -> str:
    """A path, percent-encoded for a `file:` URI."""
    from urllib.parse import quote

    return quote(os.fsencode(path))
