"""What strangers put in the place of the files that status lines read: nothing is followed, waited for, or believed."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.adapters.store.status_files import StatusFiles
from tests.waiting import wait_for

WORKTREE = "/shop"
KEPT = json.dumps({"version": 1, "worktree": WORKTREE, "branch": "main"})


@pytest.fixture
def files(tmp_path: Path) -> StatusFiles:
    """Something is kept; its holder has gone."""
    made = StatusFiles(str(tmp_path))
    made.read(WORKTREE)
    assert made.hold(WORKTREE)
    made.keep(WORKTREE, KEPT)
    assert StatusFiles(str(tmp_path)).read(WORKTREE)[1]
    made.release(WORKTREE)
    return made


def link(path: Path) -> None:
    path.symlink_to(path.parent.parent / "precious")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("suffix", ["lock", "json"])
@pytest.mark.parametrize("put", [link, pipe, folder])
def test_what_is_no_file_is_not_there(
    files: StatusFiles, tmp_path: Path, suffix: str, put: Callable[[Path], None]
) -> None:
    precious = tmp_path / "precious"
    precious.write_text(KEPT)
    before = precious.stat()
    (path,) = (tmp_path / "status").glob(f"*.{suffix}")
    path.unlink()
    put(path)
    assert files.read(WORKTREE) == ({}, False)
    files.hold(WORKTREE)
    files.keep(WORKTREE, KEPT.replace("main", "other"))
    assert precious.read_text() == KEPT
    assert precious.stat().st_mtime_ns == before.st_mtime_ns


def test_a_folder_that_is_a_link_is_not_used(files: StatusFiles, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "status").rename(elsewhere)
    (tmp_path / "status").symlink_to(elsewhere)
    before = {path.name: path.stat().st_mtime_ns for path in elsewhere.iterdir()}
    assert files.read(WORKTREE) == ({}, False)
    assert files.reserve(WORKTREE) is None
    files.keep(WORKTREE, "x")
    assert {path.name: path.stat().st_mtime_ns for path in elsewhere.iterdir()} == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("name", ["status", "*.json"])
def test_what_belongs_to_another_user_is_not_believed(files: StatusFiles, tmp_path: Path, name: str) -> None:
    (path,) = [*tmp_path.glob(name), *(tmp_path / "status").glob(name)]
    os.chown(path, 12345, -1)
    assert files.read(WORKTREE) == ({}, False)


def test_what_killed_processes_have_left_goes(files: StatusFiles, tmp_path: Path) -> None:
    (kept,) = (tmp_path / "status").glob("*.json")
    left, other = kept.with_name(f"{kept.name}.0123456789abcdef"), kept.with_name("notes.txt")
    for path in (left, other):
        path.write_text("x")
        os.utime(path, (0, 0))
    assert wait_for("the lock", lambda: files.hold(WORKTREE))
    assert not left.exists()
    assert other.exists()
    assert kept.exists()
