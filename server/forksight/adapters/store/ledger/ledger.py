"""The ledger: our own record in `<git common dir>/forksight/ledger.db`, shared by all worktrees and running servers."""

import os
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from glob import escape, glob
from typing import TypeVar

from forksight.adapters.store.ledger import plan_rows
from forksight.adapters.store.ledger import rows as ledger_rows
from forksight.adapters.store.ledger.database import Database
from forksight.adapters.store.ledger.schema import MIGRATIONS, Trust
from forksight.adapters.store.ledger.sealed_rows import SealedRows
from forksight.adapters.store.ledger.second_copy import CopiedRows, SecondCopy
from forksight.adapters.store.ledger.sqlite_file import salvage
from forksight.adapters.store.seal import Seal
from forksight.core.plans.plan import Interrupted, Plan
from forksight.core.problems import LedgerError, Problem
from forksight.core.store.ledger import Archive, Baseline, Findings, Fork, ForkState, Landing, LedgerView

T = TypeVar("T")


class SqliteLedger:
    """The ledger of one repository (`core.ports.store.Ledger`). Every method may be called from any thread.

    All writing methods raise `LedgerError` if the ledger can't be written.
    """

    def __init__(
        self,
        common_dir: str,
        remembered: Callable[[], Iterable[Baseline]] = tuple,
        archived: Callable[[], Iterable[Archive]] = tuple,
        is_known: Callable[[str], bool] = lambda _: False,
        adopt_others: Callable[[], object] = lambda: None,
    ) -> None:
        """`remembered` and `archived` return the baselines and archives with which a damaged or lost ledger is rebuilt.

        A ledger of an older version has no seals. It is adopted if `is_known` is true of one of its sessions, given by id: this
        user then has its transcript. `adopt_others` is called to adopt the archives and copies beside it, too.
        """
        self._remembered = remembered
        self._archived = archived
        self._is_known = is_known
        self._adopt_others = adopt_others
        self._seal = Seal(common_dir)
        self._second = SecondCopy(self._seal)
        trust = Trust(
            lambda db: len(SealedRows(db, self._seal).strangers()), self._sweep, self._upgrade, self._second.check
        )
        path = os.path.join(common_dir, "forksight", "ledger.db")
        self._database = Database(path, MIGRATIONS, self._reseed, trust)

    @property
    def path(self) -> str:
        """The path of the ledger's file, which need not exist."""
        return self._database.path

    def close(self) -> None:
        """Close the file. The next call opens it again."""
        self._database.close()

    def create(self) -> None:
        """See `core.ports.store.Ledger`."""
        self._database.write(lambda _: None)

    def view(self) -> tuple[LedgerView, tuple[Problem, ...]]:
        """See `core.ports.store.Ledger`."""
        view, strangers = self._database.read(lambda db: ledger_rows.view(SealedRows(db, self._seal)))
        problems = (_left_out(strangers, self.path),) if strangers else ()
        return replace(view, unread=self._database.unread), (*self._database.problems, *problems)

    def adopt_records(self) -> int:
        """See `core.ports.store.Ledger`. Records in ledgers that were set aside are adopted, too.

        Plans without a valid seal are deleted, since nobody knows whether their steps are wanted. Plans of processes of other
        machines or containers become interrupted plans.
        """

        def change(connection: sqlite3.Connection) -> int:
            for path in sorted(glob(f"{escape(self.path)}.damaged-*")):
                if not path.endswith(("-wal", "-shm")):
                    salvage(path, ledger_rows.TABLES, connection)
            rows = SealedRows(connection, self._seal)
            count = rows.adopt()
            plan_rows.release_elsewhere(rows)
            return count

        return self._database.write(change, as_is=True)

    def stamp(self) -> object:
        """See `core.ports.store.Ledger`."""

        def changes(connection: sqlite3.Connection) -> object:
            (others,) = connection.execute("PRAGMA data_version").fetchone()
            return id(connection), others, connection.total_changes

        return self._database.read(changes)

    def save_baseline(self, baseline: Baseline, *, replacing: Baseline | None) -> None:
        """See `core.ports.store.Ledger`."""

        def change(rows: SealedRows) -> None:
            if ledger_rows.baseline(rows, baseline.name) != replacing:
                raise LedgerError(
                    f"The baseline {baseline.name} was changed by another process meanwhile",
                    fix="look at it with `forksight baseline show` and try again",
                )
            if ledger_rows.other_holder(rows, baseline) is not None:
                raise LedgerError("That session already is a baseline of another name", fix="unset that one first")
            ledger_rows.put_baseline(rows, baseline)

        self._write(change)

    def remove_baseline(self, name: str) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: ledger_rows.delete_baseline(rows, name))

    def record_attempt(self, session: str) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: rows.put("attempt", {"session": session}))

    def record_fork(self, fork: Fork) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: ledger_rows.put_fork(rows, fork))

    def update_fork(
        self,
        launch: str,
        *,
        state: ForkState | None = None,
        session: str | None = None,
        short: str | None = None,
        pane: str | None = None,
    ) -> None:
        """See `core.ports.store.Ledger`."""

        def change(rows: SealedRows) -> None:
            row = rows.get("fork", launch)
            if row is not None:
                order = list(ForkState)
                furthest = max(ForkState(row["state"]), state or ForkState.PENDING, key=order.index)
                values = {"session": session, "short": short, "pane": pane}
                given = {name: value for name, value in values.items() if value is not None}
                rows.change("fork", launch, state=furthest, **given)

        self._write(change)

    def note_folder(self, session: str, folder: str) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: rows.put("folder", {"session": session, "path": folder}))

    def note_start(self, launch: str, moment: float) -> None:
        """See `core.ports.store.Ledger`."""

        def change(rows: SealedRows) -> None:
            earlier = [row["started"] for row in rows.all("fork") if row["started"] and row["started"] <= moment + 1]
            rows.change("fork", launch, started=max((moment, *(start + 1e-6 for start in earlier))))

        self._write(change)

    def forget_fork(self, launch: str) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: rows.delete("fork", launch))

    def record_archive(self, archive: Archive) -> None:
        """See `core.ports.store.Ledger`."""

        def change(rows: SealedRows) -> None:
            rows.put("archive", ledger_rows.archive_row(archive))
            if archive.fork is not None:
                rows.delete("fork", archive.fork.launch)

        self._write(change)

    def forget_archive(self, session: str, file: str, *, restored: float | None = None) -> None:
        """See `core.ports.store.Ledger`."""

        def change(rows: SealedRows) -> None:
            row = rows.get("archive", session)
            archive = ledger_rows.archive(row) if row else None
            if archive is None or archive.file != file:
                return
            rows.delete("archive", session)
            if archive.fork is not None:
                ledger_rows.put_fork(rows, archive.fork)
            if restored is not None:
                rows.put("restored", {"session": session, "moment": restored})

        self._write(change)

    def record_findings(self, findings: Findings) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: rows.put("findings", ledger_rows.findings_row(findings)))

    def record_landing(self, landing: Landing) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: rows.put("landing", ledger_rows.landing_row(landing)))

    def forget_landing(self, run: str) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: rows.delete("landing", run))

    def muted(self) -> frozenset[str]:
        """See `core.ports.store.Mutes`."""
        return self._database.read(lambda db: ledger_rows.muted(SealedRows(db, self._seal)))

    def mute(self, label: str) -> None:
        """See `core.ports.store.Mutes`."""
        self._write(lambda rows: rows.put("mute", {"label": label}))

    def unmute(self, label: str) -> None:
        """See `core.ports.store.Mutes`."""
        self._write(lambda rows: rows.delete("mute", label))

    def begin(self, plan: Plan) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: plan_rows.begin(rows, plan))

    def adopt(self, plan: Plan) -> int | None:
        """See `core.ports.store.Ledger`."""
        return self._write(lambda rows: plan_rows.adopt(rows, plan))

    def advance(self, plan: Plan, done: int) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: plan_rows.advance(rows, plan, done))

    def release(self, plan: Plan) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: plan_rows.release(rows, plan))

    def finish(self, plan: Plan) -> None:
        """See `core.ports.store.Ledger`."""
        self._write(lambda rows: plan_rows.finish(rows, plan))

    def interrupted(self) -> tuple[Interrupted, ...]:
        """See `core.ports.store.Ledger`. Plans of other versions that can't be decoded are left out."""
        return self._database.read(lambda db: plan_rows.interrupted(SealedRows(db, self._seal)))

    def _write(self, change: Callable[[SealedRows], T]) -> T:
        """Run a change in a transaction and then write the second copy. Raises `LedgerError`."""

        def attempt(connection: sqlite3.Connection) -> tuple[T, CopiedRows]:
            rows = SealedRows(connection, self._seal)
            return change(rows), self._second.copied(rows)

        result, copied = self._database.write(attempt)
        self._second.keep(copied)
        return result

    def _reseed(self, connection: sqlite3.Connection) -> None:
        """Add missing rows from the second copy, from our copies of transcripts and from the archives' descriptions.

        Raises `OSError` if any of these can't be read: a ledger begun without it would never get its rows.
        """
        rows = SealedRows(connection, self._seal)
        self._second.put_back(rows)
        for baseline in self._remembered():
            if ledger_rows.baseline(rows, baseline.name) is None and ledger_rows.other_holder(rows, baseline) is None:
                ledger_rows.put_baseline(rows, baseline)
        for archive in self._archived():
            if rows.get("archive", archive.session) is None:
                rows.put("archive", ledger_rows.archive_row(archive))

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        """Seal the rows that a version without seals wrote, if they name a session whose transcript this user has."""
        rows = SealedRows(connection, self._seal)
        strangers = rows.strangers()
        if any(self._is_known(session) for session in ledger_rows.sessions_in(strangers)):
            rows.adopt()
            self._adopt_others()

    def _sweep(self, connection: sqlite3.Connection) -> int:
        """Delete the rows without a valid seal; returns how many rows are left."""
        rows = SealedRows(connection, self._seal)
        rows.sweep()
        return sum(len(rows.all(table)) for table in ledger_rows.TABLES)


def _left_out(strangers: int, path: str) -> Problem:
    """The problem of a ledger in which that many rows have no valid seal."""
    records = "1 record" if strangers == 1 else f"{strangers} records"
    message = (
        f"{records} of the ledger {path} were not written by you in this place on this machine, or are damaged: left out."
        " If you moved the repository here or brought it back from a backup, run `forksight doctor --adopt`."
    )
    return Problem("ledger-foreign", message, path)
