"""Nothing absent is a fact: what goes without risk follows from something seen, and the plan says from what."""

import shutil
import time
from pathlib import Path

import pytest

from forksight.adapters.system.clock import SystemClock
from forksight.core.cleanup.proposal import Bar, Entry, Why
from forksight.core.sessions.session import State
from forksight.features.cleanup import clean
from forksight.features.sessions.tree import fork_tree
from tests.cleanup.yard import Forked, Yard
from tests.forks.stage import DAY, Quiet


def why(entry: Entry) -> set[Why]:
    return {reason.why for reason in entry.reasons}


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """So much time has passed."""
    monkeypatch.setattr(SystemClock, "now", lambda _: time.time() + seconds)


# ---------------------------------------------------------------------------------------------- transcripts


def test_a_merged_fork_whose_transcript_is_deleted_is_proposed_all_the_same(yard: Yard, made: Forked) -> None:
    """https://github.com/anthropics/claude-code/issues/85466"""
    yard.stage.transcript(made.id).unlink()
    node = next(node for node in fork_tree(yard.stage.context()).nodes if node.id == made.id)
    assert (node.state, node.transcript_missing) == (State.IDLE, True)
    assert made.id not in yard.proposed()
    yard.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "pay")
    entry = yard.proposed()[made.id]
    assert (why(entry), entry.at_risk, entry.transcript) == ({Why.MERGED}, False, None)
    assert "main has every commit of pay" in entry.seen
    yard.clean()
    assert not made.checkout.path.exists()
    yard.restore(made)
    assert made.checkout.git("branch", "--show-current") == "pay"


# ---------------------------------------------------------------------------------------------- worktrees and branches


def test_a_worktree_that_is_not_found_may_be_elsewhere(yard: Yard) -> None:
    fork = yard.fork("pay", age=0)
    yard.proposed()
    yard.repo.git("worktree", "remove", str(fork.checkout.path))
    entry = yard.proposed()[fork.id]
    assert (why(entry), entry.at_risk) == ({Why.WORKTREE_GONE}, True)
    assert "may be elsewhere" in entry.unseen[0]
    yard.clean()
    assert yard.stage.transcript(fork.id).exists()


