"""What cleaning up proposes: which forks and why, what goes with each, what would be lost, what holds it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Bar, CleanPlan, Entry, Why
from forksight.core.problems import UsageError
from tests.cleanup.yard import OLD, Forked, Yard
from tests.forks.stage import DAY


def of(plan: CleanPlan, fork: Forked) -> Entry:
    """A fork's entry."""
    return next(entry for entry in plan.entries if entry.session == fork.id)


def why(entry: Entry) -> set[Why]:
    return {reason.why for reason in entry.reasons}


def bars(entry: Entry) -> set[Bar]:
    return {hold.bar for hold in entry.holds}


# ---------------------------------------------------------------------------------------------- what goes


def test_named_forks_are_proposed_whether_abandoned_or_not(yard: Yard) -> None:
    young, other = yard.fork("young", age=0), yard.fork("other")
    (entry,) = yard.plan("young").entries
    assert (entry.session, why(entry)) == (young.id, {Why.ASKED})
    assert [entry.session for entry in yard.plan(young.id[:8], "other").entries] == [other.id, young.id]
    with pytest.raises(UsageError, match="there is no session `nobody`"):
        yard.plan("nobody")
    with pytest.raises(UsageError, match="is empty"):
        yard.plan("")


def test_the_main_checkout_and_its_branch_stay(yard: Yard) -> None:
    fork = Forked("11111111-1111-4111-8111-111111111111", yard.repo, "main")
    yard.stage.fork_of(yard.parent, fork.id, str(yard.repo.path), "main", age=OLD)
    entry = of(yard.plan(), fork)
    assert (entry.worktree, entry.branch) == (None, None)
    assert entry.transcript is not None
    assert "main checkout" in entry.stays[0]
    yard.clean()
    assert (yard.repo.path / "app.py").exists()
    assert yard.repo.git("branch", "--show-current") == "main"


def test_a_branch_that_others_need_stays(yard: Yard, tmp_path: Path) -> None:
    fork = yard.fork("shared")
    (tmp_path / "second").mkdir()
    fork.checkout.git("worktree", "add", "--quiet", "--force", str(tmp_path / "second" / "w"), "shared")
    entry = of(yard.plan(), fork)
    assert entry.worktree is not None
    assert entry.branch is None
    assert "is checked out in" in entry.stays[0]
    moved = yard.fork("moved")
    moved.checkout.git("checkout", "--quiet", "-b", "elsewhere")
    entry = of(yard.plan(), moved)
    assert (entry.worktree, entry.branch) == (None, None)
    assert "is on elsewhere now" in entry.stays[0]


def test_the_default_branch_stays_wherever_it_is(yard: Yard) -> None:
    yard.repo.git("checkout", "--quiet", "-b", "work")
    yard.repo.git("worktree", "add", "--quiet", str(yard.repo.path.parent / "main"), "main")
    yard.stage.fork_of(
        yard.parent, "22222222-2222-4222-8222-222222222222", str(yard.repo.path.parent / "main"), "main", age=OLD
    )
    (entry,) = yard.plan().entries
    assert entry.worktree is not None
    assert entry.branch is None
    assert "others are merged into it" in entry.stays[0]


def test_of_several_forks_in_one_worktree_the_last_one_takes_it_along(yard: Yard) -> None:
    first = yard.fork("pay", age=3 * OLD)
    second = yard.again(first, age=2 * OLD)
    plan = yard.plan()
    assert [entry.session for entry in plan.entries] == [first.id, second.id]
    assert [entry.worktree for entry in plan.entries] == [None, str(first.checkout.path)]
    assert yard.clean().problems == ()
    assert not first.checkout.path.exists()


def test_a_worktree_in_use_stays(yard: Yard) -> None:
    old = yard.fork("pay")
    yard.again(old, age=0)
    entry = of(yard.plan(), old)
    assert (entry.worktree, entry.branch, bars(entry)) == (None, None, set())
    assert entry.transcript is not None
    assert "is there too" in entry.stays[0]
    for _ in range(3):
        yard.again(old, age=0)
    (reason,) = of(yard.plan(), old).stays
    assert reason.count("is there too") == 2
    assert reason.endswith("and 2 more")
    lived = yard.fork("lived")
    yard.stage.mark(yard.again(lived, age=OLD).id)
    assert "the baseline payments lives there" in of(yard.plan(), lived).stays[0]
    visited = yard.fork("visited")
    yard.stage.session("no fork", cwd=str(visited.checkout.path), branch="visited", age=DAY)
    assert "“no fork” is there too" in of(yard.plan(), visited).stays[0]


def test_a_stranger_at_work_keeps_the_worktree(yard: Yard) -> None:
    fork = yard.fork("pay")
    yard.stage.run_in("33333333-3333-4333-8333-333333333333", str(fork.checkout.path))
    entry = of(yard.plan(), fork)
    assert entry.worktree is None
    assert f"process {os.getpid()}" in entry.stays[0]


