"""Why a fork is proposed to be cleaned up, and which never are."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Why
from forksight.core.problems import UsageError
from forksight.features.cleanup.propose import propose
from tests.cleanup.forks_repo import ForksRepo, of, why
from tests.forks.sessions_repo import DAY


def test_nothing_is_proposed_without_a_reason(forks_repo: ForksRepo) -> None:
    forks_repo.add_fork("new", age=0)
    worked = forks_repo.add_fork("worked", age=2 * DAY)
    worked.checkout.commit({"a": "a\n"})
    dirty = forks_repo.add_fork("dirty", age=6 * DAY)
    dirty.checkout.write({"a": "a\n"})
    plan = forks_repo.plan()
    assert (plan.entries, plan.problems) == ((), ())


def test_idle_longer_than_the_setting(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("old", age=8 * DAY)
    forks_repo.add_fork("young", age=6 * DAY)
    (entry,) = forks_repo.plan().entries
    assert (entry.session, why(entry)) == (fork.id, {Why.IDLE})
    assert not entry.at_risk
    context = forks_repo.context(forks={"abandonedAfterDays": 5})
    assert len(propose(context).entries) == 2


def test_a_refresh_that_was_not_completed(forks_repo: ForksRepo) -> None:
    failed, running = forks_repo.add_fork("failed", age=2 * 3600), forks_repo.add_fork("running", age=0)
    for fork in (failed, running):
        forks_repo.context().ledger.record_attempt(fork.id)
    (entry,) = forks_repo.plan().entries
    assert (entry.session, why(entry)) == (failed.id, {Why.REFRESH})


def test_merged_by_a_merge_commit_or_by_moving_ahead(forks_repo: ForksRepo) -> None:
    merged, ahead = forks_repo.add_fork("merged", age=0), forks_repo.add_fork("ahead", age=0)
    merged.checkout.commit({"m": "m\n"})
    ahead.checkout.commit({"f": "f\n"})
    forks_repo.repo.git("merge", "--quiet", "--ff-only", "ahead")
    forks_repo.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "merged")
    plan = forks_repo.plan()
    assert [why(entry) for entry in plan.entries] == [{Why.MERGED}, {Why.MERGED}]
    assert {entry.session for entry in plan.entries} == {merged.id, ahead.id}
    assert not any(entry.at_risk for entry in plan.entries)
    assert all(entry.facts.branch and entry.facts.branch.target == "main" for entry in plan.entries)


def test_squashed_and_rebased_branches_are_merged_too(forks_repo: ForksRepo) -> None:
    squashed, rebased, changed = (forks_repo.add_fork(name, age=0) for name in ("squashed", "rebased", "changed"))
    squashed.checkout.commit({"s": "1\n"}, "one")
    squashed.checkout.commit({"s": "1\n2\n"}, "two")
    forks_repo.repo.commit({"other": "o\n"}, "main goes on")
    forks_repo.repo.git("merge", "--quiet", "--squash", "squashed")
    forks_repo.repo.commit(message="squash")
    rebased.checkout.commit({"r": "r\n"}, "rebase me")
    forks_repo.repo.git("cherry-pick", "rebased")
    lines = "".join(f"line {number}\n" for number in range(1, 10))
    changed.checkout.commit({"app.py": lines.replace("line 2\n", "LINE 2\n")}, "line 2")
    forks_repo.repo.git("cherry-pick", "changed")
    forks_repo.repo.commit(
        {"app.py": lines.replace("line 2\n", "LINE 2\n").replace("line 9\n", "LINE 9\n")}, "line 9 too"
    )
    plan = forks_repo.plan()
    assert {entry.session for entry in plan.entries} == {squashed.id, rebased.id, changed.id}
    assert all(why(entry) == {Why.MERGED} and not entry.at_risk for entry in plan.entries)


def test_half_merged_is_not_merged(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("half", age=0)
    fork.checkout.commit({"a": "a\n"}, "first")
    forks_repo.repo.git("merge", "--quiet", "--squash", "half")
    forks_repo.repo.commit(message="squash")
    fork.checkout.commit({"b": "b\n"}, "second")
    assert forks_repo.plan().entries == ()


def test_merged_into_what_it_tracks_or_at_origin(forks_repo: ForksRepo, tmp_path: Path) -> None:
    forks_repo.repo.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    forks_repo.repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    forks_repo.repo.git("push", "--quiet", "--set-upstream", "origin", "main")
    forks_repo.repo.git("remote", "set-head", "origin", "main")
    fork = forks_repo.add_fork("pull-request", age=0)
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.git("push", "--quiet", "origin", "pull-request:main")
    forks_repo.repo.git("fetch", "--quiet", "origin")
    develop = forks_repo.add_fork("on-develop", age=0)
    forks_repo.repo.git("branch", "develop")
    develop.checkout.git("branch", "--quiet", "--set-upstream-to", "develop")
    develop.checkout.commit({"d": "d\n"})
    forks_repo.repo.git("branch", "--force", "develop", "on-develop")
    plan = forks_repo.plan()
    targets = {entry.session: entry.facts.branch.target for entry in plan.entries if entry.facts.branch}
    assert targets == {fork.id: "origin/main", develop.id: "develop"}


def test_branch_gone(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("gone", age=0)
    fork.checkout.git("checkout", "--quiet", "--detach")
    forks_repo.repo.git("branch", "-D", "gone")
    entry = of(forks_repo.plan(), fork)
    assert why(entry) == {Why.BRANCH_GONE}
    assert (entry.worktree, entry.branch) == (str(fork.checkout.path), None)


def test_a_renamed_branch_is_not_gone(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("before", age=0)
    fork.checkout.git("branch", "-m", "after")
    assert forks_repo.plan().entries == ()
    entry = forks_repo.entry(fork)
    assert entry.branch is not None
    assert entry.branch.name == "after"


def test_worktree_gone(forks_repo: ForksRepo) -> None:
    fork, forgotten = forks_repo.add_fork("gone", age=0), forks_repo.add_fork("forgotten", age=0)
    fork.checkout.git("worktree", "list")
    subprocess.run(["rm", "-rf", fork.checkout.path], check=True)
    forks_repo.repo.git("worktree", "remove", str(forgotten.checkout.path))
    plan = forks_repo.plan()
    assert why(of(plan, fork)) == why(of(plan, forgotten)) == {Why.WORKTREE_GONE}
    assert of(plan, fork).worktree == str(fork.checkout.path)
    assert of(plan, forgotten).worktree is None
    assert of(plan, fork).branch is not None
    assert of(plan, forgotten).branch is not None


def test_never_started_and_empty(forks_repo: ForksRepo) -> None:
    forks_repo.mark(forks_repo.parent)
    pending = forks_repo.fork("pending").proposal.fork
    empty = forks_repo.fork("empty").proposal.fork
    assert pending is not None
    assert empty is not None
    assert empty.session is not None
    forks_repo.fork_of(forks_repo.parent, empty.session, empty.worktree, "empty", empty=True)
    plan = forks_repo.plan()
    entries = {entry.session: entry for entry in plan.entries}
    assert why(entries[pending.id]) == {Why.NEVER_STARTED}
    assert why(entries[empty.id]) == {Why.EMPTY}
    assert entries[pending.id].transcript is None
    assert entries[pending.id].at_risk  # it may be about to start
    assert not entries[pending.id].lost


def test_what_was_there_before_a_fork_that_never_started_stays(forks_repo: ForksRepo) -> None:
    forks_repo.mark(forks_repo.parent)
    own = forks_repo.repo.worktree("own")
    hour_ago = time.time() - 3600
    os.utime(forks_repo.repo.path / ".git" / "worktrees" / "own" / "commondir", (hour_ago, hour_ago))
    for branch in ("own", "made"):
        forks_repo.fork(branch)
    entries = {entry.facts.expected: entry for entry in forks_repo.plan().entries}
    assert entries["own"].stays == (f"{own.path} stays: it was there before the fork",)
    assert (entries["own"].worktree, entries["own"].branch) == (None, None)
    moved = own.path.with_name("moved")
    forks_repo.repo.git("worktree", "move", str(own.path), str(moved))
    entries = {entry.facts.expected: entry for entry in forks_repo.plan().entries}
    assert entries["own"].stays == (f"{moved} stays: it was there before the fork",)
    forks_repo.repo.git("worktree", "move", str(moved), str(own.path))
    assert entries["made"].worktree == str(forks_repo.repo.path / ".claude" / "worktrees" / "made")
    assert forks_repo.clean(discard=[entry.session for entry in entries.values()]).problems == ()
    assert own.git("branch", "--show-current") == "own"
    assert forks_repo.plan().entries == ()


def test_baselines_and_what_is_no_fork_are_never_proposed(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("marked")
    forks_repo.mark(fork.id)
    assert forks_repo.plan().entries == ()
    with pytest.raises(UsageError, match="is the baseline payments"):
        forks_repo.plan(fork.id)
    with pytest.raises(UsageError, match="is no fork"):
        forks_repo.plan(forks_repo.parent)
