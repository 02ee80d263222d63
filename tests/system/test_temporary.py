"""Temporary folders: gone with their process, however it ends."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from forksight.adapters.system.disk import temporary

MAKE_ONE_AND_WAIT = """
import signal
from forksight.adapters.system.disk.temporary import make_temporary_folder
print(make_temporary_folder().path, flush=True)
signal.pause()
"""


def holder(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process that has made a folder, and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAKE_ONE_AND_WAIT],
        env={**os.environ, "TMPDIR": str(parent)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    return process, Path(process.stdout.readline().rstrip("\n"))


def test_only_folders_of_processes_that_are_gone_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    living, used = holder(tmp_path)
    killed, abandoned = holder(tmp_path)
    (abandoned / "objects").mkdir()
    (abandoned / "objects" / "pack").write_text("half")
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    (tmp_path / "other").mkdir()
    (tmp_path / f"{temporary._PREFIX}link").symlink_to(tmp_path / "other")
    try:
        with temporary.temporary_folder() as path:
            assert {entry.name for entry in tmp_path.iterdir()} == {
                used.name,
                "other",
                f"{temporary._PREFIX}link",
                Path(path).name,
            }
        assert not Path(path).exists()
    finally:
        living.kill()
        living.communicate()


def test_a_folder_that_was_taken_for_an_abandoned_one_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    make = tempfile.mkdtemp
    made: list[str] = []

    def make_and_lose_the_first(*, prefix: str) -> str:
        path = make(prefix=prefix)
        if not made:
            os.rmdir(path)
        made.append(path)
        return path

    monkeypatch.setattr(tempfile, "mkdtemp", make_and_lose_the_first)
    with temporary.temporary_folder() as path:
        assert [path] == made[1:]
