"""A disk that is full from any step on: nothing is lost, the reason is said, and with room again the next run finishes or undoes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forksight.core.problems import Problem
from forksight.features.cleanup import clean, propose, restore
from forksight.features.cleanup.interrupted import finish_interrupted
from tests.cleanup.forks_repo import ForksRepo
from tests.cleanup.full_disk import EACH, full_disks, small_disk
from tests.cleanup.test_killed import Scene
from tests.forks.sessions_repo import RecordedProgress

STEP = 1 if EACH else 13  # deeds from one point to the next


@pytest.fixture(autouse=True)
def _small_disk(tmp_path: Path) -> Iterator[None]:
    with small_disk(tmp_path):
        yield


@pytest.fixture
def scene(forks_repo: ForksRepo, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(forks_repo, tmp_path_factory.mktemp("backup"))


def put_away(scene: Scene) -> tuple[Problem, ...]:
    context = scene.forks_repo.context()
    plan = propose.propose(context, [scene.fork.id])
    chosen = clean.runnable(plan, yes=True, discard=clean.discarded(plan, [scene.fork.id]))
    return clean.clean(context, plan, chosen, RecordedProgress()).problems


def bring_back(scene: Scene) -> tuple[Problem, ...]:
    context = scene.forks_repo.context()
    return restore.restore(context, restore.propose_restore(context, scene.fork.id), RecordedProgress())


def see_to_all(scene: Scene) -> None:
    """See to what is left, now that there is room: then the fork is there, whole, or can be brought back."""
    progress = RecordedProgress()
    assert finish_interrupted(scene.forks_repo.context(), progress) == (), progress.lines
    assert scene.forks_repo.context().ledger.interrupted() == ()
    if not scene.is_there():
        scene.forks_repo.restore(scene.fork)
        assert scene.is_there()
    scene.reset()


def test_a_clean_up_loses_nothing(scene: Scene, tmp_path: Path) -> None:
    for _ in full_disks(tmp_path, lambda: put_away(scene), step=STEP):
        see_to_all(scene)


def test_a_restore_loses_nothing(scene: Scene, tmp_path: Path) -> None:
    scene.clean()
    scene.save()
    for _ in full_disks(tmp_path, lambda: bring_back(scene), step=STEP):
        see_to_all(scene)
