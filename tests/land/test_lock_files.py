"""The lock of a killed git in the way of a landing: it is named, and nothing half landed stays once it is removed."""

import pytest

from forksight.core.land.proposal import Method
from forksight.core.problems import GitError
from tests.cleanup.forks_repo import ForksRepo
from tests.git.lock_files import Locked
from tests.land.forks_to_land import done, finish, landed, state, undo

BEGUN = (
    "MERGE_HEAD",
    "SQUASH_MSG",
    "CHERRY_PICK_HEAD",
    "sequencer",
)  # what git has in its folder until a merge is done


def begun(forks_repo: ForksRepo) -> list[str]:
    """What git has not ended."""
    return [name for name in BEGUN if (forks_repo.repo.path / ".git" / name).exists()]


@pytest.mark.parametrize(
    ("method", "lock"),
    [
        ("merge", "index.lock"),
        ("squash", "index.lock"),
        ("rebase", "refs/heads/main.lock"),
        ("rebase", "packed-refs.lock"),
    ],
)
def test_it_is_taken_back_now_or_later(forks_repo: ForksRepo, locked: Locked, method: Method, lock: str) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    forks_repo.repo.commit({"m.py": "m\n"})
    before = state(forks_repo)
    with locked(lock):
        (problem,) = landed(forks_repo, method=method).problems
    assert f"/.git/{lock}`" in problem.message
    interrupted = forks_repo.context().ledger.interrupted()
    assert (problem.code == "half-done") == (interrupted != ())
    assert interrupted or (begun(forks_repo), state(forks_repo)) == ([], before)
    finish(forks_repo)
    assert forks_repo.context().ledger.interrupted() == ()
    assert begun(forks_repo) == []
    assert state(forks_repo) == before
    assert landed(forks_repo, method=method).problems == ()
    undo(forks_repo)
    assert state(forks_repo) == before


@pytest.mark.parametrize("lock", ["index.lock", "HEAD.lock"])
def test_a_landing_that_can_not_be_undone_stays(forks_repo: ForksRepo, locked: Locked, lock: str) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    before = state(forks_repo)
    assert landed(forks_repo).problems == ()
    after = state(forks_repo)
    with locked(lock), pytest.raises(GitError) as failed:
        undo(forks_repo)
    assert f"/.git/{lock}`" in failed.value.fix
    assert state(forks_repo) == after
    undo(forks_repo)
    assert state(forks_repo) == before
