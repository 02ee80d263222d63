"""What cleaning up proposes: which forks and why, what goes with each, what would be lost, what holds it."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Bar, CleanPlan, Entry, Why
from forksight.core.problems import UsageError
from tests.cleanup.forks_repo import OLD, Forked, ForksRepo
from tests.conftest import Content
from tests.forks.sessions_repo import DAY


def of(plan: CleanPlan, fork: Forked) -> Entry:
    """A fork's entry."""
    return next(entry for entry in plan.entries if entry.session == fork.id)


def why(entry: Entry) -> set[Why]:
    return {reason.why for reason in entry.reasons}


def bars(entry: Entry) -> set[Bar]:
    return {hold.bar for hold in entry.holds}


# ---------------------------------------------------------------------------------------------- what goes


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


# ---------------------------------------------------------------------------------------------- what would be lost


def test_work_in_the_worktree_is_named(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({".gitignore": "*.log\n/build/\n__pycache__/\n.env\n"}, "ignore")
    fork = forks_repo.add_fork("pay")
    fork.checkout.write({"app.py": "changed\n", "README": None, "new.txt": "n\n", "d/deep.bin": b"\0", "x.log": "l\n"})
    fork.checkout.write({"build/out.o": b"\0", "pkg/__pycache__/m.pyc": b"\0"})
    fork.checkout.git("mv", "README", "README.md") if (fork.checkout.path / "README").exists() else None
    entry = of(forks_repo.plan(), fork)
    assert entry.lost.uncommitted == ("README", "app.py")
    assert entry.lost.untracked == ("d/deep.bin", "new.txt")
    assert entry.lost.ignored == ("build/", "x.log")
    assert entry.facts.place is not None
    assert entry.facts.place.contents is not None
    assert entry.facts.place.contents.caches == ("pkg/__pycache__/",)
    assert entry.at_risk


def test_ignored_files_that_are_elsewhere_are_no_loss(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({".gitignore": ".env\n/local/\n/cache/\nnode_modules\n"}, "ignore")
    copied: dict[str, Content] = {".env": "KEY=1\n", "local/a": "a\n", "local/b/c": b"\0\1"}
    forks_repo.repo.write({**copied, "node_modules/x/index.js": "x\n"})
    fork, edited = forks_repo.add_fork("same"), forks_repo.add_fork("edited")
    for checkout in (fork.checkout, edited.checkout):
        checkout.write(copied)
        (checkout.path / "node_modules").symlink_to(forks_repo.repo.path / "node_modules")
        checkout.write({"cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n", "cache/big": b"\0"})
    edited.checkout.write({".env": "KEY=2\n", "local/more": "m\n"})
    plan = forks_repo.plan()
    assert not of(plan, fork).at_risk
    assert of(plan, edited).lost.ignored == (".env", "local/")


def test_edits_that_git_was_told_to_overlook_are_a_loss(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.git("update-index", "--assume-unchanged", "app.py")
    fork.checkout.git("update-index", "--skip-worktree", "README")
    assert not of(forks_repo.plan(), fork).lost
    fork.checkout.write({"app.py": "mine\n", "README": "mine too\n"})
    assert fork.checkout.git("status", "--porcelain") == ""
    assert of(forks_repo.plan(), fork).lost.uncommitted == ("README", "app.py")


def test_commits_count_only_if_nothing_else_has_them(forks_repo: ForksRepo, tmp_path: Path) -> None:
    alone, pushed, elsewhere = (forks_repo.add_fork(name) for name in ("alone", "pushed", "elsewhere"))
    for fork in (alone, pushed, elsewhere):
        fork.checkout.commit({fork.branch: "1\n"}, f"{fork.branch} one")
        fork.checkout.commit({fork.branch: "2\n"}, f"{fork.branch} two")
    forks_repo.repo.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    forks_repo.repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    pushed.checkout.git("push", "--quiet", "origin", "pushed")
    forks_repo.repo.git("branch", "copy", "elsewhere~1")
    plan = forks_repo.plan()
    assert [commit.subject for commit in of(plan, alone).lost.commits] == ["alone two", "alone one"]
    assert of(plan, pushed).lost.commits == ()
    assert of(plan, pushed).at_risk  # it may be under review
    assert [commit.subject for commit in of(plan, elsewhere).lost.commits] == ["elsewhere two"]


def test_commits_that_two_forks_share_go_with_the_last_one(forks_repo: ForksRepo) -> None:
    first = forks_repo.add_fork("first", age=3 * OLD)
    first.checkout.commit({"a": "a\n"}, "shared")
    second = forks_repo.add_fork("second", age=2 * OLD, parent=first.id)
    second.checkout.git("reset", "--quiet", "--hard", "first")
    plan = forks_repo.plan()
    assert [(entry.session, entry.at_risk) for entry in plan.entries] == [(first.id, True), (second.id, True)]
    assert of(plan, first).lost.commits == ()
    assert [commit.subject for commit in of(plan, second).lost.commits] == ["shared"]
    forks_repo.clean(discard=[first])
    (left,) = forks_repo.plan().entries
    assert (left.session, left.at_risk) == (second.id, True)


def test_commits_on_no_branch_at_all(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.git("checkout", "--quiet", "--detach")
    fork.checkout.commit({"a": "a\n"}, "on nothing")
    assert [commit.subject for commit in of(forks_repo.plan(), fork).lost.commits] == ["on nothing"]


def test_stashes_of_the_branch(forks_repo: ForksRepo) -> None:
    fork, other = forks_repo.add_fork("feature/pay"), forks_repo.add_fork("feature/other")
    fork.checkout.write({"app.py": "stashed\n"}).git("stash", "push", "--quiet", "--message", "half a thought")
    entry = of(forks_repo.plan(), fork)
    assert [stash.subject for stash in entry.lost.stashes] == ["On feature/pay: half a thought"]
    assert entry.at_risk
    assert not of(forks_repo.plan(), other).at_risk


# ---------------------------------------------------------------------------------------------- what holds it


def test_a_live_fork_is_held(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    forks_repo.run_in(fork.id, str(fork.checkout.path))
    entry = of(forks_repo.plan(), fork)
    assert bars(entry) == {Bar.LIVE}
    assert (entry.holds[0].pid, entry.holds[0].alive) == (os.getpid(), True)
    forks_repo.quit()
    assert not of(forks_repo.plan(), fork).holds


def _dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_lock_holds_as_long_as_its_process_lives(forks_repo: ForksRepo) -> None:
    mine, dead, living, reused = (forks_repo.add_fork(name) for name in ("mine", "dead", "living", "reused"))
    ticks = Path(f"/proc/{os.getpid()}/stat").read_text().rsplit(")", 1)[1].split()[19]
    reasons = {
        mine: "on a stick",
        dead: f"claude session dead (pid {_dead_pid()} start 1)",
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
