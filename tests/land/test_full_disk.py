"""A disk that is full from any step of a landing on: nothing is lost, and with room again the next run finishes or takes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forksight.core.land.proposal import Method
from forksight.core.problems import Problem
from forksight.features.land import land
from forksight.features.land.propose import propose
from tests.cleanup.full_disk import EACH, full_disks, small_disk
from tests.forks.stage import Quiet
from tests.land.forks_to_land import finish, state, undo
from tests.land.world import World, forks_to_merge

STEP = 1 if EACH else 12  # deeds from one point to the next


@pytest.fixture(autouse=True)
def _small_disk(tmp_path: Path) -> Iterator[None]:
    with small_disk(tmp_path):
        yield


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_landing_loses_nothing(world: World, tmp_path: Path, method: Method) -> None:
    before, yard = forks_to_merge(world), world.yard

    def work() -> tuple[Problem, ...]:
        context = yard.stage.context(land={"method": method, "test": "true"})
        return land.land(context, propose(context, ()), Quiet()).problems

    first = {"merge": 1, "squash": 3, "rebase": 6}[method]
    for _ in full_disks(tmp_path, work, step=STEP, first=first):
        finish(yard)
        assert yard.stage.context().ledger.interrupted() == ()
        assert not any((yard.repo.path / ".git" / name).exists() for name in ("MERGE_HEAD", "SQUASH_MSG", "sequencer"))
        assert yard.repo.git("status", "--porcelain") == ""
        if yard.stage.context().ledger.view()[0].landings:
            undo(yard)
        assert state(yard) == before
        world.reset()
