"""The index of sessions: a SQLite file that keeps what was read from the transcripts of one configuration folder.

It is a cache, which may be deleted at any time and which several processes use at once. A damaged file, or one with other
tables, is replaced. Where none can be written, the transcripts are read each time.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any, TypeVar

import orjson

from forksight.core.frozen import dataclass
from forksight.core.sessions.transcripts.outline import Outline

T = TypeVar("T")

# To be raised when the tables below, the fields of `Entry`, `Outline` or `Session`, their meaning or the inference changes.
_VERSION = 13
_TIMEOUT = 2.0  # seconds to wait for a lock
_RETRY_AFTER = 30.0  # seconds after a failure in which the file is not tried again
_KEPT = 20_000  # conclusions; the oldest are deleted first
_PAGE = 16_384  # bytes; an outline takes about half of them
_TABLES = """
CREATE TABLE files (path TEXT PRIMARY KEY, entry BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE outlines (path TEXT PRIMARY KEY, used INTEGER NOT NULL, print TEXT NOT NULL, outline BLOB NOT NULL);
CREATE TABLE conclusions (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS checkouts (repository TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (repository, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS places (identity TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (identity, path)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """How far a transcript was read, and the facts by which it is related to sessions and repositories."""

    stat: tuple[int, int, int, int]  # device, inode, size, mtime in nanoseconds, when it was read
    first: str | None = None  # the directory in the first row that has one
    last: str | None = None  # the directory in the last row that has one
    used: int = 0  # how many bytes of rows the outline covers; 0 if only the directories were read
    print: str = ""  # a digest by which a change of those bytes is detected; "" if only the directories were read
    links: tuple[str, ...] = ()  # see `lineage.links`
    seeks: str = ""  # the uuid of another transcript's row that this one continues after a compaction; "" if none
    ties: tuple[str, ...] = ()  # ids of the sessions that have that row
    owner: str | None = None  # the session id in the rows
    unreadable: int = 0  # how many rows are invalid
    rows: int = 0  # how many rows the conversation has

    @property
    def all_ties(self) -> tuple[str, ...]:
        """The keys that relate the transcript to others: `links` and `ties`."""
        return self.links + self.ties

    @property
    def whole(self) -> bool:
        """Whether the rows were read, not only the directories."""
        return bool(self.print)

    @property
    def broken(self) -> int:
        """How many rows can't be read, including an incomplete one at the end."""
        return self.unreadable + (self.whole and self.used < self.stat[2])


def index_path(config_dir: str) -> str:
    """The path of the index of a configuration folder, in the user's cache folder."""
    from platformdirs import user_cache_dir

    name = blake2b(config_dir.encode(errors="surrogateescape"), digest_size=6).hexdigest()
    return os.path.join(user_cache_dir("forksight", appauthor=False), f"sessions-{name}.sqlite3")


class SessionIndex:
    """The index in the file at `path`. Thread-safe. No method raises: without a usable file, nothing is found or kept."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0  # the id of the process that opened the connection
        self._retry_at = 0.0  # `time.monotonic()` before which the file is not tried again

    def entries(self) -> dict[str, Entry]:
        """Transcript's path -> its entry, for all that are kept."""
        return dict(_decoded(self._all("SELECT path, entry FROM files") or (), _entry))

    def outlines(self, entries: Mapping[str, Entry]) -> dict[str, Outline]:
        """The kept outlines of these files, by path. Those that do not cover the same bytes as the given entries are left out.

        They differ if another process has read further.
        """
        query = "SELECT path, used, print, outline FROM outlines WHERE path IN (SELECT value FROM json_each(?))"
        rows = self._all(query, orjson.dumps(list(entries)).decode()) or ()
        same = (
            (path, outline)
            for path, used, fingerprint, outline in rows
            if (entries[path].used, entries[path].print) == (used, fingerprint)
        )
        return dict(_decoded(same, unpack))

    def holders(self, row: str) -> dict[str, bool]:
        """Path -> whether that file has the row with that uuid, for all files whose outlines are kept."""
        query = "SELECT path, instr(outline, CAST(? AS BLOB)) > 0 FROM outlines"
        return {path: bool(holds) for path, holds in self._all(query, f"\n{row}") or ()}

    def conclusions(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Key -> the conclusion that is kept under it; keys without one are left out."""
        query = "SELECT key, value FROM conclusions WHERE key IN (SELECT value FROM json_each(?))"
        return dict(self._all(query, orjson.dumps(keys).decode()) or ())

    def checkouts(self, repository: str) -> frozenset[str] | None:
        """All paths that were ever given to `remember` as checkouts of a repository; None if the file can't be used now."""
        rows = self._all("SELECT path FROM checkouts WHERE repository = ?", repository)
        return None if rows is None else frozenset(path for (path,) in rows)

    def places(self, identities: Sequence[str]) -> list[tuple[str, str]] | None:
        """All (identity, path) with these identities that were ever given to `note_places`; None if the file can't be used now."""
        query = "SELECT identity, path FROM places WHERE identity IN (SELECT value FROM json_each(?))"
        return self._all(query, orjson.dumps(identities).decode())

    def note_places(self, places: Sequence[tuple[str, str]]) -> None:
        """Add the (identity, path) of checkouts."""
        self._run(lambda db: db.executemany("INSERT OR IGNORE INTO places VALUES (?, ?)", places))

    def store(self, files: Sequence[tuple[str, Entry, "Packed | None"]], gone: Iterable[str] = ()) -> None:
        """Replace the entries of files, with their outlines unless None, and delete all about the files `gone`."""
        deleted = [(path,) for path in gone]

        def write(db: sqlite3.Connection) -> None:
            db.executemany("DELETE FROM files WHERE path = ?", deleted)
            db.executemany("DELETE FROM outlines WHERE path = ?", deleted)
            db.executemany(
                "REPLACE INTO files VALUES (?, ?)", [(path, orjson.dumps(entry)) for path, entry, _ in files]
            )
            packed = [
                (path, entry.used, entry.print, packed.data) for path, entry, packed in files if packed is not None
            ]
            db.executemany("REPLACE INTO outlines VALUES (?, ?, ?, ?)", packed)

        if files or deleted:
            self._run(write)

    def remember(self, conclusions: Sequence[tuple[str, bytes]], repository: str, checkouts: Iterable[str]) -> None:
        """Add conclusions as (key, value), and paths of a repository's checkouts."""
        places = [(repository, path) for path in checkouts]

        def write(db: sqlite3.Connection) -> None:
            db.executemany("REPLACE INTO conclusions (key, value) VALUES (?, ?)", conclusions)
            db.execute("DELETE FROM conclusions WHERE rowid <= (SELECT max(rowid) FROM conclusions) - ?", (_KEPT,))
            db.executemany("INSERT OR IGNORE INTO checkouts VALUES (?, ?)", places)

        if conclusions or places:
            self._run(write)

    def _all(self, query: str, *values: str) -> list[tuple[Any, ...]] | None:
        """The rows that a query returns; None if the file can't be used."""
        return self._run(lambda db: db.execute(query, values).fetchall())

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """The result of `work` in one transaction; None if the file can't be used. A damaged file is replaced once."""
        with self._lock:
            if time.monotonic() < self._retry_at:
                return None
            for _ in range(2):
                try:
                    connection = self._open()
                    with connection:
                        return work(connection)
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # locked, full, read-only: not damaged
                        break
                    self._discard()  # the tables are not ours
                except sqlite3.Error:
                    self._discard()
                except (OSError, UnicodeError):
                    break
            self._retry_at = time.monotonic() + _RETRY_AFTER
            return None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._process != os.getpid():  # a forked process must not use its parent's
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_TIMEOUT, check_same_thread=False)
            connection.execute(f"PRAGMA page_size = {_PAGE}")  # takes effect in a new file only
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # a file that a power failure damages is rebuilt
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != _VERSION:
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    # Where checkouts were can't be read again from transcripts: those tables are kept.
                    for (table,) in connection.execute(
                        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('checkouts', 'places')"
                    ).fetchall():
                        connection.execute(f'DROP TABLE "{table}"')
                    for statement in _TABLES.split(";"):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {_VERSION}")
            self._connection, self._process = connection, os.getpid()
        return self._connection

    def close(self) -> None:
        """Close the file. The next call opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _discard(self) -> None:
        self.close()
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                os.unlink(self.path + suffix)


class Packed:
    """An outline as bytes (`pack`), for the index and for passing it to another process. It is unpacked when first used."""

    __slots__ = ("_outline", "data")

    def __init__(self, data: bytes, outline: Outline | None = None) -> None:
        self.data = data
        self._outline = outline

    @classmethod
    def of(cls, outline: Outline) -> "Packed":
        """Pack an outline."""
        return cls(pack(outline), outline)

    @property
    def outline(self) -> Outline:
        """The outline. It is unpacked at first use."""
        if self._outline is None:
            self._outline = unpack(self.data)
        return self._outline

    def __reduce__(self) -> "tuple[type[Packed], tuple[bytes]]":
        return Packed, (self.data,)


def pack(outline: Outline) -> bytes:
    """An outline as bytes: a line of JSON with all fields but `rows` and with `count`, their number; then a uuid on each line."""
    values = {field: getattr(outline, field) for field in Outline.__slots__ if field != "rows"}
    values["count"] = len(outline.rows)
    return orjson.dumps(values) + b"\n" + "\n".join(outline.rows).encode()


def unpack(data: bytes) -> Outline:
    """The inverse of `pack`. Raises `ValueError`, `TypeError`, `KeyError` or `AttributeError` for damaged bytes."""
    head, _, rows = data.partition(b"\n")
    values = orjson.loads(head)
    count = values.pop("count")
    messages = {key: (row, tuple(usage), payer) for key, (row, usage, payer) in values.pop("messages").items()}
    turns, edits, pending_edits = (list(map(tuple, values.pop(name))) for name in ("turns", "edits", "pending_edits"))
    pointer, snapshot, answer = values.pop("pointer"), values.pop("snapshot"), values.pop("answer")
    return Outline(
        **values,
        rows=rows.decode().split("\n") if count else [],
        turns=turns,
        edits=edits,
        pending_edits=pending_edits,
        messages=messages,
        pointer=tuple(pointer) if pointer else None,
        snapshot=tuple(snapshot),
        answer=tuple(answer) if answer else None,
    )


def _decoded(rows: Iterable[tuple[str, bytes]], decode: Callable[[bytes], T]) -> Iterator[tuple[str, T]]:
    """(path, decoded value) for (path, bytes). Rows that `decode` raises on, since they are damaged, are left out."""
    for path, data in rows:
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            yield path, decode(data)


def _entry(data: bytes) -> Entry:
    """An entry from its JSON. Raises what `unpack` raises for damaged bytes."""
    values = orjson.loads(data)
    return Entry(
        **{**values, "stat": tuple(values["stat"]), "links": tuple(values["links"]), "ties": tuple(values["ties"])}
    )
