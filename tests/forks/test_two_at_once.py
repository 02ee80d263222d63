"""What was looked at before a plan was begun is looked at again after it: another process may have been quicker."""

import pytest

from forksight.core.problems import ForksightError
from forksight.core.store.ledger import Mode
from forksight.features.forks.fork import ForkRequest, propose
from forksight.features.forks.start import start
from tests.forks.sessions_repo import RecordedProgress, SessionsRepo


def test_two_forks_of_one_branch(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.repo.worktree("pay", "feature/pay")
    context = sessions_repo.context()
    request = ForkRequest("feature/pay", mode=Mode.PRINT)
    first, second = propose(context, request), propose(context, request)
    start(context, first, lambda _: None, RecordedProgress())
    with pytest.raises(ForksightError, match="another process forked “feature/pay” there") as refused:
        start(context, second, lambda _: None, RecordedProgress())
    assert first.fork is not None
    assert refused.value.code == "changed"
    assert f"forksight resume {first.fork.id}" in refused.value.sentence
    assert [fork.launch for fork in context.ledger.view()[0].forks] == [first.fork.launch]
    assert context.ledger.interrupted() == ()


def test_a_second_fork_that_was_asked_for(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.repo.worktree("pay", "feature/pay")
    context = sessions_repo.context()
    request = ForkRequest("feature/pay", mode=Mode.PRINT, again=True)
    for proposal in (propose(context, request), propose(context, request)):
        start(context, proposal, lambda _: None, RecordedProgress())
    assert len(context.ledger.view()[0].forks) == 2


def test_a_fork_into_a_worktree_that_was_removed(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    checkout = sessions_repo.repo.worktree("pay", "feature/pay")
    context = sessions_repo.context()
    proposal = propose(context, ForkRequest("feature/pay", mode=Mode.PRINT))
    sessions_repo.repo.git("worktree", "remove", str(checkout.path))
    with pytest.raises(ForksightError, match=f"{checkout.path} was removed meanwhile"):
        start(context, proposal, lambda _: None, RecordedProgress())
    assert context.ledger.view()[0].forks == ()
    assert not checkout.path.exists()
    assert context.ledger.interrupted() == ()
