"""Nothing absent is a fact: what goes without risk follows from something seen, and the plan says from what."""

import shutil
import time
from pathlib import Path

import pytest

from forksight.adapters.system.clock import SystemClock
from forksight.core.cleanup.proposal import Bar, Why
from forksight.core.sessions.session import State
from forksight.features.cleanup import clean
from forksight.features.sessions.tree import fork_tree
from tests.cleanup.forks_repo import Forked, ForksRepo, why
from tests.conftest import Checkout
from tests.forks.sessions_repo import DAY, RecordedProgress


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """So much time has passed."""
    monkeypatch.setattr(SystemClock, "now", lambda _: time.time() + seconds)


# ---------------------------------------------------------------------------------------------- transcripts


def test_a_merged_fork_whose_transcript_is_deleted_is_proposed_all_the_same(
    forks_repo: ForksRepo, settled_fork: Forked
) -> None:
    """https://github.com/anthropics/claude-code/issues/85466"""
    forks_repo.transcript(settled_fork.id).unlink()
    node = next(node for node in fork_tree(forks_repo.context()).nodes if node.id == settled_fork.id)
    assert (node.state, node.transcript_missing) == (State.IDLE, True)
    assert settled_fork.id not in forks_repo.proposed()
    forks_repo.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "pay")
    entry = forks_repo.proposed()[settled_fork.id]
    assert (why(entry), entry.at_risk, entry.transcript) == ({Why.MERGED}, False, None)
    assert "main has every commit of pay" in entry.seen
    forks_repo.clean()
    assert not settled_fork.checkout.path.exists()
    forks_repo.restore(settled_fork)
    assert settled_fork.checkout.git("branch", "--show-current") == "pay"


# ---------------------------------------------------------------------------------------------- worktrees and branches