# ---------------------------------------------------------------------------------------------- what would be lost


def test_work_in_the_worktree_is_named(yard: Yard) -> None:
    yard.repo.commit({".gitignore": "*.log\n/build/\n__pycache__/\n.env\n"}, "ignore")
    fork = yard.fork("pay")
    fork.checkout.write({"app.py": "changed\n", "README": None, "new.txt": "n\n", "d/deep.bin": b"\0", "x.log": "l\n"})
    fork.checkout.write({"build/out.o": b"\0", "pkg/__pycache__/m.pyc": b"\0"})
    fork.checkout.git("mv", "README", "README.md") if (fork.checkout.path / "README").exists() else None
    entry = of(yard.plan(), fork)
    assert entry.lost.uncommitted == ("README", "app.py")
    assert entry.lost.untracked == ("d/deep.bin", "new.txt")
    assert entry.lost.ignored == ("build/", "x.log")
    assert entry.facts.place is not None
    assert entry.facts.place.contents is not None
    assert entry.facts.place.contents.caches == ("pkg/__pycache__/",)
    assert entry.at_risk


def test_ignored_files_that_are_elsewhere_are_no_loss(yard: Yard) -> None:
    yard.repo.commit({".gitignore": ".env\n/local/\n/cache/\nnode_modules\n"}, "ignore")
    copied = {".env": "KEY=1\n", "local/a": "a\n", "local/b/c": b"\0\1"}
    yard.repo.write({**copied, "node_modules/x/index.js": "x\n"})
    fork, edited = yard.fork("same"), yard.fork("edited")
    for checkout in (fork.checkout, edited.checkout):
        checkout.write(copied)
        (checkout.path / "node_modules").symlink_to(yard.repo.path / "node_modules")
        checkout.write({"cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n", "cache/big": b"\0"})
    edited.checkout.write({".env": "KEY=2\n", "local/more": "m\n"})
    plan = yard.plan()
    assert not of(plan, fork).at_risk
    assert of(plan, edited).lost.ignored == (".env", "local/")


