"""What holds a fork that is proposed: it stays until that is over."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Bar
from forksight.core.problems import UsageError
from tests.cleanup.forks_repo import Forked, ForksRepo, bars, of
from tests.processes import ended_pid


def test_a_live_fork_is_held(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    forks_repo.run_in(fork.id, str(fork.checkout.path))
    entry = of(forks_repo.plan(), fork)
    assert bars(entry) == {Bar.LIVE}
    assert (entry.holds[0].pid, entry.holds[0].alive) == (os.getpid(), True)
    forks_repo.quit()
    assert not of(forks_repo.plan(), fork).holds


def test_a_lock_holds_as_long_as_its_process_lives(forks_repo: ForksRepo) -> None:
    mine, dead, living, reused = (forks_repo.add_fork(name) for name in ("mine", "dead", "living", "reused"))
    ticks = Path(f"/proc/{os.getpid()}/stat").read_text().rsplit(")", 1)[1].split()[19]
    reasons = {
        mine: "on a stick",
        dead: f"claude session dead (pid {ended_pid()} start 1)",
        living: f"claude session living (pid {os.getpid()} start {ticks})",
        reused: f"claude session reused (pid {os.getpid()} start 17)",
    }
    for fork, reason in reasons.items():
        forks_repo.repo.git("worktree", "lock", "--reason", reason, str(fork.checkout.path))
    plan = forks_repo.plan()
    assert bars(of(plan, mine)) == bars(of(plan, living)) == {Bar.LOCKED}
    assert bars(of(plan, dead)) == bars(of(plan, reused)) == set()
    (hold,) = of(plan, living).holds
    assert (hold.pid, hold.alive) == (os.getpid(), True)
    assert reasons[living] in hold.text
    (hold,) = of(plan, mine).holds
    assert (hold.pid, hold.alive) == (None, None)
    assert "on a stick" in hold.text
    forks_repo.clean()
    assert not dead.checkout.path.exists()
    assert mine.checkout.path.exists()


def test_where_the_person_is_holds(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    plan = forks_repo.plan(at=fork.checkout.path)
    assert bars(of(plan, fork)) == {Bar.HERE}


def _merge(forks_repo: ForksRepo, fork: Forked) -> None:
    forks_repo.repo.commit({"app.py": "theirs\n"})
    fork.checkout.commit({"app.py": "ours\n"})
    with pytest.raises(AssertionError):
        fork.checkout.git("merge", "main")


def _nest(forks_repo: ForksRepo, fork: Forked) -> None:
    fork.checkout.git("worktree", "add", "--quiet", "-b", "inner", str(fork.checkout.path / "inner"))


def _submodule(forks_repo: ForksRepo, fork: Forked) -> None:
    library = forks_repo.repo.path.parent / "library"
    forks_repo.repo.git("clone", "--quiet", str(forks_repo.repo.path), str(library))
    fork.checkout.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "lib")
    fork.checkout.commit(message="library")


def _break(forks_repo: ForksRepo, fork: Forked) -> None:
    (fork.checkout.path / ".git").unlink()


def _orphan(forks_repo: ForksRepo, fork: Forked) -> None:
    fork.checkout.git("checkout", "--quiet", "--orphan", "fresh")
    forks_repo.repo.git("branch", "-D", "pay")
    fork.checkout.git("symbolic-ref", "HEAD", "refs/heads/pay")


@pytest.mark.parametrize(
    ("do", "bar"),
    [
        (_merge, Bar.OPERATION),
        (_nest, Bar.NESTED),
        (_submodule, Bar.SUBMODULES),
        (_break, Bar.BROKEN),
        (_orphan, Bar.UNBORN),
    ],
)
def test_what_can_not_be_brought_back_is_held(
    forks_repo: ForksRepo, do: Callable[[ForksRepo, Forked], None], bar: Bar
) -> None:
    fork = forks_repo.add_fork("pay")
    do(forks_repo, fork)
    entry = of(forks_repo.plan(), fork)
    assert bar in bars(entry)
    with pytest.raises(UsageError, match="can't be cleaned up"):
        forks_repo.clean(discard=[fork])
    assert fork.checkout.path.exists()
