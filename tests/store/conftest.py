"""What the tests of what we keep share: a repository with sessions."""

import shutil
from pathlib import Path

import pytest

from forksight.adapters.store.vault import Vault
from tests.store.records import ROWS, SESSION


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(str(tmp_path / "git"))


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    folder = tmp_path / "claude" / "projects" / "-r"
    (folder / SESSION / "subagents").mkdir(parents=True)
    (folder / SESSION / "subagents" / "agent-1.jsonl").write_bytes(b'{"isSidechain": true}\n')
    path = folder / f"{SESSION}.jsonl"
    path.write_bytes(ROWS)
    return path


def moved(common_dir: Path, to: Path) -> Path:
    """What was in one repository's folder, in that of another: an archive unpacked, a shared clone, a backup."""
    to.mkdir()
    shutil.copytree(common_dir / "forksight", to / "forksight")
    return to