def test_a_worktree_that_is_not_found_may_be_elsewhere(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay", age=0)
    forks_repo.proposed()
    forks_repo.repo.git("worktree", "remove", str(fork.checkout.path))
    entry = forks_repo.proposed()[fork.id]
    assert (why(entry), entry.at_risk) == ({Why.WORKTREE_GONE}, True)
    assert "may be elsewhere" in entry.unseen[0]
    forks_repo.clean()
    assert forks_repo.transcript(fork.id).exists()


def test_a_folder_on_a_disk_that_is_not_mounted_is_not_gone(forks_repo: ForksRepo, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    forks = []
    for name in ("near", "far"):
        path = forks_repo.repo.path.parent / name if name == "near" else disk / name
        forks_repo.repo.git("worktree", "add", "--quiet", "-b", name, str(path))
        forks.append(forks_repo.add_fork_in(name, path, age=30 * DAY))
        shutil.rmtree(path)
    for is_mounted in (True, False):
        if not is_mounted:
            disk.rmdir()
        near, far = (forks_repo.proposed()[fork.id] for fork in forks)
        assert not near.at_risk
        assert f"{forks_repo.repo.path.parent} was read" in " ".join(near.seen)
        assert far.at_risk
        assert "its disk may not be mounted" in far.unseen[0]


def test_what_was_staged_in_a_folder_that_is_gone_is_kept(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.write({"staged.py": "x = 1\n"}).git("add", "staged.py")
    git_dir = fork.checkout.git("rev-parse", "--absolute-git-dir")
    shutil.rmtree(fork.checkout.path)
    (entry,) = forks_repo.plan().entries
    assert (entry.at_risk, entry.lost.uncommitted) == (True, ("staged.py",))
    assert [hold.bar for hold in entry.holds] == [Bar.STRANDED]
    forks_repo.clean()
    fork.checkout.path.mkdir()
    (fork.checkout.path / ".git").write_text(f"gitdir: {git_dir}\n")
    assert git_dir in entry.holds[0].text
    assert fork.checkout.git("show", ":staged.py") == "x = 1"


def test_commits_of_a_detached_folder_that_is_gone_are_kept(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.git("checkout", "--quiet", "--detach")
    commit = fork.checkout.commit({"d": "d\n"})
    shutil.rmtree(fork.checkout.path)
    (entry,) = forks_repo.plan().entries
    assert [hold.bar for hold in entry.holds] == [Bar.STRANDED]
    assert f"git branch NAME {commit}" in entry.holds[0].text
    forks_repo.repo.git("branch", "kept", commit)
    (entry,) = forks_repo.plan().entries
    assert (entry.holds, entry.at_risk) == ((), True)
    forks_repo.repo.git("merge", "--quiet", "kept")
    (entry,) = forks_repo.plan().entries
    assert (entry.holds, entry.at_risk) == ((), False)


def test_what_was_begun_in_a_folder_that_is_gone_is_kept(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.git("bisect", "start")
    shutil.rmtree(fork.checkout.path)
    (entry,) = forks_repo.plan().entries
    assert [hold.bar for hold in entry.holds] == [Bar.OPERATION]


def test_a_branch_that_is_not_found_may_have_another_name(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay", age=0)
    forks_repo.proposed()
    forks_repo.repo.git("worktree", "remove", str(fork.checkout.path))
    forks_repo.repo.git("branch", "-m", "pay", "payments")
    entry = forks_repo.proposed()[fork.id]
    assert (entry.facts.expected, entry.at_risk, Why.BRANCH_GONE in why(entry)) == ("payments", True, False)
    forks_repo.repo.git("reflog", "delete", "payments@{0}")
    entry = forks_repo.proposed()[fork.id]
    assert (entry.facts.expected, Why.BRANCH_GONE in why(entry)) == ("pay", True)
    assert "may have another name" in " ".join(entry.unseen)


def test_another_branch_in_its_worktree_is_not_its_own(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.git("checkout", "--quiet", "-b", "mine")
    forks_repo.repo.git("branch", "-D", "pay")
    entry = forks_repo.proposed()[fork.id]
    assert (entry.worktree, entry.branch) == (None, None)
    assert "is on mine now" in entry.stays[0]


def test_a_fork_of_which_no_session_was_seen_goes_only_untouched(
    forks_repo: ForksRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks_repo.mark(forks_repo.parent)
    untouched, worked = (forks_repo.fork(name).proposal.fork for name in ("untouched", "worked"))
    assert untouched is not None
    assert worked is not None
    at = Checkout(Path(worked.worktree))
    at.commit({"w": "w\n"})
    forks_repo.repo.git("branch", "copy", "worked")
    later(monkeypatch, 2 * DAY)
    first, second = forks_repo.proposed()[untouched.id], forks_repo.proposed()[worked.id]
    assert (why(first), first.at_risk) == ({Why.NEVER_STARTED}, False)
    assert (why(second), second.at_risk, second.lost.commits) == ({Why.NEVER_STARTED}, True, ())
    assert "may be under review" in second.unseen[0]
    assert "another account" in second.unseen[1]


def test_a_fork_that_was_just_made_is_told_of_once(forks_repo: ForksRepo) -> None:
    forks_repo.mark(forks_repo.parent)
    fork = forks_repo.fork("pay").proposal.fork
    assert fork is not None
    entry = forks_repo.proposed()[fork.id]
    assert entry.reasons[0].text == "it was made just now and has not started yet"


def test_one_that_inherited_nothing_but_was_worked_in_is_at_risk(
    forks_repo: ForksRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks_repo.mark(forks_repo.parent)
    fork = forks_repo.fork("pay").proposal.fork
    assert fork is not None
    assert fork.session is not None
    forks_repo.fork_of(forks_repo.parent, fork.session, fork.worktree, "pay", empty=True)
    later(monkeypatch, 2 * DAY)
    entry = forks_repo.proposed()[fork.session]
    assert why(entry) == {Why.EMPTY}
    assert entry.at_risk


def test_what_was_merged_into_what_goes_too_is_lost(forks_repo: ForksRepo) -> None:
    base = forks_repo.add_fork("base", age=40 * DAY)
    base.checkout.commit({"b": "b\n"}, "of the base")
    path = forks_repo.repo.path.parent / "top"
    forks_repo.repo.git("worktree", "add", "--quiet", "-b", "top", str(path), "base")
    top = forks_repo.add_fork_in("top", path, age=30 * DAY)
    top.checkout.commit({"t": "t\n"}, "of the top")
    base.checkout.git("merge", "--quiet", "--ff-only", "top")
    entries = forks_repo.plan().entries
    risk = {entry.session: [commit.subject for commit in entry.lost.commits] for entry in entries}
    assert sorted(risk) == sorted([base.id, top.id])
    assert sum("of the top" in subjects for subjects in risk.values()) == 1
    commit = top.checkout.git("rev-parse", "HEAD")
    forks_repo.clean()
    assert forks_repo.repo.git("branch", "--contains", commit)


# ---------------------------------------------------------------------------------------------- without a session


def test_a_merged_worktree_without_a_session(forks_repo: ForksRepo) -> None:
    names = forks_repo.repo.worktree("names", "refactor/names")
    open_work = forks_repo.repo.worktree("open", "open")
    names.commit({"n": "n\n"})
    open_work.commit({"o": "o\n"})
    assert forks_repo.plan().entries == ()
    forks_repo.repo.git("merge", "--quiet", "refactor/names")
    (entry,) = forks_repo.plan().entries
    assert (entry.session[:9], why(entry), entry.at_risk) == ("worktree:", {Why.MERGED}, False)
    assert (entry.worktree, entry.transcript) == (str(names.path), None)
    assert entry.branch is not None
    before = forks_repo.repo.git("for-each-ref", "refs/heads")
    assert forks_repo.clean().problems == ()
    assert not names.path.exists()
    assert not any(node.state is State.ARCHIVED for node in fork_tree(forks_repo.context()).nodes)
    forks_repo.restore("refactor/names")
    assert forks_repo.repo.git("for-each-ref", "refs/heads") == before
    assert names.git("branch", "--show-current") == "refactor/names"


def test_a_worktree_without_a_session_by_its_name(forks_repo: ForksRepo) -> None:
    names = forks_repo.repo.worktree("names", "refactor/names")
    names.commit({"n": "n\n"})
    for name in ("refactor/names", str(names.path)):
        (entry,) = forks_repo.plan(name).entries
        assert (why(entry), entry.at_risk) == ({Why.ASKED}, True)
        assert entry.lost.commits
    forks_repo.clean("refactor/names", discard=["refactor/names"])
    assert not names.path.exists()


def test_a_worktree_where_somebody_works_is_not_one_without_a_session(forks_repo: ForksRepo) -> None:
    names = forks_repo.repo.worktree("names", "refactor/names")
    names.commit({"n": "n\n"})
    forks_repo.repo.git("merge", "--quiet", "refactor/names")
    forks_repo.run_in("33333333-3333-4333-8333-333333333333", str(names.path))
    assert forks_repo.plan().entries == ()
    forks_repo.quit()
    assert len(forks_repo.plan().entries) == 1
    forks_repo.session(cwd=str(names.path), branch="refactor/names")
    assert forks_repo.plan().entries == ()


def test_what_was_seen_is_looked_at_again(forks_repo: ForksRepo) -> None:
    """main was set back after the plan was shown: nothing has the work any more."""
    fork = forks_repo.add_fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    forks_repo.repo.git("merge", "--quiet", "pay")
    plan = forks_repo.plan()
    forks_repo.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    cleaned = clean.clean(forks_repo.context(), plan, plan.entries, RecordedProgress())
    assert [problem.code for problem in cleaned.problems] == ["changed"]
    assert fork.checkout.path.exists()
