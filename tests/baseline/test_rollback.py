"""Back to the generation before."""

import json

import pytest

from forksight.core.problems import ForksightError, UsageError
from forksight.core.store.ledger import Baseline, Generation
from forksight.features.baseline.rollback import roll_back
from forksight.features.sessions.tree import fork_tree
from tests.forks.sessions_repo import SessionsRepo


@pytest.fixture
def refreshed(sessions_repo: SessionsRepo, baseline_id: str) -> Baseline:
    """The baseline `payments` in its third generation."""
    context = sessions_repo.context()
    (old,) = context.ledger.view()[0].baselines
    later = [
        Generation(number, sessions_repo.session(f"g{number}"), old.generation.commit, 1.0 * number)
        for number in (2, 3)
    ]
    now = Baseline("payments", 3, (*old.generations, *later))
    context.ledger.save_baseline(now, replacing=old)
    return now


def test_forks_are_made_from_the_one_before(sessions_repo: SessionsRepo, baseline_id: str, refreshed: Baseline) -> None:
    left, report = roll_back(sessions_repo.context(), None)
    assert left == refreshed.generation
    assert report.standings[0].baseline == Baseline("payments", 2, refreshed.generations)
    assert sessions_repo.fork("x").launch.argv[2] == refreshed.generations[1].session
    roll_back(sessions_repo.context(), "payments")
    assert sessions_repo.fork("y").launch.argv[2] == baseline_id
    with pytest.raises(UsageError, match="no generation before 1"):
        roll_back(sessions_repo.context(), "payments")
    marks = {node.id: node.baseline for node in fork_tree(sessions_repo.context()).nodes if node.baseline}
    assert {mark.generation: mark.current for mark in marks.values()} == {1: True, 2: False, 3: False}


def test_one_that_was_left_once_is_not_gone_back_to(
    sessions_repo: SessionsRepo, baseline_id: str, refreshed: Baseline
) -> None:
    again = "9" * 8 + "-0000-4000-8000-000000000000"
    # Generation 1 was current when 4 was made.
    sessions_repo.fork_of(baseline_id, again, str(sessions_repo.repo.path), "main")
    now = Baseline("payments", 4, (*refreshed.generations, Generation(4, again, None, 4.0)))
    sessions_repo.context().ledger.save_baseline(now, replacing=refreshed)
    roll_back(sessions_repo.context(), None)
    assert sessions_repo.context().ledger.view()[0].baselines[0].current == 1


def test_a_generation_that_is_gone_for_good_is_not_gone_back_to(
    sessions_repo: SessionsRepo, refreshed: Baseline
) -> None:
    sessions_repo.transcript(refreshed.generations[1].session).unlink()
    with pytest.raises(ForksightError, match="there is no copy"):
        roll_back(sessions_repo.context(), None)
    assert sessions_repo.context().ledger.view()[0].baselines == (refreshed,)


def test_the_command(sessions_repo: SessionsRepo, refreshed: Baseline) -> None:
    done = sessions_repo.cli("baseline", "rollback")
    assert (done.returncode, done.stdout) == (
        0,
        "Generation 2 of payments is current again, instead of generation 3.\n",
    )
    document = json.loads(sessions_repo.cli("baseline", "rollback", "payments", "--json").stdout)
    assert (document["left"], document["baseline"]["generation"]) == (2, 1)
    refused = sessions_repo.cli("baseline", "rollback")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert sessions_repo.cli("baseline", "rollback", "").returncode == 2
