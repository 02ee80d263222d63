"""What the tests of landing share."""

from pathlib import Path

import pytest

from tests.cleanup.backup import FolderBackup
from tests.cleanup.forks_repo import ForksRepo
from tests.land.forks_to_land import LINES


@pytest.fixture
def backup(own_home: Path, forks_repo: ForksRepo, tmp_path_factory: pytest.TempPathFactory) -> FolderBackup:
    """A backup of the repository with a file to edit in it."""
    forks_repo.repo.commit({"code.py": LINES, ".gitignore": "*.log\n"})
    return FolderBackup(forks_repo.repo, tmp_path_factory.mktemp("backup"))
