"""What cleaning up proposes: which forks and why, and what goes with each. Looking changes nothing."""

import os
from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Why
from forksight.core.problems import UsageError
from tests.cleanup.forks_repo import OLD, Forked, ForksRepo, bars, of, why
from tests.forks.sessions_repo import DAY


def test_named_forks_are_proposed_whether_abandoned_or_not(forks_repo: ForksRepo) -> None:
    young, other = forks_repo.add_fork("young", age=0), forks_repo.add_fork("other")
    (entry,) = forks_repo.plan("young").entries
    assert (entry.session, why(entry)) == (young.id, {Why.ASKED})
    assert [entry.session for entry in forks_repo.plan(young.id[:8], "other").entries] == [other.id, young.id]
    with pytest.raises(UsageError, match="there is no session `nobody`"):
        forks_repo.plan("nobody")
    with pytest.raises(UsageError, match="is empty"):
        forks_repo.plan("")


def test_the_main_checkout_and_its_branch_stay(forks_repo: ForksRepo) -> None:
    fork = Forked("11111111-1111-4111-8111-111111111111", forks_repo.repo, "main")
    forks_repo.fork_of(forks_repo.parent, fork.id, str(forks_repo.repo.path), "main", age=OLD)
    entry = of(forks_repo.plan(), fork)
    assert (entry.worktree, entry.branch) == (None, None)
    assert entry.transcript is not None
    assert "main checkout" in entry.stays[0]
    forks_repo.clean()
    assert (forks_repo.repo.path / "app.py").exists()
    assert forks_repo.repo.git("branch", "--show-current") == "main"


def test_a_branch_that_others_need_stays(forks_repo: ForksRepo, tmp_path: Path) -> None:
    fork = forks_repo.add_fork("shared")
    (tmp_path / "second").mkdir()
    fork.checkout.git("worktree", "add", "--quiet", "--force", str(tmp_path / "second" / "w"), "shared")
    entry = of(forks_repo.plan(), fork)
    assert entry.worktree is not None
    assert entry.branch is None
    assert "is checked out in" in entry.stays[0]
    moved = forks_repo.add_fork("moved")
    moved.checkout.git("checkout", "--quiet", "-b", "elsewhere")
    entry = of(forks_repo.plan(), moved)
    assert (entry.worktree, entry.branch) == (None, None)
    assert "is on elsewhere now" in entry.stays[0]


def test_the_default_branch_stays_wherever_it_is(forks_repo: ForksRepo) -> None:
    forks_repo.repo.git("checkout", "--quiet", "-b", "work")
    forks_repo.repo.git("worktree", "add", "--quiet", str(forks_repo.repo.path.parent / "main"), "main")
    forks_repo.fork_of(
        forks_repo.parent,
        "22222222-2222-4222-8222-222222222222",
        str(forks_repo.repo.path.parent / "main"),
        "main",
        age=OLD,
    )
    (entry,) = forks_repo.plan().entries
    assert entry.worktree is not None
    assert entry.branch is None
    assert "others are merged into it" in entry.stays[0]


def test_of_several_forks_in_one_worktree_the_last_one_takes_it_along(forks_repo: ForksRepo) -> None:
    first = forks_repo.add_fork("pay", age=3 * OLD)
    second = forks_repo.add_second_fork(first, age=2 * OLD)
    plan = forks_repo.plan()
    assert [entry.session for entry in plan.entries] == [first.id, second.id]
    assert [entry.worktree for entry in plan.entries] == [None, str(first.checkout.path)]
    assert forks_repo.clean().problems == ()
    assert not first.checkout.path.exists()


def test_a_worktree_in_use_stays(forks_repo: ForksRepo) -> None:
    old = forks_repo.add_fork("pay")
    forks_repo.add_second_fork(old, age=0)
    entry = of(forks_repo.plan(), old)
    assert (entry.worktree, entry.branch, bars(entry)) == (None, None, set())
    assert entry.transcript is not None
    assert "is there too" in entry.stays[0]
    for _ in range(3):
        forks_repo.add_second_fork(old, age=0)
    (reason,) = of(forks_repo.plan(), old).stays
    assert reason.count("is there too") == 2
    assert reason.endswith("and 2 more")
    lived = forks_repo.add_fork("lived")
    forks_repo.mark(forks_repo.add_second_fork(lived, age=OLD).id)
    assert "the baseline payments lives there" in of(forks_repo.plan(), lived).stays[0]
    visited = forks_repo.add_fork("visited")
    forks_repo.session("no fork", cwd=str(visited.checkout.path), branch="visited", age=DAY)
    assert "“no fork” is there too" in of(forks_repo.plan(), visited).stays[0]


def test_a_stranger_at_work_keeps_the_worktree(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    forks_repo.run_in("33333333-3333-4333-8333-333333333333", str(fork.checkout.path))
    entry = of(forks_repo.plan(), fork)
    assert entry.worktree is None
    assert f"process {os.getpid()}" in entry.stays[0]


def test_a_worktree_that_can_not_be_read_is_a_problem(forks_repo: ForksRepo) -> None:
    fork, other = forks_repo.add_fork("pay"), forks_repo.add_fork("other")
    (forks_repo.repo.path / ".git" / "worktrees" / "pay" / "index").write_bytes(b"garbage")
    plan = forks_repo.plan()
    assert [entry.session for entry in plan.entries] == [other.id]
    assert [problem.code for problem in plan.problems] == ["worktree-unreadable"]
    assert fork.checkout.path.exists()


def test_looking_changes_nothing(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.write({"app.py": "changed\n", "new": "n\n"})
    before = forks_repo.state(fork)
    index = forks_repo.repo.path / ".git" / "worktrees" / "pay" / "index"
    stamp = index.stat().st_mtime_ns
    forks_repo.plan()
    assert index.stat().st_mtime_ns == stamp
    assert forks_repo.state(fork) == before
    assert not (forks_repo.repo.path / ".git" / "forksight" / "archive").exists()
