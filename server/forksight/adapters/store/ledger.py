"""The ledger: our own record in `<git common dir>/forksight/ledger.db`, shared by all worktrees and running servers."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace

from forksight.adapters.store.database import Database
from forksight.adapters.system.processes import is_alive, myself
from forksight.core.problems import LedgerError, Problem
from forksight.core.store import archives
from forksight.core.store.ledger import Archive, Baseline, Fork, ForkState, Generation, LedgerView, Mode
from forksight.core.store.plan import Interrupted, Plan, decode, encode

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
)


class SqliteLedger:
    """The ledger of one repository (`core.ports.store.Ledger`). Every method may be called from any thread.

    `remembered` yields the baselines that are known from elsewhere (our copies of their transcripts), `archived` the
    forks that were put away: what a damaged or lost ledger is rebuilt with. All writing methods raise `LedgerError` if the ledger can't be written.
    """

    def __init__(
        self,
        common_dir: str,
        remembered: Callable[[], Iterable[Baseline]] = tuple,
        archived: Callable[[], Iterable[Archive]] = tuple,
    ) -> None:
        self._remembered = remembered
        self._archived = archived
        self._database = Database(os.path.join(common_dir, "forksight", "ledger.db"), MIGRATIONS, self._reseed)

    @property
    def path(self) -> str:
        """Where the ledger is (or will be)."""
        return self._database.path

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def view(self) -> tuple[LedgerView, tuple[Problem, ...]]:
        """Everything it holds, as of one moment; and what is wrong with it."""
        view = self._database.read(_view)
        return replace(view, unread=self._database.unread), self._database.problems

    def stamp(self) -> object:
        """A value that is another one after every change, whichever process made it. Cheap."""

        def changes(connection: sqlite3.Connection) -> object:
            (others,) = connection.execute("PRAGMA data_version").fetchone()
            return id(connection), others, connection.total_changes

        return self._database.read(changes)

    def save_baseline(self, baseline: Baseline, *, replacing: Baseline | None) -> None:
        """Put a baseline in place of what was there (None: nothing). Raises `LedgerError` if something else is there."""

        def change(connection: sqlite3.Connection) -> None:
            if _baseline(connection, baseline.name) != replacing:
                raise LedgerError(
                    f"The baseline {baseline.name} was changed by another process meanwhile",
                    fix="look at it with `forksight baseline show` and try again",
                )
            _insert_baseline(connection, baseline)

        try:
            self._database.write(change)
        except LedgerError as error:
            if isinstance(error.__cause__, sqlite3.IntegrityError):
                raise LedgerError(
                    "That session already is a baseline of another name", fix="unset that one first"
                ) from error
            raise

    def remove_baseline(self, name: str) -> None:
        """Forget a baseline and its generations; its forks stay what they are."""
        self._database.write(lambda db: db.execute("DELETE FROM baseline WHERE name = ?", (name,)))

    def record_attempt(self, session: str) -> None:
        """Remember a session that is made to become a generation, until it is one."""
        self._database.write(lambda db: db.execute("INSERT OR IGNORE INTO attempt VALUES (?)", (session,)))

    def record_fork(self, fork: Fork) -> None:
        """Remember a fork. One that is recorded already stays as it is."""
        self._database.write(lambda db: _insert_fork(db, fork))

    def update_fork(
        self,
        launch: str,
        *,
        state: ForkState | None = None,
        session: str | None = None,
        short: str | None = None,
        pane: str | None = None,
    ) -> None:
        """Add what became known of a fork. None leaves a field alone; the state never moves back."""

        def change(connection: sqlite3.Connection) -> None:
            row = connection.execute("SELECT state FROM fork WHERE launch = ?", (launch,)).fetchone()
            if row is None:
                return
            order = list(ForkState)
            furthest = max(ForkState(row["state"]), state or ForkState.PENDING, key=order.index)
            connection.execute(
                "UPDATE fork SET state = ?, session = coalesce(?, session), short = coalesce(?, short),"
                " pane = coalesce(?, pane) WHERE launch = ?",
                (furthest, session, short, pane, launch),
            )

        self._database.write(change)

    def note_start(self, launch: str, moment: float) -> None:
        """Note that a fork starts now. Of several, whichever process notes them, each is later than the one before."""

        def change(connection: sqlite3.Connection) -> None:
            (latest,) = connection.execute("SELECT max(started) FROM fork WHERE started <= ?", (moment + 1,)).fetchone()
            started = moment if latest is None else max(moment, latest + 1e-6)
            connection.execute("UPDATE fork SET started = ? WHERE launch = ?", (started, launch))

        self._database.write(change)

    def forget_fork(self, launch: str) -> None:
        """Remove the record of a fork that never came to be."""
        self._database.write(lambda db: db.execute("DELETE FROM fork WHERE launch = ?", (launch,)))

    def record_archive(self, archive: Archive) -> None:
        """Remember a fork as put away instead of as one of those that are there."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO archive VALUES (?, ?, ?)", _archive_row(archive))
            if archive.fork is not None:
                connection.execute("DELETE FROM fork WHERE launch = ?", (archive.fork.launch,))

        self._database.write(change)

    def forget_archive(self, session: str, file: str, *, restored: float | None = None) -> None:
        """Remember a fork as there again, if it was put away in `file`; `restored` says since when, if a person wanted it."""

        def change(connection: sqlite3.Connection) -> None:
            row = connection.execute("SELECT * FROM archive WHERE session = ?", (session,)).fetchone()
            archive = _archive(row) if row else None
            if archive is None or archive.file != file:
                return
            connection.execute("DELETE FROM archive WHERE session = ?", (session,))
            if archive.fork is not None:
                _insert_fork(connection, archive.fork)
            if restored is not None:
                connection.execute("INSERT OR REPLACE INTO restored VALUES (?, ?)", (session, restored))

        self._database.write(change)

    def muted(self) -> frozenset[str]:
        """The labels (branches, folder names of detached worktrees) whose overlaps are ignored."""
        return self._database.read(_muted)

    def mute(self, label: str) -> None:
        """Ignore overlaps with that branch or worktree from now on."""
        self._database.write(lambda db: db.execute("INSERT OR IGNORE INTO mute VALUES (?)", (label,)))

    def unmute(self, label: str) -> None:
        """Show overlaps with it again."""
        self._database.write(lambda db: db.execute("DELETE FROM mute WHERE label = ?", (label,)))

    def begin(self, plan: Plan) -> None:
        """Remember a plan before its first step. Raises `LedgerError` if another process is at the same target."""
        pid, started = myself()

        def change(connection: sqlite3.Connection) -> None:
            for row in connection.execute("SELECT * FROM plan WHERE target = ?", (plan.target,)):
                if is_alive(row["owner"], row["owner_started"]):
                    raise LedgerError(
                        f"Another Forksight (process {row['owner']}) is at work on {plan.target}",
                        fix="wait until it is done",
                        code="busy",
                    )
            body = json.dumps(encode(plan))  # ASCII: bytes of a path that are not UTF-8 survive as lone surrogates
            connection.execute("INSERT INTO plan VALUES (?, ?, ?, ?, 0, ?)", (plan.id, plan.target, pid, started, body))

        self._database.write(change)

    def adopt(self, plan: Plan) -> int | None:
        """Make an interrupted plan ours: how many of its steps are done. None if it is gone, or another process has it."""
        pid, started = myself()

        def change(connection: sqlite3.Connection) -> int | None:
            row = connection.execute("SELECT * FROM plan WHERE id = ?", (plan.id,)).fetchone()
            if row is None or is_alive(row["owner"], row["owner_started"]):
                return None
            connection.execute("UPDATE plan SET owner = ?, owner_started = ? WHERE id = ?", (pid, started, plan.id))
            return int(row["done"])

        return self._database.write(change)

    def advance(self, plan: Plan, done: int) -> None:
        """Remember that the first `done` steps are done."""
        self._database.write(lambda db: db.execute("UPDATE plan SET done = ? WHERE id = ?", (done, plan.id)))

    def finish(self, plan: Plan) -> None:
        """Forget a plan that is done or taken back, and those that it replaces."""
        ids = [(identity,) for identity in (plan.id, *plan.replaces)]
        self._database.write(lambda db: db.executemany("DELETE FROM plan WHERE id = ?", ids))

    def interrupted(self) -> tuple[Interrupted, ...]:
        """The plans whose process died, oldest first. What no longer can be read is left out."""
        rows = self._database.read(lambda db: db.execute("SELECT * FROM plan ORDER BY rowid").fetchall())
        found = []
        for row in rows:
            if not is_alive(row["owner"], row["owner_started"]):
                try:
                    found.append(Interrupted(decode(json.loads(row["body"])), row["done"]))
                except (KeyError, TypeError, ValueError):
                    continue  # written by another version
        return tuple(found)

    def _reseed(self, connection: sqlite3.Connection) -> None:
        with suppress(OSError):  # a folder that can't be read tells nothing
            for baseline in self._remembered():
                if _baseline(connection, baseline.name) is None:
                    with suppress(sqlite3.IntegrityError):  # the session was saved under another name
                        _insert_baseline(connection, baseline)
        with suppress(OSError):
            for archive in self._archived():
                connection.execute("INSERT OR IGNORE INTO archive VALUES (?, ?, ?)", _archive_row(archive))


