"""No record in a repository's folder is acted on unless this user made it on this machine."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from forksight.adapters.store.ledger.ledger import SqliteLedger
from forksight.adapters.store.ledger.schema import MIGRATIONS, SEALED
from forksight.adapters.store.ledger.sealed_rows import KEYS, SealedRows
from forksight.adapters.store.own_files import exclusively
from forksight.adapters.store.seal import Seal
from forksight.core.plans.plan import Action, Plan, Step
from forksight.core.problems import LedgerError
from forksight.core.sessions.session import Tokens
from forksight.core.store.ledger import Baseline, Findings, Generation, Landing
from tests.store.conftest import moved
from tests.store.records import archive, baseline, fork

KNOWN = "5b1b3c5e-0a3e-4a9e-8f5e-6f1f6f0c9a11"


PLAN = Plan("p", "/home/me", (Step(Action.DROP_ARCHIVE, "Remove the archive", {"folder": "/home/me", "session": "x"}),))


def execute(path: str, *statements: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def fresh(common_dir: Path) -> SqliteLedger:
    """The ledger as another process sees it."""
    return SqliteLedger(str(common_dir))


def filled(common_dir: Path) -> SqliteLedger:
    ledger = fresh(common_dir)
    ledger.save_baseline(baseline(), replacing=None)
    ledger.record_fork(fork(launch="mine", session=KNOWN))
    ledger.mute("wip")
    ledger.close()
    return ledger


def record_restored(ledger: SqliteLedger) -> None:
    ledger.record_archive(archive("r"))
    ledger.forget_archive("r", "/a/s", restored=4.0)


EVERYTHING: Mapping[str, Callable[[SqliteLedger], object]] = {  # what writes a row into each table
    "baseline": lambda ledger: ledger.save_baseline(baseline(), replacing=None),
    "generation": lambda _: None,  # with its baseline
    "fork": lambda ledger: ledger.record_fork(fork(launch="mine", session=KNOWN)),
    "mute": lambda ledger: ledger.mute("wip"),
    "plan": lambda ledger: ledger.begin(PLAN),
    "archive": lambda ledger: ledger.record_archive(archive("a")),
    "restored": record_restored,
    "attempt": lambda ledger: ledger.record_attempt("tried"),
    "folder": lambda ledger: ledger.note_folder("s1", "/elsewhere"),
    "landing": lambda ledger: ledger.record_landing(Landing("run", "main", "/w", "b" * 40, "c" * 40, ("x",), 1.0)),
    "findings": lambda ledger: ledger.record_findings(Findings(KNOWN, "pay", None, "found", 1.0, Tokens())),
}


def rows_of(common_dir: Path) -> set[tuple[object, ...]]:
    """All that a ledger lets anybody act on, a value for each record."""
    ledger = fresh(common_dir)
    view = ledger.view()[0]
    connection = sqlite3.connect(ledger.path)
    with connection:
        connection.row_factory = sqlite3.Row
        plans = [("plan", row["id"]) for row in SealedRows(connection, Seal(str(common_dir))).all("plan")]
    connection.close()
    ledger.close()
    return {
        *plans,
        *((type(record).__name__, record) for record in (*view.baselines, *view.forks, *view.archives)),
        *((type(record).__name__, record) for record in (*view.landings, *view.findings.values())),
        *(("mute", label) for label in view.mutes),
        *(("attempt", session) for session in view.attempts),
        *(("restored", item) for item in view.restored.items()),
        *(("folder", item) for item in view.folders.items()),
    }


def test_of_every_table_every_column_counts_only_as_this_user_wrote_it(tmp_path: Path) -> None:
    """Every kind of record that there is, whatever of it somebody else changed: it is left out and named, the others stay."""
    assert {*EVERYTHING} == {*KEYS}
    (tmp_path / "git").mkdir()
    common_dir, folder, backup = tmp_path / "git", tmp_path / "git" / "forksight", tmp_path / "backup"
    first = fresh(common_dir)
    for write in EVERYTHING.values():
        write(first)
    first.close()
    shutil.copytree(folder, backup)
    before = rows_of(common_dir)
    connection = sqlite3.connect(backup / "ledger.db")
    columns = {table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in KEYS}
    counts = {table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in KEYS}
    connection.close()
    assert all(counts.values()), counts
    for table, names in columns.items():
        for name in names:
            shutil.rmtree(folder)
            shutil.copytree(backup, folder)
            execute(fresh(common_dir).path, f"UPDATE {table} SET {name} = '7'")
            _, problems = fresh(common_dir).view()
            assert {problem.code for problem in problems} & {"ledger-foreign"}, (table, name)
            after = rows_of(common_dir)
            assert after < before, (table, name)
            assert len(before) - len(after) == 1, (table, name)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO plan VALUES ('p', '/w', 4194304, 1.0, 0, '{}')",
        "INSERT INTO mute VALUES ('main')",
        "INSERT INTO archive VALUES ('s', 1.0, '{}')",
        "INSERT INTO baseline VALUES ('evil', 1)",
        "UPDATE seal SET mac = 'x' WHERE kind = 'mute'",
        "UPDATE seal SET mac = (SELECT mac FROM seal WHERE kind = 'fork')",
    ],
)
def test_a_record_that_somebody_else_wrote_is_left_out_and_named(tmp_path: Path, statement: str) -> None:
    ledger = filled(tmp_path)
    before = fresh(tmp_path).view()[0]
    execute(ledger.path, statement)
    view, problems = fresh(tmp_path).view()
    assert [problem.code for problem in problems] == ["ledger-foreign"]
    assert {*view.forks} <= {*before.forks}
    assert {*view.baselines} <= {*before.baselines}
    assert view.mutes <= before.mutes
    assert (view.archives, view.restored, view.attempts) == ((), {}, frozenset())
    assert fresh(tmp_path).interrupted() == ()
    writer = fresh(tmp_path)
    writer.mute("more")  # now the file is set aside, and a new one has what is whole
    after, problems = writer.view()
    assert [problem.code for problem in problems] == ["ledger-set-aside"]
    assert "not written by you" in problems[0].message
    assert after.baselines == before.baselines  # of the second copy, if need be
    assert fresh(tmp_path).view()[1] == ()


def test_what_came_along_from_elsewhere_is_shown_and_adopted_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "git").mkdir()
    filled(tmp_path / "git").begin(PLAN)
    to = moved(tmp_path / "git", tmp_path / "copy")
    view, (problem,) = fresh(to).view()
    assert (view.baselines, view.forks, view.mutes) == ((), (), frozenset())
    assert "`forksight doctor --adopt`" in problem.message
    assert fresh(to).interrupted() == ()
    fresh(to).adopt_records()
    view, problems = fresh(to).view()
    assert problems == ()
    assert view.baselines == (baseline(),)
    assert view.mutes == {"wip"}
    assert [record.launch for record in view.forks] == ["mine"]
    execute(fresh(to).path, "UPDATE plan SET owner = 1")
    assert fresh(to).interrupted() == ()  # a plan is never adopted


def test_a_repository_that_was_moved_is_still_its_owners(tmp_path: Path) -> None:
    (tmp_path / "git").mkdir()
    filled(tmp_path / "git")
    before = fresh(tmp_path / "git").view()[0]
    (tmp_path / "git").rename(tmp_path / "moved")
    view, problems = fresh(tmp_path / "moved").view()
    assert (view.baselines, view.mutes, problems) == (before.baselines, before.mutes, ())
    (tmp_path / "git").mkdir()  # another repository, where that one was
    assert fresh(tmp_path / "git").view()[0].baselines == ()
    shutil.copytree(tmp_path / "moved" / "forksight", tmp_path / "git" / "forksight")
    assert fresh(tmp_path / "git").view()[0].baselines == ()
    assert fresh(tmp_path / "moved").view()[0].baselines == before.baselines


def test_a_copied_ledger_can_be_adopted_after_the_first_write(tmp_path: Path) -> None:
    (tmp_path / "git").mkdir()
    filled(tmp_path / "git")
    to = moved(tmp_path / "git", tmp_path / "moved")
    fresh(to).mute("first")  # sets the other's aside
    assert fresh(to).view()[0].baselines == ()
    fresh(to).adopt_records()
    view = fresh(to).view()[0]
    assert view.baselines == (baseline(),)
    assert view.mutes == {"first", "wip"}


@pytest.mark.parametrize("known", [True, False])
def test_an_older_versions_ledger_keeps_its_baselines(tmp_path: Path, known: bool) -> None:
    (tmp_path / "forksight").mkdir()
    path = str(tmp_path / "forksight" / "ledger.db")
    scripts = [statement for script in MIGRATIONS[: SEALED - 1] for statement in script.split(";")]
    execute(
        path,
        *scripts,
        "INSERT INTO baseline VALUES ('base', 1)",
        f"INSERT INTO generation VALUES ('base', 1, '{KNOWN}', 'c0ffee', 1.5)",
        "INSERT INTO plan VALUES ('p', '/w', 4194304, 1.0, 0, '{}')",
        f"PRAGMA user_version = {SEALED - 1}",
    )
    ledger = SqliteLedger(str(tmp_path), is_known=lambda session: known and session == KNOWN)
    view, problems = ledger.view()
    if not known:  # nothing says that this user made it
        assert (view.baselines, [problem.code for problem in problems]) == ((), ["ledger-foreign"])
        ledger.adopt_records()
        view, problems = ledger.view()
    assert problems == ()
    assert view.baselines == (Baseline("base", 1, (Generation(1, KNOWN, "c0ffee", 1.5),)),)
    assert ledger.interrupted() == ()


def test_a_ledgers_folder_that_is_deleted_loses_no_baseline(tmp_path: Path) -> None:
    filled(tmp_path)
    shutil.rmtree(tmp_path / "forksight")
    view, problems = fresh(tmp_path).view()
    assert view.baselines == (baseline(),)
    assert view.mutes == {"wip"}
    assert [problem.code for problem in problems] == ["ledger-rebuilt"]


def test_a_new_repository_at_the_same_path_begins_with_nothing(tmp_path: Path) -> None:
    common_dir = tmp_path / "git"
    common_dir.mkdir()
    filled(common_dir)
    shutil.rmtree(common_dir)
    common_dir.mkdir()
    assert fresh(common_dir).view()[0].baselines == ()


def test_another_programs_database_is_neither_migrated_nor_moved(tmp_path: Path) -> None:
    (tmp_path / "forksight").mkdir()
    path = tmp_path / "forksight" / "ledger.db"
    execute(str(path), "CREATE TABLE bookmark (url TEXT)", "PRAGMA application_id = 77")
    before = path.read_bytes()
    assert "another program's database" in fresh(tmp_path).view()[1][0].message
    with pytest.raises(LedgerError, match="another program's database"):
        fresh(tmp_path).mute("a")
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["ledger.db", "ledger.db-wal", "ledger.db.lock"])
def test_links_are_not_followed(tmp_path: Path, name: str) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious\n")
    folder = tmp_path / "git" / "forksight"
    folder.mkdir(parents=True)
    (folder / "ledger.db").write_bytes(b"")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(precious)
    ledger = fresh(tmp_path / "git")
    ledger.view()
    with pytest.raises(LedgerError):
        ledger.mute("a")
    assert precious.read_text() == "precious\n"


def test_a_folder_that_is_a_link_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "forksight").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerError):
        fresh(tmp_path / "git").mute("a")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_lock_keeps_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("bytes")
    with exclusively(str(tmp_path / "lock")):
        pass
    assert (tmp_path / "lock").read_text() == "bytes"


def test_triggers_of_a_strangers_ledger_do_not_run(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    execute(ledger.path, "CREATE TRIGGER t AFTER INSERT ON mute BEGIN DELETE FROM baseline; END")
    writer = fresh(tmp_path)
    writer.mute("more")
    assert writer.view()[0].baselines == (baseline(),)
