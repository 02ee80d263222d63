"""Whoever swaps a folder for a link while files are put back below it gets nothing written where the link leads."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from forksight.adapters.store import packing
from forksight.adapters.store.vault import Vault
from forksight.adapters.system.disk.files import DiskFiles
from forksight.adapters.system.disk.held_folder import held, parent_of
from forksight.core.problems import VaultError
from tests.store.records import SESSION, keep

PATHS = ["a/b/one", "a/b/two", "a/link", "a/empty"]


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """Where the links lead; afterwards it must be as it was."""
    folder = tmp_path / "outside"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "two").write_text("theirs")
    (folder / "link").write_text("theirs")
    yield folder
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) == ["b", "b/two", "link"]
    assert {(folder / name).read_text() for name in ("b/two", "link")} == {"theirs"}


def swap(folder: Path, outside: Path) -> None:
    folder.rename(folder.with_name(f"{folder.name}-moved"))
    folder.symlink_to(outside)


@pytest.mark.parametrize("moment", range(len(PATHS)))
@pytest.mark.parametrize("folder", ["a", "a/b", ""])
def test_unpacking(tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, folder: str, moment: int) -> None:
    """At each member: after the folders on its way were made, and before anything is written there."""
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "a" / "b").mkdir(parents=True)
    (source / "a" / "empty").mkdir()
    for name in ("one", "two"):
        (source / "a" / "b" / name).write_text(name)
    (source / "a" / "link").symlink_to("b/one")
    members = packing.pack(str(tmp_path / "packed"), str(source), PATHS)
    target.mkdir()
    seen = 0

    @contextmanager
    def swapped(*arguments: Any, **named: Any) -> Iterator[tuple[int, str]]:
        nonlocal seen
        with parent_of(*arguments, **named) as parent:
            if seen == moment and (target / folder).is_dir():
                swap(target / folder, outside)
            seen += 1
            yield parent

    monkeypatch.setattr(packing, "parent_of", swapped)
    with suppress(OSError), held(str(target)) as top:
        packing.unpack(str(tmp_path / "packed"), members, top)
    assert seen > moment


def test_a_copy_of_a_transcript(tmp_path: Path, outside: Path) -> None:
    vault, transcript = Vault(str(tmp_path / "git")), tmp_path / "projects" / "-r" / f"{SESSION}.jsonl"
    companion = transcript.with_suffix("")
    (companion / "b").mkdir(parents=True)
    (companion / "b" / "two").write_text("theirs, and more\n")
    transcript.write_text('{"uuid": "1"}\n')
    keep(vault, transcript)
    transcript.unlink()
    swap(companion, outside)
    with pytest.raises(VaultError, match="is a file or a link"):
        vault.restore(SESSION, str(tmp_path / "projects"))


@pytest.mark.parametrize("link", ["a", ".forksight-copying"])
def test_files_that_a_new_worktree_gets(tmp_path: Path, outside: Path, link: str) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "a").mkdir(parents=True)
    (source / "a" / "file").write_text("secret")
    target.mkdir()
    (target / link).symlink_to(outside)
    (problem,) = DiskFiles().copy(str(source), str(target), ["a/file"])
    assert "is a file or a link" in problem.message
    if link == "a":
        (source / "a" / "folder").mkdir()
        (problem,) = DiskFiles().link(str(source), str(target), ["a/folder"])
        assert "is a file or a link" in problem.message
