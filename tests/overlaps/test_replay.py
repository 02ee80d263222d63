"""A made-up history of 100 merges, with renames, deletions and additions, replayed in two real worktrees."""

from pathlib import Path

import pytest
from bench.overlaps.histories import made_up, merged
from bench.overlaps.replay import OURS, Replay, replay

pytestmark = [pytest.mark.xdist_group("replay"), pytest.mark.timeout(900)]  # one history, replayed once


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Replay, int]:
    """100 merges, and how many of them were planned to conflict."""
    repository, planned = made_up(Path(tmp_path_factory.mktemp("history")).resolve() / "shop", 100, seed=4)
    return replay(repository, merged(repository)), planned


def test_the_history_is_what_it_was_planned_to_be(replayed: tuple[Replay, int]) -> None:
    replay, planned = replayed
    assert replay.merges == 100
    assert 20 < planned < 80
    assert replay.stopped == planned


def test_stops_at_the_files_that_git_stops_at_and_no_others(replayed: tuple[Replay, int]) -> None:
    replay, _ = replayed
    assert not replay.differing
    assert replay.scores[OURS].true["files"] > 40


@pytest.mark.parametrize(("grain", "least"), [("regions", 0.99), ("lines", 0.95)])
def test_on_the_lines_where_git_leaves_markers(replayed: tuple[Replay, int], grain: str, least: float) -> None:
    score = replayed[0].scores[OURS]
    print(f"{grain}: precision {score.precision(grain):.2%}, recall {score.recall(grain):.2%} of {score.true[grain]}")
    assert score.precision(grain) >= least
    assert score.recall(grain) >= least