def test_a_folder_on_a_disk_that_is_not_mounted_is_not_gone(yard: Yard, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    forks = []
    for name in ("near", "far"):
        path = yard.repo.path.parent / name if name == "near" else disk / name
        yard.repo.git("worktree", "add", "--quiet", "-b", name, str(path))
        forks.append(yard.adopted(name, path, age=30 * DAY))
        shutil.rmtree(path)
    for leave in (lambda: None, disk.rmdir):
        leave()
        near, far = (yard.proposed()[fork.id] for fork in forks)
        assert not near.at_risk
        assert f"{yard.repo.path.parent} was read" in " ".join(near.seen)
        assert far.at_risk
        assert "its disk may not be mounted" in far.unseen[0]


def test_what_was_staged_in_a_folder_that_is_gone_is_kept(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.write({"staged.py": "x = 1\n"}).git("add", "staged.py")
    git_dir = fork.checkout.git("rev-parse", "--absolute-git-dir")
    shutil.rmtree(fork.checkout.path)
    (entry,) = yard.plan().entries
    assert (entry.at_risk, entry.lost.uncommitted) == (True, ("staged.py",))
    assert [hold.bar for hold in entry.holds] == [Bar.STRANDED]
    yard.clean()
    fork.checkout.path.mkdir()
    (fork.checkout.path / ".git").write_text(f"gitdir: {git_dir}\n")
    assert git_dir in entry.holds[0].text
    assert fork.checkout.git("show", ":staged.py") == "x = 1"


def test_commits_of_a_detached_folder_that_is_gone_are_kept(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.git("checkout", "--quiet", "--detach")
    commit = fork.checkout.commit({"d": "d\n"})
    shutil.rmtree(fork.checkout.path)
    (entry,) = yard.plan().entries
    assert [hold.bar for hold in entry.holds] == [Bar.STRANDED]
    assert f"git branch NAME {commit}" in entry.holds[0].text
    yard.repo.git("branch", "kept", commit)
    (entry,) = yard.plan().entries
    assert (entry.holds, entry.at_risk) == ((), True)
    yard.repo.git("merge", "--quiet", "kept")
    (entry,) = yard.plan().entries
    assert (entry.holds, entry.at_risk) == ((), False)


def test_what_was_begun_in_a_folder_that_is_gone_is_kept(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.git("bisect", "start")
    shutil.rmtree(fork.checkout.path)
    (entry,) = yard.plan().entries
    assert [hold.bar for hold in entry.holds] == [Bar.OPERATION]


def test_a_branch_that_is_not_found_may_have_another_name(yard: Yard) -> None:
    fork = yard.fork("pay", age=0)
    yard.proposed()
    yard.repo.git("worktree", "remove", str(fork.checkout.path))
    yard.repo.git("branch", "-m", "pay", "payments")
    entry = yard.proposed()[fork.id]
    assert (entry.facts.expected, entry.at_risk, Why.BRANCH_GONE in why(entry)) == ("payments", True, False)
    yard.repo.git("reflog", "delete", "payments@{0}")
    entry = yard.proposed()[fork.id]
    assert (entry.facts.expected, Why.BRANCH_GONE in why(entry)) == ("pay", True)
    assert "may have another name" in " ".join(entry.unseen)


def test_another_branch_in_its_worktree_is_not_its_own(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.git("checkout", "--quiet", "-b", "mine")
    yard.repo.git("branch", "-D", "pay")
    entry = yard.proposed()[fork.id]
    assert (entry.worktree, entry.branch) == (None, None)
    assert "is on mine now" in entry.stays[0]


def test_a_fork_of_which_no_session_was_seen_goes_only_untouched(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.stage.mark(yard.parent)
    untouched, worked = (yard.stage.fork(name).proposal.fork for name in ("untouched", "worked"))
    assert untouched is not None
    assert worked is not None
    at = yard.at(Path(worked.worktree))
    at.commit({"w": "w\n"})
    yard.repo.git("branch", "copy", "worked")
    later(monkeypatch, 2 * DAY)
    first, second = yard.proposed()[untouched.id], yard.proposed()[worked.id]
    assert (why(first), first.at_risk) == ({Why.NEVER_STARTED}, False)
    assert (why(second), second.at_risk, second.lost.commits) == ({Why.NEVER_STARTED}, True, ())
    assert "may be under review" in second.unseen[0]
    assert "another account" in second.unseen[1]


def test_a_fork_that_was_just_made_is_told_of_once(yard: Yard) -> None:
    yard.stage.mark(yard.parent)
    fork = yard.stage.fork("pay").proposal.fork
    assert fork is not None
    entry = yard.proposed()[fork.id]
    assert entry.reasons[0].text == "it was made just now and has not started yet"


def test_one_that_inherited_nothing_but_was_worked_in_is_at_risk(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    yard.stage.mark(yard.parent)
    fork = yard.stage.fork("pay").proposal.fork
    assert fork is not None
    assert fork.session is not None
    yard.stage.fork_of(yard.parent, fork.session, fork.worktree, "pay", empty=True)
    later(monkeypatch, 2 * DAY)
    entry = yard.proposed()[fork.session]
    assert why(entry) == {Why.EMPTY}
    assert entry.at_risk


def test_what_was_merged_into_what_goes_too_is_lost(yard: Yard) -> None:
    base = yard.fork("base", age=40 * DAY)
    base.checkout.commit({"b": "b\n"}, "of the base")
    path = yard.repo.path.parent / "top"
    yard.repo.git("worktree", "add", "--quiet", "-b", "top", str(path), "base")
    top = yard.adopted("top", path, age=30 * DAY)
    top.checkout.commit({"t": "t\n"}, "of the top")
    base.checkout.git("merge", "--quiet", "--ff-only", "top")
    entries = yard.plan().entries
    risk = {entry.session: [commit.subject for commit in entry.lost.commits] for entry in entries}
    assert sorted(risk) == sorted([base.id, top.id])
    assert sum("of the top" in subjects for subjects in risk.values()) == 1
    yard.clean()
    assert yard.repo.git("branch", "--contains", top.checkout.git("rev-parse", "HEAD") if path.exists() else "base")


# ---------------------------------------------------------------------------------------------- without a session


def test_a_merged_worktree_without_a_session(yard: Yard) -> None:
    names = yard.repo.worktree("names", "refactor/names")
    open_work = yard.repo.worktree("open", "open")
    names.commit({"n": "n\n"})
    open_work.commit({"o": "o\n"})
    assert yard.plan().entries == ()
    yard.repo.git("merge", "--quiet", "refactor/names")
    (entry,) = yard.plan().entries
    assert (entry.session[:9], why(entry), entry.at_risk) == ("worktree:", {Why.MERGED}, False)
    assert (entry.worktree, entry.transcript) == (str(names.path), None)
    assert entry.branch is not None
    before = yard.repo.git("for-each-ref", "refs/heads")
    assert yard.clean().problems == ()
    assert not names.path.exists()
    assert not any(node.state is State.ARCHIVED for node in fork_tree(yard.stage.context()).nodes)
    yard.restore("refactor/names")
    assert yard.repo.git("for-each-ref", "refs/heads") == before
    assert names.git("branch", "--show-current") == "refactor/names"


def test_a_worktree_without_a_session_by_its_name(yard: Yard) -> None:
    names = yard.repo.worktree("names", "refactor/names")
    names.commit({"n": "n\n"})
    for name in ("refactor/names", str(names.path)):
        (entry,) = yard.plan(name).entries
        assert (why(entry), entry.at_risk) == ({Why.ASKED}, True)
        assert entry.lost.commits
    yard.clean("refactor/names", discard=["refactor/names"])
    assert not names.path.exists()


def test_a_worktree_where_somebody_works_is_not_one_without_a_session(yard: Yard) -> None:
    names = yard.repo.worktree("names", "refactor/names")
    names.commit({"n": "n\n"})
    yard.repo.git("merge", "--quiet", "refactor/names")
    yard.stage.run_in("33333333-3333-4333-8333-333333333333", str(names.path))
    assert yard.plan().entries == ()
    yard.stage.quit()
    assert len(yard.plan().entries) == 1
    yard.stage.session(cwd=str(names.path), branch="refactor/names")
    assert yard.plan().entries == ()


def test_what_was_seen_is_looked_at_again(yard: Yard) -> None:
    """main was set back after the plan was shown: nothing has the work any more."""
    fork = yard.fork("pay", age=0)
    fork.checkout.commit({"p": "p\n"})
    yard.repo.git("merge", "--quiet", "pay")
    plan = yard.plan()
    yard.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    cleaned = clean.clean(yard.stage.context(), plan, plan.entries, Quiet())
    assert [problem.code for problem in cleaned.problems] == ["changed"]
    assert fork.checkout.path.exists()
