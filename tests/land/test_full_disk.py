"""A disk that is full from any step of a landing on: nothing is lost, and with room again the next run finishes or takes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forksight.core.land.proposal import Method
from forksight.core.problems import Problem
from forksight.features.land import land
from forksight.features.land.propose import propose
from tests.cleanup.backup import FolderBackup
from tests.cleanup.forks_repo import ForksRepo
from tests.cleanup.full_disk import EACH, full_disks, small_disk
from tests.forks.sessions_repo import RecordedProgress
from tests.land.forks_to_land import finish, forks_to_merge, state, undo

STEP = 1 if EACH else 12  # deeds from one point to the next


@pytest.fixture(autouse=True)
def _small_disk(tmp_path: Path) -> Iterator[None]:
    with small_disk(tmp_path):
        yield


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_landing_loses_nothing(forks_repo: ForksRepo, backup: FolderBackup, tmp_path: Path, method: Method) -> None:
    before = forks_to_merge(forks_repo, backup)

    def work() -> tuple[Problem, ...]:
        context = forks_repo.context(land={"method": method, "test": "true"})
        return land.land(context, propose(context, ()), RecordedProgress()).problems

    first = {"merge": 1, "squash": 3, "rebase": 6}[method]
    for _ in full_disks(tmp_path, work, step=STEP, first=first):
        finish(forks_repo)
        assert forks_repo.context().ledger.interrupted() == ()
        assert not any(
            (forks_repo.repo.path / ".git" / name).exists() for name in ("MERGE_HEAD", "SQUASH_MSG", "sequencer")
        )
        assert forks_repo.repo.git("status", "--porcelain") == ""
        if forks_repo.context().ledger.view()[0].landings:
            undo(forks_repo)
        assert state(forks_repo) == before
        backup.put_back()
