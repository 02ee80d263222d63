"""Why a fork is proposed to be cleaned up, and which never are."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Why
from forksight.core.problems import UsageError
from tests.cleanup.test_propose import of, why
from tests.cleanup.yard import Yard
from tests.forks.stage import DAY


def test_nothing_is_proposed_without_a_reason(yard: Yard) -> None:
    yard.fork("new", age=0)
    worked = yard.fork("worked", age=2 * DAY)
    worked.checkout.commit({"a": "a\n"})
    dirty = yard.fork("dirty", age=6 * DAY)
    dirty.checkout.write({"a": "a\n"})
    plan = yard.plan()
    assert (plan.entries, plan.problems) == ((), ())


def test_idle_longer_than_the_setting(yard: Yard) -> None:
    fork = yard.fork("old", age=8 * DAY)
    yard.fork("young", age=6 * DAY)
    (entry,) = yard.plan().entries
    assert (entry.session, why(entry)) == (fork.id, {Why.IDLE})
    assert not entry.at_risk
    context = yard.stage.context(forks={"abandonedAfterDays": 5})
    from forksight.features.cleanup.propose import propose

    assert len(propose(context).entries) == 2


def test_a_refresh_that_was_not_completed(yard: Yard) -> None:
    failed, running = yard.fork("failed", age=2 * 3600), yard.fork("running", age=0)
    for fork in (failed, running):
        yard.stage.context().ledger.record_attempt(fork.id)
    (entry,) = yard.plan().entries
    assert (entry.session, why(entry)) == (failed.id, {Why.REFRESH})


def test_merged_by_a_merge_commit_or_by_moving_ahead(yard: Yard) -> None:
    merged, ahead = yard.fork("merged", age=0), yard.fork("ahead", age=0)
    merged.checkout.commit({"m": "m\n"})
    ahead.checkout.commit({"f": "f\n"})
    yard.repo.git("merge", "--quiet", "--ff-only", "ahead")
    yard.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "merged")
    plan = yard.plan()
    assert [why(entry) for entry in plan.entries] == [{Why.MERGED}, {Why.MERGED}]
    assert {entry.session for entry in plan.entries} == {merged.id, ahead.id}
    assert not any(entry.at_risk for entry in plan.entries)
    assert all(entry.facts.branch and entry.facts.branch.target == "main" for entry in plan.entries)


def test_squashed_and_rebased_branches_are_merged_too(yard: Yard) -> None:
    squashed, rebased, changed = (yard.fork(name, age=0) for name in ("squashed", "rebased", "changed"))
    squashed.checkout.commit({"s": "1\n"}, "one")
    squashed.checkout.commit({"s": "1\n2\n"}, "two")
    yard.repo.commit({"other": "o\n"}, "main goes on")
    yard.repo.git("merge", "--quiet", "--squash", "squashed")
    yard.repo.commit(message="squash")
    rebased.checkout.commit({"r": "r\n"}, "rebase me")
    yard.repo.git("cherry-pick", "rebased")
    lines = "".join(f"line {number}\n" for number in range(1, 10))
    changed.checkout.commit({"app.py": lines.replace("line 2\n", "LINE 2\n")}, "line 2")
    yard.repo.git("cherry-pick", "changed")
    yard.repo.commit({"app.py": lines.replace("line 2\n", "LINE 2\n").replace("line 9\n", "LINE 9\n")}, "line 9 too")
    plan = yard.plan()
    assert {entry.session for entry in plan.entries} == {squashed.id, rebased.id, changed.id}
    assert all(why(entry) == {Why.MERGED} and not entry.at_risk for entry in plan.entries)


def test_half_merged_is_not_merged(yard: Yard) -> None:
    fork = yard.fork("half", age=0)
    fork.checkout.commit({"a": "a\n"}, "first")
    yard.repo.git("merge", "--quiet", "--squash", "half")
    yard.repo.commit(message="squash")
    fork.checkout.commit({"b": "b\n"}, "second")
    assert yard.plan().entries == ()


def test_merged_into_what_it_tracks_or_at_origin(yard: Yard, tmp_path: Path) -> None:
    yard.repo.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    yard.repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    yard.repo.git("push", "--quiet", "--set-upstream", "origin", "main")
    yard.repo.git("remote", "set-head", "origin", "main")
    fork = yard.fork("pull-request", age=0)
    fork.checkout.commit({"p": "p\n"})
    fork.checkout.git("push", "--quiet", "origin", "pull-request:main")
    yard.repo.git("fetch", "--quiet", "origin")
    develop = yard.fork("on-develop", age=0)
    yard.repo.git("branch", "develop")
    develop.checkout.git("branch", "--quiet", "--set-upstream-to", "develop")
    develop.checkout.commit({"d": "d\n"})
    yard.repo.git("branch", "--force", "develop", "on-develop")
    plan = yard.plan()
    targets = {entry.session: entry.facts.branch.target for entry in plan.entries if entry.facts.branch}
    assert targets == {fork.id: "origin/main", develop.id: "develop"}


def test_branch_gone(yard: Yard) -> None:
    fork = yard.fork("gone", age=0)
    fork.checkout.git("checkout", "--quiet", "--detach")
    yard.repo.git("branch", "-D", "gone")
    entry = of(yard.plan(), fork)
    assert why(entry) == {Why.BRANCH_GONE}
    assert (entry.worktree, entry.branch) == (str(fork.checkout.path), None)


def test_a_renamed_branch_is_not_gone(yard: Yard) -> None:
    fork = yard.fork("before", age=0)
    fork.checkout.git("branch", "-m", "after")
    assert yard.plan().entries == ()
    entry = yard.entry(fork)
    assert entry.branch is not None
    assert entry.branch.name == "after"


def test_worktree_gone(yard: Yard) -> None:
    fork, forgotten = yard.fork("gone", age=0), yard.fork("forgotten", age=0)
    fork.checkout.git("worktree", "list")
    subprocess.run(["rm", "-rf", fork.checkout.path], check=True)
    yard.repo.git("worktree", "remove", str(forgotten.checkout.path))
    plan = yard.plan()
    assert why(of(plan, fork)) == why(of(plan, forgotten)) == {Why.WORKTREE_GONE}
    assert of(plan, fork).worktree == str(fork.checkout.path)
    assert of(plan, forgotten).worktree is None
    assert of(plan, fork).branch is not None
    assert of(plan, forgotten).branch is not None


def test_never_started_and_empty(yard: Yard) -> None:
    yard.stage.mark(yard.parent)
    pending = yard.stage.fork("pending").proposal.fork
    empty = yard.stage.fork("empty").proposal.fork
    assert pending is not None
    assert empty is not None
    assert empty.session is not None
    yard.stage.fork_of(yard.parent, empty.session, empty.worktree, "empty", empty=True)
    plan = yard.plan()
    entries = {entry.session: entry for entry in plan.entries}
    assert why(entries[pending.id]) == {Why.NEVER_STARTED}
    assert why(entries[empty.id]) == {Why.EMPTY}
    assert entries[pending.id].transcript is None
    assert entries[pending.id].at_risk  # it may be about to start
    assert not entries[pending.id].lost


def test_what_was_there_before_a_fork_that_never_started_stays(yard: Yard) -> None:
    yard.stage.mark(yard.parent)
    own = yard.repo.worktree("own")
    hour_ago = time.time() - 3600
    os.utime(yard.repo.path / ".git" / "worktrees" / "own" / "commondir", (hour_ago, hour_ago))
    for branch in ("own", "made"):
        yard.stage.fork(branch)
    entries = {entry.facts.expected: entry for entry in yard.plan().entries}
    assert entries["own"].stays == (f"{own.path} stays: it was there before the fork",)
    assert (entries["own"].worktree, entries["own"].branch) == (None, None)
    moved = own.path.with_name("moved")
    yard.repo.git("worktree", "move", str(own.path), str(moved))
    entries = {entry.facts.expected: entry for entry in yard.plan().entries}
    assert entries["own"].stays == (f"{moved} stays: it was there before the fork",)
    yard.repo.git("worktree", "move", str(moved), str(own.path))
    assert entries["made"].worktree == str(yard.repo.path / ".claude" / "worktrees" / "made")
    assert yard.clean(discard=[entry.session for entry in entries.values()]).problems == ()
    assert own.git("branch", "--show-current") == "own"
    assert yard.plan().entries == ()


def test_baselines_and_what_is_no_fork_are_never_proposed(yard: Yard) -> None:
    fork = yard.fork("marked")
    yard.stage.mark(fork.id)
    assert yard.plan().entries == ()
    with pytest.raises(UsageError, match="is the baseline payments"):
        yard.plan(fork.id)
    with pytest.raises(UsageError, match="is no fork"):
        yard.plan(yard.parent)
