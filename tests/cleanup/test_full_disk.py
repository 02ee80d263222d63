"""A disk that is full from any step on: nothing is lost, the reason is said, and with room again the next run finishes or undoes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forksight.core.problems import Problem
from forksight.features.cleanup import clean, propose, restore
from forksight.features.cleanup.interrupted import finish_interrupted
from tests.cleanup.fork_at_risk import ForkAtRisk
from tests.cleanup.full_disk import EACH, full_disks, small_disk
from tests.forks.sessions_repo import RecordedProgress

STEP = 1 if EACH else 13  # deeds from one point to the next


@pytest.fixture(autouse=True)
def _small_disk(tmp_path: Path) -> Iterator[None]:
    with small_disk(tmp_path):
        yield


def put_away(fork_at_risk: ForkAtRisk) -> tuple[Problem, ...]:
    context = fork_at_risk.forks_repo.context()
    plan = propose.propose(context, [fork_at_risk.fork.id])
    chosen = clean.runnable(plan, yes=True, discard=clean.discarded(plan, [fork_at_risk.fork.id]))
    return clean.clean(context, plan, chosen, RecordedProgress()).problems


def bring_back(fork_at_risk: ForkAtRisk) -> tuple[Problem, ...]:
    context = fork_at_risk.forks_repo.context()
    return restore.restore(context, restore.propose_restore(context, fork_at_risk.fork.id), RecordedProgress())


def see_to_all(fork_at_risk: ForkAtRisk) -> None:
    """See to what is left, now that there is room: then the fork is there, whole, or can be brought back."""
    progress = RecordedProgress()
    assert finish_interrupted(fork_at_risk.forks_repo.context(), progress) == (), progress.lines
    assert fork_at_risk.forks_repo.context().ledger.interrupted() == ()
    if not fork_at_risk.is_there():
        fork_at_risk.forks_repo.restore(fork_at_risk.fork)
        assert fork_at_risk.is_there()
    fork_at_risk.backup.put_back()


def test_a_clean_up_loses_nothing(fork_at_risk: ForkAtRisk, tmp_path: Path) -> None:
    for _ in full_disks(tmp_path, lambda: put_away(fork_at_risk), step=STEP):
        see_to_all(fork_at_risk)


def test_a_restore_loses_nothing(fork_at_risk: ForkAtRisk, tmp_path: Path) -> None:
    fork_at_risk.clean()
    fork_at_risk.backup.take()
    for _ in full_disks(tmp_path, lambda: bring_back(fork_at_risk), step=STEP):
        see_to_all(fork_at_risk)
