"""Our folders for agents, with links and other people's files in them: nothing of others is read, written or removed."""

import os
from pathlib import Path

import pytest

from forksight.adapters.store.notices import NoticeFiles
from forksight.adapters.store.residents import ResidentFiles
from forksight.adapters.store.told_files import ToldFiles

SESSION = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder with old files of a person's."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for name in ("notes.txt", "4711", f"{SESSION}.jsonl"):
        (folder / name).write_text('["", ["x"]]\n')
        os.utime(folder / name, (0, 0))
    return folder


def test_folders_that_are_links_are_neither_read_nor_written(tmp_path: Path, elsewhere: Path) -> None:
    for name in ("told", "residents", "notices"):
        (tmp_path / name).symlink_to(elsewhere)
    before = {path.name: path.stat() for path in elsewhere.iterdir()}
    told, notices = ToldFiles(str(tmp_path)), NoticeFiles(str(tmp_path))
    told.tidy()
    told.add(SESSION, "", ["y"])
    assert told.read(SESSION) == {}
    residents = ResidentFiles(str(tmp_path), "4711")
    residents.enter()
    assert not ResidentFiles(str(tmp_path), "4711").is_there()
    residents.leave()
    notices.leave("/shop/.git", "text")
    assert notices.take("/shop/.git") == ()
    assert {path.name: path.stat() for path in elsewhere.iterdir()} == before


def test_old_files_go_that_are_ours(tmp_path: Path, elsewhere: Path) -> None:
    for name in ("told", "residents"):
        folder = tmp_path / name
        folder.mkdir()
        for file in elsewhere.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
            os.utime(folder / file.name, (0, 0))
    ToldFiles(str(tmp_path)).tidy()
    ResidentFiles(str(tmp_path), "1").enter()
    assert {path.name for path in (tmp_path / "told").iterdir()} == {"notes.txt", "4711"}
    assert {path.name for path in (tmp_path / "residents").iterdir()} == {"1", "notes.txt", f"{SESSION}.jsonl"}


def test_of_what_a_very_long_session_was_told_the_end_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = ToldFiles(str(tmp_path))
    for number in range(100):
        told.add(SESSION, "", [f"fact {number}"])
    monkeypatch.setattr("forksight.adapters.store.told_files._LARGEST", 1000)
    known = told.read(SESSION)[""]
    assert "fact 99" in known
    assert "fact 0" not in known
