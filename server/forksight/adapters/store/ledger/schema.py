"""The ledger's schema: its migrations, the check that a file is a whole ledger, and which rows of it are trusted."""

import functools
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing

from forksight.adapters.store.ledger.sqlite_file import connect, damage, filled, tables_of, use_wal
from forksight.core.frozen import dataclass
from forksight.core.problems import LedgerError

APPLICATION = 0x464B5347  # in SQLite's header: "FKSG". A file with another number is another program's

# One script for each version of the schema. Released ones never change; a new version appends a script.
MIGRATIONS = (
    """
    CREATE TABLE baseline (name TEXT PRIMARY KEY, current INTEGER NOT NULL);
    CREATE TABLE generation (
        baseline TEXT NOT NULL REFERENCES baseline (name) ON DELETE CASCADE, number INTEGER NOT NULL,
        session TEXT NOT NULL UNIQUE, commit_id TEXT, created REAL NOT NULL, PRIMARY KEY (baseline, number));
    CREATE TABLE fork (
        launch TEXT PRIMARY KEY, session TEXT UNIQUE, parent TEXT NOT NULL, baseline TEXT, generation INTEGER,
        branch TEXT, worktree TEXT NOT NULL, title TEXT NOT NULL, mode TEXT NOT NULL, created REAL NOT NULL,
        prompt TEXT, state TEXT NOT NULL, started REAL, short TEXT, pane TEXT);
    CREATE TABLE archive (session TEXT PRIMARY KEY, file TEXT NOT NULL, transcript TEXT NOT NULL, created REAL NOT NULL);
    CREATE TABLE mute (label TEXT PRIMARY KEY);
    CREATE TABLE plan (
        id TEXT PRIMARY KEY, target TEXT NOT NULL, owner INTEGER NOT NULL, owner_started REAL NOT NULL,
        done INTEGER NOT NULL, body TEXT NOT NULL)
    """,
    """
    DROP TABLE archive;
    CREATE TABLE archive (session TEXT PRIMARY KEY, created REAL NOT NULL, body TEXT NOT NULL);
    CREATE TABLE restored (session TEXT PRIMARY KEY, moment REAL NOT NULL)
    """,
    "CREATE TABLE attempt (session TEXT PRIMARY KEY)",
    "CREATE TABLE seal (kind TEXT NOT NULL, key TEXT NOT NULL, mac TEXT NOT NULL, PRIMARY KEY (kind, key))",
    "CREATE TABLE folder (session TEXT PRIMARY KEY, path TEXT NOT NULL)",
    "CREATE TABLE landing (id TEXT PRIMARY KEY, created REAL NOT NULL, body TEXT NOT NULL)",
    "CREATE TABLE findings (session TEXT PRIMARY KEY, created REAL NOT NULL, body TEXT NOT NULL)",
)

SEALED = 4  # the first version whose rows have seals


def open_whole(path: str, migrations: Sequence[str], name: str, trust: "Trust") -> sqlite3.Connection:
    """A connection to a file, migrated to the newest schema. Raises `sqlite3.DatabaseError`, as `damage` makes it, if it is damaged.

    Raises `LedgerError`, which calls the file `name`, if it is another program's or of a newer version; `OSError` as `Trust.check`.
    """
    begun = filled(path)
    connection = connect(path)
    try:
        if _is_another_programs(connection):
            raise LedgerError(f"{name} is another program's database", fix="move it away", code="ledger-unreadable")
        use_wal(connection)
        # The record of an archive must be on disk before the originals are removed. It costs about 0.3 ms a commit.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise damage(f"{verdict}")
        if begun and not tables_of(connection) and trust.check():  # its write-ahead log, which had them, is lost
            raise damage("it has lost its tables")
        migrate(connection, migrations, name, trust.upgrade)
        if lost := set(_tables_at(migrations)) - set(tables_of(connection)):
            raise damage(f"it lost the table {min(lost)}")
        if connection.execute("SELECT 1 FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone():
            raise damage("it has triggers or views, which no ledger has")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_another_programs(connection: sqlite3.Connection) -> bool:
    """Whether a file has tables but is no ledger."""
    tables = set(tables_of(connection))
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    return bool(tables) and application != APPLICATION and not {"baseline", "generation", "fork"} <= tables


@dataclass(frozen=True, slots=True)
class Trust:
    """Decides which rows of a database are trusted."""

    strangers: Callable[[sqlite3.Connection], int]  # returns how many rows are not trusted
    sweep: Callable[[sqlite3.Connection], int]  # deletes the rows that are not trusted; returns how many are left
    upgrade: Callable[[sqlite3.Connection], None]  # called once for a file that a version without seals wrote
    # Returns whether a missing file is known to have existed. Raises `OSError` if that, or which rows are trusted, can't be decided.
    check: Callable[[], bool]


EVERYTHING = Trust(lambda _: 0, lambda _: 0, lambda _: None, lambda: False)


def migrate(
    connection: sqlite3.Connection,
    migrations: Sequence[str],
    name: str,
    upgrade: Callable[[sqlite3.Connection], None] = lambda _: None,
) -> None:
    """Run the missing migrations in one transaction, so that one of several processes does it. `upgrade` as in `Trust`.

    Raises `LedgerError`, which calls the file `name`, if it is of a newer version.
    """
    if _version(connection, migrations, name) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        before = _version(connection, migrations, name)
        for number in range(before, len(migrations)):
            for statement in migrations[number].split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        if 0 < before < SEALED <= len(migrations):
            upgrade(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _tables_at(migrations: Sequence[str]) -> list[str]:
    """The names of the tables that these migrations make."""
    with closing(connect(":memory:")) as empty:
        migrate(empty, migrations, "")
        return tables_of(empty)


def _schema(connection: sqlite3.Connection) -> frozenset[str]:
    """The SQL of everything in a database's schema."""
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return frozenset(sql for (sql,) in map(tuple, rows))


@functools.cache
def _schema_at(migrations: tuple[str, ...]) -> frozenset[str]:
    with closing(connect(":memory:")) as empty:
        empty.executescript(";".join(migrations))
        return _schema(empty)


def _version(connection: sqlite3.Connection, migrations: Sequence[str], name: str) -> int:
    """How many of the migrations a file has had. Raises `LedgerError`, which calls the file `name`, if they are more than these."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != len(migrations) and _schema(connection) == _schema_at(tuple(migrations)):
        return len(migrations)  # each version has other tables, so the stored number is damaged
    if version > len(migrations):
        raise LedgerError(f"{name} was written by a newer Forksight", fix="update this one", code="ledger-newer")
    assert isinstance(version, int)
    return version
