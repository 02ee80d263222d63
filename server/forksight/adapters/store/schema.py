"""The tables of the ledger, and whether a database file has them and nothing else."""

import sqlite3

from forksight.adapters.store.sqlite_file import tables_of

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
)

SEALED = 4  # the first version whose rows have seals


def is_another_programs(connection: sqlite3.Connection) -> bool:
    """Whether a file holds tables, and none of a ledger's."""
    tables = set(tables_of(connection))
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    return bool(tables) and application != APPLICATION and not {"baseline", "generation", "fork"} <= tables
