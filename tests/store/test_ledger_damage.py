"""The ledger when its file is damaged, gone, foreign or can't be written: nothing that is readable is lost."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.adapters.store.ledger.ledger import SqliteLedger
from forksight.adapters.store.ledger.schema import MIGRATIONS
from forksight.core.problems import LedgerError
from forksight.core.store.ledger import Baseline, LedgerView
from forksight.features.sessions import find
from tests.store.records import baseline, fork


def damage_header(path: Path) -> None:
    path.write_bytes(b"no database at all" + path.read_bytes()[18:])


def damage_page(path: Path) -> None:
    data = bytearray(path.read_bytes())
    page = int.from_bytes(data[16:18], "big")
    data[page * 2 : page * 3] = os.urandom(page)  # the third page: an index or table root
    path.write_bytes(data)


def lose_a_table(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("DROP TABLE fork")
    raw.close()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def lose_the_log(path: Path) -> None:
    """What is left of a killed process's ledger without its write-ahead log, which has all tables: one page."""
    path.unlink()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
    raw.close()
    assert path.stat().st_size > 0


@pytest.mark.parametrize("damage", [damage_header, damage_page, lose_a_table, lose_the_log, empty])
def test_a_damaged_ledger_is_set_aside_and_rebuilt(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    first = SqliteLedger(str(tmp_path))
    first.save_baseline(baseline(), replacing=None)
    first.mute("kept or lost")
    first.close()
    damage(Path(first.path))
    healed = SqliteLedger(str(tmp_path), lambda: [baseline(), baseline("other")])
    view, problems = healed.view()
    assert view.baselines == (baseline(),)  # `other` claims the same session: the first one stays
    assert [problem.code for problem in problems] == ["ledger-set-aside"]
    aside = [path for path in (tmp_path / "forksight").iterdir() if ".damaged-" in path.name]
    assert any(str(path) in problems[0].message for path in aside)
    healed.mute("writes again")
    fresh, problems = SqliteLedger(str(tmp_path)).view()
    assert problems == ()
    assert "writes again" in fresh.mutes


def test_a_ledger_that_is_gone_is_begun_anew_with_what_is_known(tmp_path: Path) -> None:
    known: list[Baseline] = []
    first = SqliteLedger(str(tmp_path), lambda: known)
    known.append(baseline())  # its transcript is copied before it is recorded
    first.save_baseline(baseline(), replacing=None)
    assert first.view()[1] == ()
    first.close()
    for path in (tmp_path / "forksight").iterdir():
        path.unlink()
    for _ in range(2):
        view, problems = first.view()
        assert view.baselines == (baseline(),)
        assert [problem.code for problem in problems] == ["ledger-rebuilt"]
    first.remove_baseline("base")
    fresh, problems = SqliteLedger(str(tmp_path), lambda: known).view()
    assert (fresh.baselines, problems) == ((), ())  # it is there again, and what it says counts


ON_A_FULL_DISK = """
import os, sys
from forksight.adapters.store.ledger.ledger import SqliteLedger
from forksight.core.problems import LedgerError
ledger = SqliteLedger(sys.argv[1])
ledger.mute("a")
ledger.close()
with open(sys.argv[1] + "/filler", "wb", buffering=0) as filler:
    try:
        while filler.write(b"x" * 4096):
            pass
    except OSError:
        pass
try:
    ledger.mute("b")
except LedgerError as error:
    print(error.sentence)
print(sorted(ledger.muted()), *(problem.message for problem in ledger.view()[1]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a small disk is made in a namespace of Linux'")
def test_a_full_disk_is_called_so(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'
    on_a_small_disk = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(tmp_path)]
    if shutil.which("unshare") is None or subprocess.run([*on_a_small_disk, "true"], check=False).returncode:
        pytest.skip("no user namespaces here")
    command = [*on_a_small_disk, sys.executable, "-c", ON_A_FULL_DISK, str(tmp_path)]
    refused, read = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    ledger = f"The ledger {tmp_path}/forksight/ledger.db"
    assert refused == f"{ledger} can't be used (the disk is full): free some space and try again"
    assert read == f"['a'] {ledger} can't be written (the disk is full): it is only read."


def test_damage_found_while_it_is_open(tmp_path: Path) -> None:
    ledger = SqliteLedger(str(tmp_path))
    ledger.mute("a")
    other = SqliteLedger(str(tmp_path))
    other.mute("b")
    ledger.close()
    other.close()
    damage_header(Path(ledger.path))
    threads = [threading.Thread(target=opened.mute, args=("c",)) for opened in (ledger, other) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "c" in ledger.muted()
    assert "c" in other.muted()
    asides = [path for path in (tmp_path / "forksight").iterdir() if path.name.count(".damaged-") and path.suffix]
    assert len({path.name.removesuffix("-wal").removesuffix("-shm") for path in asides}) == 1


def test_readable_rows_of_a_damaged_ledger_are_saved(tmp_path: Path) -> None:
    first = SqliteLedger(str(tmp_path))
    made = [fork(created=float(number)) for number in range(200)]
    for recorded in made:
        first.record_fork(recorded)
    first.mute("m")
    first.close()
    path = Path(first.path)
    with sqlite3.connect(path) as raw:
        (root,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'mute'").fetchone()
    raw.close()
    data = bytearray(path.read_bytes())
    page = int.from_bytes(data[16:18], "big")
    data[page * (root - 1) : page * root] = b"\xff" * page
    path.write_bytes(data)
    view, problems = SqliteLedger(str(tmp_path)).view()
    assert view.forks == tuple(made)
    assert view.mutes == frozenset({"m"})  # of the second copy
    assert "200 rows" in problems[0].message


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    ledger = SqliteLedger(str(tmp_path))
    ledger.mute("a")
    ledger.close()
    with sqlite3.connect(ledger.path) as other:
        other.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        other.execute("CREATE TABLE later (name TEXT)")
    other.close()
    before = Path(ledger.path).read_bytes()
    view, (problem,) = ledger.view()
    assert view == LedgerView(unread=problem)
    assert problem.code == "ledger-newer"
    with pytest.raises(LedgerError, match="newer Forksight, and what it holds is left out here: update this one"):
        find.baseline(view, None)
    with pytest.raises(LedgerError, match="newer Forksight"):
        ledger.mute("b")
    assert Path(ledger.path).read_bytes() == before
    with sqlite3.connect(ledger.path) as other:
        other.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        other.execute("DROP TABLE later")
    other.close()
    assert ledger.view() == (LedgerView(mutes=frozenset({"a"})), ())


def test_a_ledger_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "forksight").write_text("a file where the folder should be")
    ledger = SqliteLedger(str(tmp_path))
    view, (problem,) = ledger.view()
    assert view == LedgerView(unread=problem)
    assert f"{tmp_path}/forksight is no folder, and the ledger goes there: move it away." in problem.message
    with pytest.raises(LedgerError, match="can't be written") as raised:
        ledger.mute("a")
    assert "folder that you may write to" in raised.value.sentence


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "forksight" / "ledger.db").mkdir(parents=True)
    view, (problem,) = SqliteLedger(str(tmp_path)).view()
    assert view == LedgerView(unread=problem)
    assert problem.code == "ledger-unreadable"


def test_a_pipe_in_place_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "forksight").mkdir()
    os.mkfifo(tmp_path / "forksight" / "ledger.db")
    ledger = SqliteLedger(str(tmp_path))
    _, (problem,) = ledger.view()
    assert problem.code == "ledger-unreadable"
    with pytest.raises(LedgerError, match="is no file") as raised:
        ledger.mute("a")
    assert raised.value.sentence.endswith("move it away")


@pytest.mark.parametrize("version", [0, 1, len(MIGRATIONS) + 1, 1 << 30])
def test_a_damaged_version_number_is_not_believed(tmp_path: Path, version: int) -> None:
    ledger = SqliteLedger(str(tmp_path))
    ledger.mute("a")
    ledger.close()
    with sqlite3.connect(ledger.path) as other:
        other.execute(f"PRAGMA user_version = {version}")
    other.close()
    assert ledger.view() == (LedgerView(mutes=frozenset({"a"})), ())
    ledger.mute("b")
    assert ledger.muted() == frozenset({"a", "b"})
