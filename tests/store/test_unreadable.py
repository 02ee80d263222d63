"""What can't be read for a while is not taken for absent, and not replaced: afterwards everything is as it was."""

from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.adapters.store.archive.archives import GitArchives
from forksight.adapters.store.ledger.ledger import SqliteLedger
from forksight.adapters.store.seal import Seal
from forksight.adapters.store.vault import Vault
from forksight.core.problems import ArchiveError, LedgerError
from forksight.core.store.archives import readable
from tests.permissions import unreadable
from tests.store.records import ROWS, SESSION, baseline, keep


def kept(common_dir: Path, name: str) -> Path:
    """A file that is kept of a repository in the user's data folder."""
    return Path(Seal(str(common_dir)).folder, name)


@pytest.fixture
def common_dir(tmp_path: Path) -> Path:
    """A repository's common dir, with a ledger that knows a baseline and a mute."""
    ledger = SqliteLedger(str(tmp_path))
    ledger.save_baseline(baseline(), replacing=None)
    ledger.mute("wip/x")
    ledger.close()
    return tmp_path


def check_everything_is_there(common_dir: Path) -> None:
    view, problems = SqliteLedger(str(common_dir)).view()
    assert problems == ()
    assert (view.baselines, sorted(view.mutes), view.unread) == ((baseline(),), ["wip/x"], None)
    assert not list((common_dir / "forksight").glob("*.damaged-*"))


@pytest.mark.permissions
@pytest.mark.parametrize("place", ["key", "ledger.db", "folder"])
def test_a_ledger_that_cannot_be_read_or_checked_is_neither_empty_nor_replaced(common_dir: Path, place: str) -> None:
    path = {
        "key": kept(common_dir, "key"),
        "ledger.db": common_dir / "forksight" / "ledger.db",
        "folder": common_dir / "forksight",
    }[place]
    with unreadable(path):
        ledger = SqliteLedger(str(common_dir))
        view, (problem,) = ledger.view()
        assert (view.baselines, view.unread, problem.code) == ((), problem, "ledger-unreadable")
        with pytest.raises(LedgerError):
            ledger.mute("other")
        with pytest.raises(LedgerError):
            ledger.adopt_records()
    assert ledger.view()[0].baselines == (baseline(),)
    check_everything_is_there(common_dir)


@pytest.mark.permissions
@pytest.mark.parametrize("place", ["ledger.json", "key"])
def test_a_lost_ledger_is_not_begun_without_what_cannot_be_read(common_dir: Path, place: str) -> None:
    for path in (common_dir / "forksight").iterdir():
        path.unlink()
    with unreadable(kept(common_dir, place)):
        ledger = SqliteLedger(str(common_dir))
        view, (problem,) = ledger.view()
        assert (view.unread, problem.code) == (problem, "ledger-unreadable")
        with pytest.raises(LedgerError, match="Nobody can tell whose") as refused:
            ledger.mute("other")
        assert refused.value.code == "ledger-unreadable"
        assert "check who owns" in refused.value.fix
    assert [problem.code for problem in ledger.view()[1]] == ["ledger-rebuilt"]
    check_everything_is_there(common_dir)


@pytest.mark.permissions
@pytest.mark.parametrize("place", ["ledger.json", "key"])
def test_a_damaged_ledger_is_not_set_aside_without_what_cannot_be_read(common_dir: Path, place: str) -> None:
    path = common_dir / "forksight" / "ledger.db"
    damaged = b"junk" * 5000
    path.write_bytes(damaged)
    with unreadable(kept(common_dir, place)):
        ledger = SqliteLedger(str(common_dir))
        with pytest.raises(LedgerError, match="can't be set aside"):
            ledger.view()
        assert path.read_bytes() == damaged
    view, _ = SqliteLedger(str(common_dir)).view()
    assert (view.baselines, sorted(view.mutes)) == ((baseline(),), ["wip/x"])


def test_a_lost_ledger_is_rebuilt_by_who_writes_first(common_dir: Path) -> None:
    for path in (common_dir / "forksight").iterdir():
        path.unlink()
    ledger = SqliteLedger(str(common_dir))
    ledger.mute("other")
    view, _ = ledger.view()
    assert (view.baselines, sorted(view.mutes)) == ((baseline(),), ["other", "wip/x"])


