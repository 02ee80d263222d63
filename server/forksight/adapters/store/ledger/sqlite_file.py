"""SQLite files as such: opened so that several processes can share one, read as far as a damaged one goes."""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator

from forksight.adapters.system.disk.space import is_full

WAIT = 15.0  # seconds that a writer waits for the others


def connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    """A connection that waits for writers, in no transaction until told so."""
    connection = sqlite3.connect(name, timeout=WAIT, isolation_level=None, check_same_thread=False, uri=uri)
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")  # damaged text hides no other
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def tables_of(connection: sqlite3.Connection) -> list[str]:
    """The names of a file's tables in the order in which they were made: rows refer only to earlier ones."""
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log. SQLite does not wait for others here, so we do; some file systems refuse it."""
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
    """Whether a disk is full: SQLite says so of the file itself, and calls it an I/O error of the index of its log."""
    code = result_code(error)
    return code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and is_full(os.path.dirname(path)))


def readable_rows(path: str, table: str) -> Iterator[dict[str, object]]:
    """The rows of a damaged file's table up to the first that can't be read."""
    try:
        connection = connect(f"file:{quoted(path)}?mode=ro", uri=True)
    except sqlite3.DatabaseError:
        return
    try:
        if table not in tables_of(connection):  # a view of that name
            return
        for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - a name of our own schema
            yield dict(zip(row.keys(), row, strict=True))
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return
    finally:
        connection.close()


def salvage(aside: str, tables: Iterable[str], connection: sqlite3.Connection) -> None:
    """Copy what is still readable of a file set aside, table by table. What the connection has already stays."""
    for table in tables:
        for row in readable_rows(aside, table):
            columns, marks = ", ".join(row), ", ".join("?" * len(row))
            try:
                connection.execute(
                    f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
                    tuple(row.values()),
                )
            except (sqlite3.DatabaseError, UnicodeEncodeError):
                continue  # a row that no longer fits (its baseline is lost), or damaged text


def damage(message: str) -> sqlite3.DatabaseError:
    """An error as SQLite raises it for a damaged file."""
    error = sqlite3.DatabaseError(message)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def result_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code (the extended ones carry it in their low byte)."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def identity(path: str) -> tuple[int, int] | None:
    """The device and inode of a file; None if there is none."""
    try:
        facts = os.stat(path)
    except FileNotFoundError:
        return None
    return facts.st_dev, facts.st_ino


def filled(path: str) -> bool:
    """Whether there is a file with something in it."""
    return os.path.exists(path) and os.path.getsize(path) > 0


def free_name(path: str) -> str:
    """The path, or one with a number behind it, that nothing has yet."""
    number, candidate = 1, path
    while os.path.lexists(candidate):
        number += 1
        candidate = f"{path}-{number}"
    return candidate


def quoted(path: str) -> str:
    """A path as it stands in a `file:` URI."""
    from urllib.parse import quote

    return quote(os.fsencode(path))
