"""A disk that is full from any step on: nothing is lost, the reason is said, and with room again the next run finishes or undoes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forksight.core.problems import Problem
from forksight.features.cleanup import clean, propose, restore
from forksight.features.cleanup.interrupted import finish_interrupted
from tests.cleanup.full_disk import EACH, Filled, full_at, is_told, small_disk
from tests.cleanup.test_killed import Scene
from tests.cleanup.yard import Yard
from tests.forks.stage import Quiet

STEP = 1 if EACH else 13  # deeds from one point to the next


@pytest.fixture(autouse=True)
def _small_disk(tmp_path: Path) -> Iterator[None]:
    with small_disk(tmp_path):
        yield


@pytest.fixture
def scene(yard: Yard, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(yard, tmp_path_factory.mktemp("backup"))


def put_away(scene: Scene) -> tuple[Problem, ...]:
    context = scene.yard.stage.context()
    plan = propose.propose(context, [scene.fork.id])
    chosen = clean.runnable(plan, yes=True, discard=clean.discarded(plan, [scene.fork.id]))
    return clean.clean(context, plan, chosen, Quiet()).problems


def bring_back(scene: Scene) -> tuple[Problem, ...]:
    context = scene.yard.stage.context()
    return restore.restore(context, restore.propose_restore(context, scene.fork.id), Quiet())


def seen_to(scene: Scene, filled: Filled) -> bool:
    """See to what is left, now that there is room; whether the fork is there, whole. What was said tells the reason."""
    assert is_told(filled), filled.said
    progress = Quiet()
    assert finish_interrupted(scene.yard.stage.context(), progress) == (), progress.lines
    assert scene.yard.stage.context().ledger.interrupted() == ()
    return scene.is_there()


def test_a_clean_up_loses_nothing(scene: Scene, tmp_path: Path) -> None:
    number, seen = 0, 0
    while (filled := full_at(tmp_path, number, lambda: put_away(scene))).came:
        if not seen_to(scene, filled):
            scene.yard.restore(scene.fork)
            assert scene.is_there()
        scene.reset()
        number += STEP
        seen += 1
    assert seen >= 2


def test_a_restore_loses_nothing(scene: Scene, tmp_path: Path) -> None:
    scene.clean()
    scene.save()
    number, seen = 0, 0
    while (filled := full_at(tmp_path, number, lambda: bring_back(scene))).came:
        if not seen_to(scene, filled):
            scene.yard.restore(scene.fork)
            assert scene.is_there()
        scene.reset()
        number += STEP
        seen += 1
    assert seen >= 2