_FORK = tuple(Fork.__slots__)


def _view(connection: sqlite3.Connection) -> LedgerView:
    connection.execute("BEGIN")  # one moment, not one for each table
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM baseline ORDER BY name")]
        baselines = [_baseline(connection, name) for name in names]
        forks = [_fork(row) for row in connection.execute("SELECT * FROM fork ORDER BY created, launch")]
        put_away = [_archive(row) for row in connection.execute("SELECT * FROM archive ORDER BY created, session")]
        restored = {row["session"]: row["moment"] for row in connection.execute("SELECT * FROM restored")}
        attempts = frozenset(session for (session,) in connection.execute("SELECT session FROM attempt"))
        mutes = _muted(connection)
    finally:
        connection.execute("COMMIT")
    return LedgerView(
        tuple(filter(None, baselines)),
        tuple(forks),
        tuple(filter(None, put_away)),
        mutes,
        restored=restored,
        attempts=attempts,
    )


def _muted(connection: sqlite3.Connection) -> frozenset[str]:
    return frozenset(label for (label,) in connection.execute("SELECT label FROM mute"))


def _baseline(connection: sqlite3.Connection, name: str) -> Baseline | None:
    head = connection.execute("SELECT current FROM baseline WHERE name = ?", (name,)).fetchone()
    rows = connection.execute("SELECT * FROM generation WHERE baseline = ? ORDER BY number", (name,)).fetchall()
    if head is None or head["current"] not in [row["number"] for row in rows]:
        return None
    generations = (Generation(row["number"], row["session"], row["commit_id"], row["created"]) for row in rows)
    return Baseline(name, head["current"], tuple(generations))


