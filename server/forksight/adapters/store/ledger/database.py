"""A small SQLite file that several processes share: opened at first use, migrated, and set aside and rebuilt if it is damaged.

Reading never creates it: before the first write there is no file, and an empty database in memory is read instead.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar

from forksight.adapters.store.ledger.schema import EVERYTHING, Trust, migrate, open_whole
from forksight.adapters.store.ledger.sqlite_file import (
    WAIT,
    connect,
    damage,
    filled,
    free_name,
    identity,
    is_for_want_of_space,
    quoted,
    result_code,
    salvage,
    tables_of,
)
from forksight.adapters.store.own_files import check_own, exclusively
from forksight.adapters.system.disk.absence import is_absent
from forksight.core.problems import LedgerError, Problem

T = TypeVar("T")

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_READ_ONLY = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}
_SIDECARS = ("", "-wal", "-shm")


class Database:
    """The file at `path`, with the schema that `migrations` make (one SQL script for each version). Thread-safe.

    A damaged file is renamed, and a new one is made of the rows that can still be read and of those that `reseed` adds. If there
    is no file and `reseed` adds rows, the file was lost, and a new one is made with them.
    """

    def __init__(
        self,
        path: str,
        migrations: Sequence[str],
        reseed: Callable[[sqlite3.Connection], None] = lambda _: None,
        trust: Trust = EVERYTHING,
    ) -> None:
        self.path = path
        self._migrations = migrations
        self._reseed = reseed
        self._trust = trust
        self._vouched: sqlite3.Connection | None = None  # the connection whose rows were all seen to be trusted
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._stand_in: sqlite3.Connection | None = None  # to the file, read-only, or to a database in memory
        self._empty = False  # whether the stand-in is in memory and has no rows
        self._file: tuple[int, int] | None = None  # device and inode of the file that `_connection` is to
        self._notes: list[Problem] = []
        self._unread: Problem | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems that occurred since this object was made (the file was set aside, can't be written), and the present one."""
        with self._lock:
            return (*self._notes, *((self._unread,) if self._unread else ()))

    @property
    def unread(self) -> Problem | None:
        """Why the last `read` used an empty database although there is a file; None if it did not."""
        with self._lock:
            return self._unread

    def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """The result of a query that changes nothing. If there is no file, or it can't be read, an empty database is queried."""
        with self._lock:
            try:
                return self._healing(lambda: query(self._reader()))
            except OSError as error:  # the key of the seals can't be read
                message = f"Nobody can tell whose {self._name} is ({error}): what it holds is left out"
                return query(self._without("ledger-unreadable", message))

    def write(self, change: Callable[[sqlite3.Connection], T], *, as_is: bool = False) -> T:
        """The result of a change, run in one transaction. Raises `LedgerError` if it can't be written.

        A file with rows that are not trusted is set aside first, unless `as_is`.
        """

        def attempt() -> T:
            connection = self._writer()
            if not as_is:
                self._refuse_strangers(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                answer = change(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return answer

        with self._lock:
            try:
                return self._healing(attempt)
            except OSError as error:
                raise LedgerError(
                    f"Nobody can tell whose {self._name} is ({error})",
                    fix="check who owns that file, and the folders around it",
                    code="ledger-unreadable",
                ) from error

    def close(self) -> None:
        """Close the file. The next call opens it again."""
        with self._lock:
            for connection in (self._connection, self._stand_in):
                if connection is not None:
                    connection.close()
            self._connection = self._stand_in = self._file = None
            self._empty = False

    def _healing(self, attempt: Callable[[], T]) -> T:
        """Run `attempt`; if the file is damaged, set it aside and run it once more. SQLite's errors become `LedgerError`."""
        for last in (False, True):
            try:
                return attempt()
            except UnicodeDecodeError as error:  # SQLite's message, or a name in the schema, is no text
                if last:
                    raise self._failure(damage("its schema is no text")) from error
                self._set_aside(damage("its schema is no text"))
            except sqlite3.DatabaseError as error:
                if result_code(error) not in _DAMAGED or last:
                    raise self._failure(error) from error
                self._set_aside(error)
        raise AssertionError("unreachable")

    def _reader(self) -> sqlite3.Connection:
        """A connection for reading: to the file, or to a stand-in."""
        self._unread = None
        folder = os.path.dirname(self.path)
        if os.path.lexists(folder) and not os.path.isdir(folder):
            return self._without("ledger-unreadable", f"{folder} is no folder, and the ledger goes there: move it away")
        try:
            return self._rebuilt() if is_absent(self.path) else self._open()
        except sqlite3.DatabaseError as error:
            if result_code(error) not in _READ_ONLY:
                raise
            return self._open_read_only(error)
        except LedgerError as error:
            return self._without(error.code, f"{error}, and what it holds is left out here: {error.fix}")
        except OSError as error:
            return self._without(
                "ledger-unreadable", f"{self._name} can't be read ({error}): what it holds is left out"
            )

    def _writer(self) -> sqlite3.Connection:
        """A connection for writing. Creates the file and its folder if needed.

        Raises `LedgerError`; `OSError` if there is no file, and what is known of a lost one can't be read.
        """
        with self._writing():
            folder = os.path.dirname(self.path)
            check_own(folder)
            os.makedirs(folder, mode=0o700, exist_ok=True)
            if os.stat(folder).st_mode & 0o022:
                os.chmod(folder, 0o700)  # nobody else writes here
        if is_absent(self.path) and self._trust.check():
            self._rebuilt()
        with self._writing():
            return self._open()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn every `OSError` of the block into a `LedgerError`: the file or its folder can't be written."""
        try:
            yield
        except OSError as error:
            raise LedgerError(
                f"{self._name} can't be written ({error.strerror or error})",
                fix=f"make {os.path.dirname(self.path)} a folder that you may write to",
            ) from error

    def _open(self, *, alone: bool = False) -> sqlite3.Connection:
        """The connection to the file that is at the path now; another process may have replaced it since the last call.

        `alone`: the caller holds the lock under which files are created. Then an empty file is a damaged one, not a new one.
        """
        file = identity(self.path)
        if self._connection is not None and file is not None and file == self._file:
            return self._connection
        self.close()
        if os.path.exists(self.path) and not os.path.isfile(self.path):  # opening a pipe would never end
            raise LedgerError(f"{self._name} is no file", fix="move it away", code="ledger-unreadable")
        for path in (os.path.dirname(self.path), *(self.path + suffix for suffix in _SIDECARS)):
            check_own(path)
        if not alone and not filled(self.path):
            with exclusively(f"{self.path}.lock"):
                return self._open(alone=True)
        if not filled(self.path) and os.path.exists(self.path):
            raise damage("it is empty")
        connection = open_whole(self.path, self._migrations, self._name, self._trust)
        self._connection, self._file = connection, identity(self.path)
        return connection

    def _open_read_only(self, cause: sqlite3.Error) -> sqlite3.Connection:
        """A connection to a file that can't be written; it ignores the write-ahead log if that can't be opened either."""
        self.close()
        for option in ("mode=ro", "mode=ro&immutable=1"):
            try:
                connection = connect(f"file:{quoted(self.path)}?{option}", uri=True)
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            except sqlite3.DatabaseError:
                continue
            why = "the disk is full" if is_for_want_of_space(cause, self.path) else cause
            self._note("ledger-read-only", f"{self._name} can't be written ({why}): it is only read")
            self._stand_in = connection
            return connection
        return self._without("ledger-unreadable", f"{self._name} can't be read ({cause}): what it holds is left out")

    def _without(self, code: str, message: str) -> sqlite3.Connection:
        """An empty database in place of a file that can't be read; the message becomes `unread`."""
        self._unread = Problem(code, f"{message}.", self.path)
        return self._memory()

    def _memory(self) -> sqlite3.Connection:
        """An empty database in memory."""
        if self._stand_in is None or not self._empty:
            self.close()
            self._stand_in = connect(":memory:")
            self._migrate(self._stand_in)
            self._empty = True
        return self._stand_in

    def _rebuilt(self) -> sqlite3.Connection:
        """A connection if there is no file: to a new file if `reseed` adds rows, since one was lost then; else to an empty database."""
        memory = self._memory()
        if not self._seed(memory):
            return memory
        self._note(
            "ledger-rebuilt",
            f"{self._name} is gone; what is known from our copies stands in for it: check `forksight baseline list`",
        )
        try:
            with exclusively(f"{self.path}.lock"):
                connection = self._open(alone=True)
            self._seed(connection)
        except (OSError, sqlite3.DatabaseError):  # it can't be written
            memory = self._memory()
            self._seed(memory)
            return memory
        return connection

    def _seed(self, connection: sqlite3.Connection) -> bool:
        """Let `reseed` add rows; returns whether it added any."""
        before = connection.total_changes
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._reseed(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        added = connection.total_changes > before
        self._empty = self._empty and not added
        return added

    def _migrate(self, connection: sqlite3.Connection) -> None:
        migrate(connection, self._migrations, self._name, self._trust.upgrade)

    def _set_aside(self, error: sqlite3.Error) -> None:
        """Rename the damaged file, and make a new one with the rows that can be saved. Other processes wait meanwhile."""
        self.close()
        try:
            with exclusively(f"{self.path}.lock"):
                try:
                    self._refuse_strangers(self._open(alone=True))
                    return  # another process has replaced the file
                except UnicodeDecodeError:
                    self.close()
                except sqlite3.DatabaseError as now:
                    if result_code(now) not in _DAMAGED:
                        return
                    self.close()
                self._trust.check()
                aside = free_name(f"{self.path}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
                for suffix in _SIDECARS:
                    if os.path.lexists(self.path + suffix):
                        os.rename(self.path + suffix, aside + suffix)
                saved = self._salvage(aside, self._open(alone=True))
        except OSError as failure:
            raise LedgerError(
                f"{self._name} is damaged ({error}) and can't be set aside ({failure.strerror})",
                fix=f"move it out of {os.path.dirname(self.path)}",
            ) from failure
        self._note(
            "ledger-set-aside",
            f"{self._name} was damaged ({error}); it is kept as {aside}, and a new one begins with {saved} rows of it:"
            " check `forksight baseline list`",
        )

    def _salvage(self, aside: str, connection: sqlite3.Connection) -> int:
        """Fill a new file with the readable, trusted rows of the file `aside` and those of `reseed`; returns how many were saved."""
        connection.execute("BEGIN IMMEDIATE")
        salvage(aside, tables_of(connection), connection)
        saved = self._trust.sweep(connection)
        with suppress(OSError):  # rows that are missing then can be restored by hand, since the damaged file is kept
            self._reseed(connection)
        connection.execute("COMMIT")
        return saved

    def _refuse_strangers(self, connection: sqlite3.Connection) -> None:
        """Raise the error of a damaged file if there are rows that are not trusted. Checked once for each connection."""
        if connection is not self._vouched:
            if strangers := self._trust.strangers(connection):
                raise damage(f"{strangers} of its records are damaged, or were not written by you in this place")
            self._vouched = connection

    def _failure(self, error: sqlite3.Error) -> LedgerError:
        if result_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return LedgerError(f"{self._name} has been locked by another process for {WAIT:.0f} s", fix="try again")
        full = is_for_want_of_space(error, self.path)
        fix = "free some space and try again" if full else "check the file and its folder's permissions"
        return LedgerError(f"{self._name} can't be used ({'the disk is full' if full else error})", fix=fix)

    def _note(self, code: str, message: str) -> None:
        problem = Problem(code, message + ".", self.path)
        if problem not in self._notes:
            self._notes.append(problem)

    @property
    def _name(self) -> str:
        return f"The ledger {self.path}"
