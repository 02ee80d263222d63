"""What the tests of what we keep share: the stage of the forks."""

import shutil
from pathlib import Path

from tests.claude.conftest import claude, model  # noqa: F401 - fixtures, by their names
from tests.forks.conftest import _no_outer_session, stage, warm  # noqa: F401 - fixtures, by their names


def moved(common_dir: Path, to: Path) -> Path:
    """What was in one repository's folder, in that of another: an archive unpacked, a shared clone, a backup."""
    to.mkdir()
    shutil.copytree(common_dir / "forksight", to / "forksight")
    return to
