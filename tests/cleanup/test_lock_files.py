"""The lock of a killed git in the way of a clean-up or restore: it is named, nothing is lost, and nothing stays once it is removed."""

import pytest

from forksight.core.cleanup.proposal import Bar
from forksight.core.problems import ArchiveError, ForksightError, GitError, HalfDoneError
from tests.cleanup.forks_repo import Forked, ForksRepo, bars
from tests.git.lock_files import Locked


@pytest.fixture
def fork(forks_repo: ForksRepo) -> Forked:
    """A fork with a commit and a file that are nowhere else, whose branch has settings."""
    fork = forks_repo.add_fork("feature/pay")
    fork.checkout.commit({"a": "a\n"}, "own")
    fork.checkout.write({"new.py": "uncommitted\n"})
    for value in ("origin", "backup"):
        forks_repo.repo.git("config", "--add", "branch.feature/pay.pushremote", value)
    return fork


def archive(forks_repo: ForksRepo, fork: Forked) -> None:
    """Clean it up."""
    assert forks_repo.clean(fork.id, discard=[fork]).problems == ()
    assert "branch.feature/pay" not in forks_repo.repo.git("config", "--local", "--list")
    assert not fork.checkout.path.exists()


def test_settings_that_can_not_be_removed_keep_the_fork(forks_repo: ForksRepo, fork: Forked, locked: Locked) -> None:
    before = forks_repo.state(fork)
    with locked("config.lock"):
        (problem,) = forks_repo.clean(fork.id, discard=[fork]).problems
    assert "/.git/config.lock`" in problem.message
    assert forks_repo.context().ledger.interrupted() == ()
    assert forks_repo.state(fork) == before
    assert forks_repo.archived() == ([], "")
    archive(forks_repo, fork)
    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before


def test_settings_come_back_if_the_branch_can_not_be_deleted(
    forks_repo: ForksRepo, fork: Forked, locked: Locked
) -> None:
    tip = forks_repo.repo.git("rev-parse", "feature/pay")
    fork.checkout.git("switch", "--detach")
    before = forks_repo.state(fork)
    with locked("packed-refs.lock"), pytest.raises(GitError, match=r"/\.git/packed-refs\.lock"):
        forks_repo.context().maker.delete_branch("feature/pay", tip)
    assert forks_repo.state(fork) == before


def test_what_can_neither_be_finished_nor_taken_back_is_finished_later(
    forks_repo: ForksRepo, fork: Forked, locked: Locked
) -> None:
    before = forks_repo.state(fork)
    with locked("refs/heads/feature/pay.lock"):  # neither deletes git the branch, nor does it check it out
        (problem,) = forks_repo.clean(fork.id, discard=[fork]).problems
    assert problem.code == "half-done"
    assert f"the worktree {fork.checkout.path} can't be made again" in problem.message
    assert "/refs/heads/feature/pay.lock`; then the next run goes on" in problem.message
    forks_repo.finish_interrupted()
    assert "refs/heads/feature/pay" not in forks_repo.repo.git("for-each-ref", "--format=%(refname)").splitlines()
    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before


def test_a_worktree_in_which_a_git_may_be_at_work_stays(forks_repo: ForksRepo, fork: Forked, locked: Locked) -> None:
    before = forks_repo.state(fork)
    with locked("worktrees/feature-pay/HEAD.lock"):
        entry = forks_repo.entry(fork)
        assert bars(entry) == {Bar.OPERATION}
        assert "/.git/worktrees/feature-pay/HEAD.lock`" in entry.holds[0].text
        assert not forks_repo.context().maker.is_disposable(str(fork.checkout.path))
    assert forks_repo.state(fork) == before


def test_a_branch_whose_settings_do_not_come_back_is_not_left_behind(
    forks_repo: ForksRepo, fork: Forked, locked: Locked
) -> None:
    before = forks_repo.state(fork)
    archive(forks_repo, fork)
    archived = forks_repo.state()
    with locked("config.lock"), pytest.raises(ForksightError) as failed:
        forks_repo.restore(fork)
    assert "/.git/config.lock`" in failed.value.fix
    assert forks_repo.state() == archived
    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before


def test_a_branch_that_can_not_be_taken_back_is_completed_later(
    forks_repo: ForksRepo, fork: Forked, locked: Locked
) -> None:
    before = forks_repo.state(fork)
    archive(forks_repo, fork)
    with locked("config.lock", "packed-refs.lock"), pytest.raises(HalfDoneError) as failed:
        forks_repo.restore(fork)
    assert "/.git/packed-refs.lock`; then the next run goes on" in failed.value.fix
    forks_repo.finish_interrupted()
    assert forks_repo.state(fork) == before
    assert forks_repo.archived() == ([], "")


def test_a_strange_setting_makes_no_branch(forks_repo: ForksRepo, fork: Forked) -> None:
    context = forks_repo.context()
    archive(forks_repo, fork)
    (recorded,) = context.ledger.view()[0].archives
    assert recorded.branch is not None
    before = forks_repo.state()
    with pytest.raises(ArchiveError):
        context.archives.return_branch(
            type(recorded.branch)(recorded.branch.name, recorded.branch.commit, (("a.b\n[x]y", "1"),))
        )
    assert forks_repo.state() == before