def test_edits_that_git_was_told_to_overlook_are_a_loss(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.git("update-index", "--assume-unchanged", "app.py")
    fork.checkout.git("update-index", "--skip-worktree", "README")
    assert not of(yard.plan(), fork).lost
    fork.checkout.write({"app.py": "mine\n", "README": "mine too\n"})
    assert fork.checkout.git("status", "--porcelain") == ""
    assert of(yard.plan(), fork).lost.uncommitted == ("README", "app.py")


def test_commits_count_only_if_nothing_else_has_them(yard: Yard, tmp_path: Path) -> None:
    alone, pushed, elsewhere = (yard.fork(name) for name in ("alone", "pushed", "elsewhere"))
    for fork in (alone, pushed, elsewhere):
        fork.checkout.commit({fork.branch: "1\n"}, f"{fork.branch} one")
        fork.checkout.commit({fork.branch: "2\n"}, f"{fork.branch} two")
    yard.repo.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    yard.repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    pushed.checkout.git("push", "--quiet", "origin", "pushed")
    yard.repo.git("branch", "copy", "elsewhere~1")
    plan = yard.plan()
    assert [commit.subject for commit in of(plan, alone).lost.commits] == ["alone two", "alone one"]
    assert of(plan, pushed).lost.commits == ()
    assert of(plan, pushed).at_risk  # it may be under review
    assert [commit.subject for commit in of(plan, elsewhere).lost.commits] == ["elsewhere two"]


def test_commits_that_two_forks_share_go_with_the_last_one(yard: Yard) -> None:
    first = yard.fork("first", age=3 * OLD)
    first.checkout.commit({"a": "a\n"}, "shared")
    second = yard.fork("second", age=2 * OLD, parent=first.id)
    second.checkout.git("reset", "--quiet", "--hard", "first")
    plan = yard.plan()
    assert [(entry.session, entry.at_risk) for entry in plan.entries] == [(first.id, True), (second.id, True)]
    assert of(plan, first).lost.commits == ()
    assert [commit.subject for commit in of(plan, second).lost.commits] == ["shared"]
    yard.clean(discard=[first])
    (left,) = yard.plan().entries
    assert (left.session, left.at_risk) == (second.id, True)


def test_commits_on_no_branch_at_all(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.git("checkout", "--quiet", "--detach")
    fork.checkout.commit({"a": "a\n"}, "on nothing")
    assert [commit.subject for commit in of(yard.plan(), fork).lost.commits] == ["on nothing"]


def test_stashes_of_the_branch(yard: Yard) -> None:
    fork, other = yard.fork("feature/pay"), yard.fork("feature/other")
    fork.checkout.write({"app.py": "stashed\n"}).git("stash", "push", "--quiet", "--message", "half a thought")
    entry = of(yard.plan(), fork)
    assert [stash.subject for stash in entry.lost.stashes] == ["On feature/pay: half a thought"]
    assert entry.at_risk
    assert not of(yard.plan(), other).at_risk


# ---------------------------------------------------------------------------------------------- what holds it


def test_a_live_fork_is_held(yard: Yard) -> None:
    fork = yard.fork("pay")
    yard.stage.run_in(fork.id, str(fork.checkout.path))
    entry = of(yard.plan(), fork)
    assert bars(entry) == {Bar.LIVE}
    assert (entry.holds[0].pid, entry.holds[0].alive) == (os.getpid(), True)
    yard.stage.quit()
    assert not of(yard.plan(), fork).holds


def _dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_lock_holds_as_long_as_its_process_lives(yard: Yard) -> None:
    mine, dead, living, reused = (yard.fork(name) for name in ("mine", "dead", "living", "reused"))
    ticks = Path(f"/proc/{os.getpid()}/stat").read_text().rsplit(")", 1)[1].split()[19]
    reasons = {
        mine: "on a stick",
        dead: f"claude session dead (pid {_dead_pid()} start 1)",
        living: f"claude session living (pid {os.getpid()} start {ticks})",
        reused: f"claude session reused (pid {os.getpid()} start 17)",
    }
    for fork, reason in reasons.items():
        yard.repo.git("worktree", "lock", "--reason", reason, str(fork.checkout.path))
    plan = yard.plan()
    assert bars(of(plan, mine)) == bars(of(plan, living)) == {Bar.LOCKED}
    assert bars(of(plan, dead)) == bars(of(plan, reused)) == set()
    (hold,) = of(plan, living).holds
    assert (hold.pid, hold.alive) == (os.getpid(), True)
    assert reasons[living] in hold.text
    (hold,) = of(plan, mine).holds
    assert (hold.pid, hold.alive) == (None, None)
    assert "on a stick" in hold.text
    yard.clean()
    assert not dead.checkout.path.exists()
    assert mine.checkout.path.exists()


def test_where_the_person_is_holds(yard: Yard) -> None:
    fork = yard.fork("pay")
    plan = yard.plan(at=fork.checkout.path)
    assert bars(of(plan, fork)) == {Bar.HERE}


def _merge(yard: Yard, fork: Forked) -> None:
    yard.repo.commit({"app.py": "theirs\n"})
    fork.checkout.commit({"app.py": "ours\n"})
    with pytest.raises(AssertionError):
        fork.checkout.git("merge", "main")


def _nest(yard: Yard, fork: Forked) -> None:
    fork.checkout.git("worktree", "add", "--quiet", "-b", "inner", str(fork.checkout.path / "inner"))


def _submodule(yard: Yard, fork: Forked) -> None:
    library = yard.repo.path.parent / "library"
    yard.repo.git("clone", "--quiet", str(yard.repo.path), str(library))
    fork.checkout.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "lib")
    fork.checkout.commit(message="library")


def _break(yard: Yard, fork: Forked) -> None:
    (fork.checkout.path / ".git").unlink()


def _orphan(yard: Yard, fork: Forked) -> None:
    fork.checkout.git("checkout", "--quiet", "--orphan", "fresh")
    yard.repo.git("branch", "-D", "pay")
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
def test_what_can_not_be_brought_back_is_held(yard: Yard, do: Callable[[Yard, Forked], None], bar: Bar) -> None:
    fork = yard.fork("pay")
    do(yard, fork)
    entry = of(yard.plan(), fork)
    assert bar in bars(entry)
    with pytest.raises(UsageError, match="can't be cleaned up"):
        yard.clean(discard=[fork])
    assert fork.checkout.path.exists()


def test_a_worktree_that_can_not_be_read_is_a_problem(yard: Yard) -> None:
    fork, other = yard.fork("pay"), yard.fork("other")
    (yard.repo.path / ".git" / "worktrees" / "pay" / "index").write_bytes(b"garbage")
    plan = yard.plan()
    assert [entry.session for entry in plan.entries] == [other.id]
    assert [problem.code for problem in plan.problems] == ["worktree-unreadable"]
    assert fork.checkout.path.exists()


def test_looking_changes_nothing(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.write({"app.py": "changed\n", "new": "n\n"})
    before = yard.world(fork)
    index = yard.repo.path / ".git" / "worktrees" / "pay" / "index"
    stamp = index.stat().st_mtime_ns
    yard.plan()
    assert index.stat().st_mtime_ns == stamp
    assert yard.world(fork) == before
    assert not (yard.repo.path / ".git" / "forksight" / "archive").exists()
