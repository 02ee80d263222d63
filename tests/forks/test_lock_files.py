"""The lock of a killed git in the way of a fork: it is named, and what can't be taken back is taken back by the next fork."""

import pytest

from forksight.core.problems import GitError, HalfDoneError
from tests.forks.conftest import trace
from tests.forks.sessions_repo import SessionsRepo
from tests.git.lock_files import Locked


@pytest.mark.usefixtures("baseline_id")
def test_a_branch_that_can_not_be_deleted_again_goes_later(sessions_repo: SessionsRepo, locked: Locked) -> None:
    repo = sessions_repo.repo
    (repo.path / ".git" / "info" / "exclude").write_text("")
    repo.git("remote", "add", "origin", str(repo.path))
    repo.git("update-ref", "refs/remotes/origin/pay", "HEAD")
    before = trace(repo)
    with locked("config.lock"), pytest.raises(GitError) as failed:  # where the upstream is recorded
        sessions_repo.fork("pay")
    assert "/.git/config.lock`" in failed.value.fix
    assert trace(repo) == before
    with locked("config.lock", "packed-refs.lock"), pytest.raises(HalfDoneError) as half:
        sessions_repo.fork("pay")
    assert "/.git/packed-refs.lock`; then the next run goes on" in half.value.fix
    assert "refs/heads/pay" in trace(repo)[0]
    fork = sessions_repo.fork("pay").proposal.fork
    assert fork is not None
    assert repo.git("rev-parse", "--abbrev-ref", "pay@{upstream}") == "origin/pay"
    assert sessions_repo.context().ledger.interrupted() == ()


@pytest.mark.usefixtures("baseline_id")
def test_a_step_that_can_not_be_undone_is_named(sessions_repo: SessionsRepo, locked: Locked) -> None:
    setup = {"setup": "exit 3"}
    with locked("packed-refs.lock"), pytest.raises(HalfDoneError) as half:
        sessions_repo.fork("pay", worktree=setup)
    assert "exit 3" in str(half.value)
    assert "could not delete reference refs/heads/pay" in str(half.value)
    assert "/.git/packed-refs.lock`; then the next run goes on" in half.value.fix
    assert sessions_repo.fork("pay").proposal.fork is not None
    assert sessions_repo.context().ledger.interrupted() == ()