def _insert_baseline(connection: sqlite3.Connection, baseline: Baseline) -> None:
    connection.execute("DELETE FROM baseline WHERE name = ?", (baseline.name,))
    connection.execute("INSERT INTO baseline VALUES (?, ?)", (baseline.name, baseline.current))
    connection.executemany(
        "INSERT INTO generation VALUES (?, ?, ?, ?, ?)",
        [(baseline.name, one.number, one.session, one.commit, one.created) for one in baseline.generations],
    )
    connection.executemany("DELETE FROM attempt WHERE session = ?", [(one.session,) for one in baseline.generations])


def _insert_fork(connection: sqlite3.Connection, fork: Fork) -> None:
    marks = ", ".join("?" * len(_FORK))
    statement = f"INSERT OR IGNORE INTO fork ({', '.join(_FORK)}) VALUES ({marks})"  # noqa: S608 - our own names
    connection.execute(statement, [getattr(fork, name) for name in _FORK])


def _archive_row(archive: Archive) -> tuple[str, float, str]:
    return archive.session, archive.created, json.dumps(archives.encode(archive))


def _archive(row: sqlite3.Row) -> Archive | None:
    """The archive in a row; None if another version wrote it."""
    try:
        return archives.decode(json.loads(row["body"]))
    except (KeyError, TypeError, ValueError):
        return None


def _fork(row: sqlite3.Row) -> Fork:
    fields = {name: row[name] for name in _FORK}
    return Fork(**{**fields, "mode": Mode(row["mode"]), "state": ForkState(row["state"])})
