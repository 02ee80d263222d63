"""What was read from transcripts, kept between runs: a SQLite file per user that may vanish at any time.

Several processes use it at once. A damaged or foreign file is deleted and begun again; where none can be written, everything
is read from the transcripts each time.
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
U = TypeVar("U")

_VERSION = 12  # of the tables below, of what `Outline` means, and of what is concluded from it
_WAIT = 2.0  # seconds for another process to finish writing
_REST = 30.0  # seconds in which a file that could not be used is left alone
_KEPT = 20_000  # conclusions; the oldest go first
_PAGE = 16_384  # bytes; an outline has about half of it
_TABLES = """
CREATE TABLE files (path TEXT PRIMARY KEY, entry BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE outlines (path TEXT PRIMARY KEY, used INTEGER NOT NULL, print TEXT NOT NULL, outline BLOB NOT NULL);
CREATE TABLE conclusions (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS checkouts (repository TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (repository, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS places (identity TEXT NOT NULL, path TEXT NOT NULL, PRIMARY KEY (identity, path)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """How far a file has been read, and what that told."""

    stat: tuple[int, int, int, int]  # device, inode, size, mtime in nanoseconds, as they were then
    first: str | None = None  # the directory that the first row with one names
    last: str | None = None  # the last one
    used: int = 0  # bytes whose rows were taken in; 0 if only the directories were looked at
    print: str = ""  # a digest that tells whether those bytes are still the same; "" if only the directories were
    links: tuple[str, ...] = ()  # `lineage.links`
    seeks: str = ""  # a row of the transcript that this one goes on from after a compaction
    ties: tuple[str, ...] = ()  # the sessions that have that row
    owner: str | None = None  # the session that the rows name
    unreadable: int = 0  # rows that could not be read
    rows: int = 0  # rows of the conversation

    @property
    def all_ties(self) -> tuple[str, ...]:
        """What ties the transcript to others, one way or the other."""
        return self.links + self.ties

    @property
    def whole(self) -> bool:
        """Whether the rows were taken in."""
        return bool(self.print)

    @property
    def broken(self) -> int:
        """How many rows can't be read, one that is only half written (yet) at the end included."""
        return self.unreadable + (self.whole and self.used < self.stat[2])


def index_path(config_dir: str) -> str:
    """Where the index of one of Claude Code's folders is, in the person's cache."""
    from platformdirs import user_cache_dir

    name = blake2b(config_dir.encode(errors="surrogateescape"), digest_size=6).hexdigest()
    return os.path.join(user_cache_dir("forksight", appauthor=False), f"sessions-{name}.sqlite3")


class SessionIndex:
    """The file at `path`. Every method may be called from any thread; none raises."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._resting = 0.0

    def entries(self) -> dict[str, Entry]:
        """All that is known, by file."""
        return dict(_decoded(self._all("SELECT path, entry FROM files") or (), _entry))

    def outlines(self, known: Mapping[str, Entry]) -> dict[str, Outline]:
        """The outlines of those of the files, by path, that were kept as of the bytes that the entries tell of.

        Another process may have read further, and kept that.
        """
        query = "SELECT path, used, print, outline FROM outlines WHERE path IN (SELECT value FROM json_each(?))"
        rows = self._all(query, orjson.dumps(list(known)).decode()) or ()
        same = (
            (path, outline)
            for path, used, mark, outline in rows
            if (known[path].used, known[path].print) == (used, mark)
        )
        return dict(_decoded(same, unpack))

    def holders(self, row: str) -> dict[str, bool]:
        """Whether a file has the row of the conversation with that uuid, for each whose outline is known."""
        query = "SELECT path, instr(outline, CAST(? AS BLOB)) > 0 FROM outlines"
        return {path: bool(holds) for path, holds in self._all(query, f"\n{row}") or ()}

    def conclusions(self, keys: Sequence[str]) -> dict[str, bytes]:
        """What was remembered under those of the keys that are known."""
        query = "SELECT key, value FROM conclusions WHERE key IN (SELECT value FROM json_each(?))"
        return dict(self._all(query, orjson.dumps(keys).decode()) or ())

    def checkouts(self, repository: str) -> frozenset[str] | None:
        """The paths that were once given to `remember` for a repository; None if the file can't be asked now."""
        rows = self._all("SELECT path FROM checkouts WHERE repository = ?", repository)
        return None if rows is None else frozenset(path for (path,) in rows)

    def places(self, identities: Sequence[str]) -> list[tuple[str, str]] | None:
        """What was given to `note_places` for these identities; None if the file can't be asked now."""
        query = "SELECT identity, path FROM places WHERE identity IN (SELECT value FROM json_each(?))"
        return self._all(query, orjson.dumps(identities).decode())

    def note_places(self, places: Sequence[tuple[str, str]]) -> None:
        """Keep where checkouts were seen: identity and path of each."""
        self._run(lambda db: db.executemany("INSERT OR IGNORE INTO places VALUES (?, ?)", places), None)

    def store(self, files: Sequence[tuple[str, Entry, "Packed | None"]], gone: Iterable[str] = ()) -> None:
        """Keep what is known of files, and forget files."""
        forgotten = [(path,) for path in gone]

        def write(db: sqlite3.Connection) -> None:
            db.executemany("DELETE FROM files WHERE path = ?", forgotten)
            db.executemany("DELETE FROM outlines WHERE path = ?", forgotten)
            db.executemany(
                "REPLACE INTO files VALUES (?, ?)", [(path, orjson.dumps(entry)) for path, entry, _ in files]
            )
            packed = [
                (path, entry.used, entry.print, packed.data) for path, entry, packed in files if packed is not None
            ]
            db.executemany("REPLACE INTO outlines VALUES (?, ?, ?, ?)", packed)

        if files or forgotten:
            self._run(write, None)

    def remember(self, conclusions: Sequence[tuple[str, bytes]], repository: str, checkouts: Iterable[str]) -> None:
        """Keep conclusions by key, and paths that are checkouts of a repository."""
        places = [(repository, path) for path in checkouts]

        def write(db: sqlite3.Connection) -> None:
            db.executemany("REPLACE INTO conclusions (key, value) VALUES (?, ?)", conclusions)
            db.execute("DELETE FROM conclusions WHERE rowid <= (SELECT max(rowid) FROM conclusions) - ?", (_KEPT,))
            db.executemany("INSERT OR IGNORE INTO checkouts VALUES (?, ?)", places)

        if conclusions or places:
            self._run(write, None)

    def _all(self, query: str, *values: str) -> list[tuple[Any, ...]] | None:
        """The rows that a query finds; None if there is no database to be had."""
        return self._run(lambda db: db.execute(query, values).fetchall(), None)

    def _run(self, work: Callable[[sqlite3.Connection], T], otherwise: U) -> T | U:
        """Work in one transaction; `otherwise` if there is no database to be had."""
        with self._lock:
            if time.monotonic() < self._resting:
                return otherwise
            for _ in range(2):
                try:
                    connection = self._open()
                    with connection:
                        return work(connection)
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:  # locked, full, read-only: not damaged
                        break
                    self._discard()  # tables that are not ours
                except sqlite3.Error:
                    self._discard()
                except (OSError, UnicodeError):
                    break
            self._resting = time.monotonic() + _REST
            return otherwise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._process != os.getpid():  # a forked process must not use its parent's
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=_WAIT, check_same_thread=False)
            connection.execute(f"PRAGMA page_size = {_PAGE}")  # of a new file
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # what a power failure damages is read again
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version != _VERSION:
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    # What was seen of checkouts can't be read again.
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
        """Let go of the file; the next question opens it again."""
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
    """An outline as the bytes that the index keeps and that one process hands to another, unpacked only when it is needed."""

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
        """The outline, unpacked when it is wanted for the first time."""
        if self._outline is None:
            self._outline = unpack(self.data)
        return self._outline

    def __reduce__(self) -> "tuple[type[Packed], tuple[bytes]]":
        return Packed, (self.data,)


def pack(outline: Outline) -> bytes:
    """An outline as bytes."""
    values = {name: getattr(outline, name) for name in Outline.__slots__ if name != "rows"}
    values["count"] = len(outline.rows)
    return orjson.dumps(values) + b"\n" + "\n".join(outline.rows).encode()


def unpack(data: bytes) -> Outline:
    """The outline that `pack` was given."""
    head, _, rows = data.partition(b"\n")
    values = orjson.loads(head)
    count = values.pop("count")
    messages = {key: (row, tuple(usage), payer) for key, (row, usage, payer) in values.pop("messages").items()}
    turns, edits, asked = (list(map(tuple, values.pop(name))) for name in ("turns", "edits", "asked"))
    pointer, snapshot, answer = values.pop("pointer"), values.pop("snapshot"), values.pop("answer")
    return Outline(
        **values,
        rows=rows.decode().split("\n") if count else [],
        turns=turns,
        edits=edits,
        asked=asked,
        messages=messages,
        pointer=tuple(pointer) if pointer else None,
        snapshot=tuple(snapshot),
        answer=tuple(answer) if answer else None,
    )


def _decoded(rows: Iterable[tuple[str, bytes]], decode: Callable[[bytes], T]) -> Iterator[tuple[str, T]]:
    """Paths with what is kept of them; what is damaged is left out, as if it had never been kept."""
    for path, data in rows:
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            yield path, decode(data)


def _entry(data: bytes) -> Entry:
    values = orjson.loads(data)
    return Entry(
        **{**values, "stat": tuple(values["stat"]), "links": tuple(values["links"]), "ties": tuple(values["ties"])}
    )