def test_a_second_copy_that_is_damaged_is_not_replaced(common_dir: Path) -> None:
    second = kept(common_dir, "ledger.json")
    damaged = second.read_bytes()[:-9]
    second.write_bytes(damaged)
    ledger = SqliteLedger(str(common_dir))
    ledger.mute("other")
    ledger.mute("more")
    (aside,) = second.parent.glob("ledger.json.damaged-*")
    assert aside.read_bytes() == damaged
    assert b"more" in second.read_bytes()


@pytest.mark.permissions
def test_a_key_that_cannot_be_read_is_not_replaced(common_dir: Path) -> None:
    seal = Seal(str(common_dir))
    mark = seal.make("kind", "body")
    key = kept(common_dir, "key")
    before = key.read_bytes()
    with unreadable(key):
        with pytest.raises(PermissionError):
            Seal(str(common_dir)).make("kind", "body")
        with pytest.raises(PermissionError):
            Seal(str(common_dir)).is_whole("kind", "body", mark)
    assert key.read_bytes() == before
    assert Seal(str(common_dir)).is_whole("kind", "body", mark)


@pytest.mark.permissions
@pytest.mark.parametrize("place", ["index", "key"])
def test_a_copy_of_which_the_index_cannot_be_read_is_not_called_an_earlier_one(tmp_path: Path, place: str) -> None:
    vault = Vault(str(tmp_path))
    transcript = tmp_path / "projects" / f"{SESSION}.jsonl"
    transcript.parent.mkdir()
    transcript.write_bytes(ROWS)
    keep(vault, transcript)
    (earlier,) = map(str, Path(vault.folder).glob("*.tar.gz"))
    transcript.write_bytes(b'{"uuid": "another"}\n' * 9)
    keep(vault, transcript)
    index = Path(vault.folder, f"{SESSION}.json")
    with unreadable({"index": index, "key": kept(tmp_path, "key")}[place]):
        assert [problem.code for problem in Vault(str(tmp_path)).copies()[1]] == ["copy-unreadable"]
        assert Vault(str(tmp_path)).set_aside() == ()
    assert vault.set_aside() == (earlier,)


@pytest.mark.permissions
def test_an_archive_that_cannot_be_looked_at_stays(tmp_path: Path) -> None:
    archives = GitArchives(str(tmp_path))
    folder = archives.folder("s", "12345678")
    transcript = tmp_path / "projects" / "-r" / "s.jsonl"
    transcript.parent.mkdir(parents=True)
    transcript.write_bytes(b'{"uuid": "1"}\n')
    archives.keep_transcript(folder, str(transcript))
    archives.describe(folder, '{"session": "s"}')
    present = sorted(Path(folder).iterdir())
    steps: tuple[Callable[[], object], ...] = (
        lambda: archives.check_returned(folder),
        lambda: archives.drop(folder, "s", commits=False),
        lambda: archives.return_transcript(folder, "s", str(transcript)),
        lambda: archives.remove_transcript(folder, "s", str(transcript)),
    )
    with unreadable(Path(folder)):
        for step in steps:
            with pytest.raises(ArchiveError, match="Permission denied"):
                step()
    assert sorted(Path(folder).iterdir()) == present
    assert transcript.read_bytes() == b'{"uuid": "1"}\n'


@pytest.mark.permissions
def test_a_transcript_that_cannot_be_looked_at_is_not_archived_as_none(tmp_path: Path) -> None:
    archives = GitArchives(str(tmp_path))
    transcript = tmp_path / "projects" / "-r" / "s.jsonl"
    transcript.parent.mkdir(parents=True)
    transcript.write_bytes(b'{"uuid": "1"}\n')
    with unreadable(transcript.parent), pytest.raises(ArchiveError, match="Permission denied"):
        archives.keep_transcript(archives.folder("s", "12345678"), str(transcript))


@pytest.mark.permissions
@pytest.mark.parametrize("what", [".", "s-12345678", "s-12345678/fork.json"])
def test_archives_that_cannot_be_read_are_no_reason_to_begin_a_ledger_without_them(tmp_path: Path, what: str) -> None:
    archives = GitArchives(str(tmp_path))
    archives.describe(archives.folder("s", "12345678"), '{"session": "s"}')
    with unreadable(tmp_path / "forksight" / "archive" / what):
        with pytest.raises(PermissionError):
            archives.descriptions()
        ledger = SqliteLedger(str(tmp_path), archived=lambda: readable(archives.descriptions()))
        view, (problem,) = ledger.view()
    assert (view.unread, problem.code) == (problem, "ledger-unreadable")
    assert not (tmp_path / "forksight" / "ledger.db").exists()
