"""Resuming: by id, in the session's own worktree, made again if it is gone, and never a second time."""

import json
import os
import shutil
import uuid
from pathlib import Path

import pytest

from forksight.core.plans.plan import Action
from forksight.core.problems import ForksightError, GitError, UsageError
from forksight.core.store.ledger import Mode
from forksight.features.forks.resume import propose_resume
from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo
from tests.forks.test_fork import actions


def codes(sessions_repo: SessionsRepo, wanted: str | None = None) -> list[str]:
    return [warning.code for warning in propose_resume(sessions_repo.context(), wanted, Mode.PRINT).warnings]


@pytest.fixture
def fork(sessions_repo: SessionsRepo, baseline_id: str) -> str:
    """A fork on branch x that has had its first turn; its id."""
    identity = sessions_repo.fork("x").launch.session
    sessions_repo.fork_of(baseline_id, identity, str(sessions_repo.place("x")), "x")
    return identity


def test_by_id_beginning_title_or_branch(sessions_repo: SessionsRepo, baseline_id: str, fork: str) -> None:
    sessions_repo.session("search", branch="other")
    for wanted in (fork, fork[:8], "x"):
        outcome = sessions_repo.resume(wanted)
        assert list(outcome.launch.argv[1:]) == ["--resume", fork]
        assert outcome.launch.cwd == str(sessions_repo.place("x"))
        assert outcome.proposal.baseline is not None
        assert outcome.proposal.baseline.name == "payments"
    assert sessions_repo.resume(at=sessions_repo.place("x")).launch.session == fork
    searching = sessions_repo.resume("search")
    assert searching.launch.title == "search"
    assert searching.proposal.baseline is None
    itself = sessions_repo.resume(baseline_id).proposal.baseline
    assert itself is not None
    assert itself.session == baseline_id


def test_a_branch_never_means_a_baseline(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    with pytest.raises(UsageError, match="no session but the baseline “payments”") as caught:
        sessions_repo.resume()
    assert f"forksight resume {baseline_id}" in caught.value.sentence
    with pytest.raises(UsageError, match="no session but the baseline"):
        sessions_repo.resume("main")
    attempt = str(uuid.uuid4())
    sessions_repo.fork_of(baseline_id, attempt, str(sessions_repo.repo.path), "main")
    sessions_repo.context().ledger.record_attempt(attempt)  # a refresh that was stopped
    with pytest.raises(UsageError, match="no session but the baseline"):
        sessions_repo.resume()
    other = sessions_repo.session("search")
    assert sessions_repo.resume().launch.session == other
    assert sessions_repo.resume(baseline_id).launch.session == baseline_id


def test_nothing_or_several_are_meant(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    with pytest.raises(UsageError, match="no session `nope`"):
        sessions_repo.resume("nope")
    with pytest.raises(UsageError, match="is empty"):
        sessions_repo.resume("")
    sessions_repo.session("twice", branch="b1")
    sessions_repo.session("twice", branch="b2")
    with pytest.raises(UsageError, match="means 2 sessions"):
        sessions_repo.resume("twice")
    side = sessions_repo.repo.worktree("side")
    with pytest.raises(UsageError, match="the branch side has no session"):
        sessions_repo.resume(at=side.path)


def test_a_branch_with_several_sessions_means_the_last_active_one(
    sessions_repo: SessionsRepo, baseline_id: str, fork: str
) -> None:
    older = sessions_repo.session("older", cwd=str(sessions_repo.place("x")), branch="x", age=5000)
    outcome = sessions_repo.resume("x")
    assert outcome.launch.session == fork
    (warning,) = outcome.proposal.warnings
    assert warning.code == "several-sessions"
    assert sessions_repo.resume(older).proposal.warnings == ()


def test_a_live_session_is_never_started_again(sessions_repo: SessionsRepo, baseline_id: str, fork: str) -> None:
    sessions_repo.run_in(fork, str(sessions_repo.place("x")))
    proposal = propose_resume(sessions_repo.context(), "x")
    assert proposal.plan is None
    assert proposal.launch is None
    (warning,) = proposal.warnings
    assert warning.code == "session-live"
    assert str(sessions_repo.place("x")) in warning.message
    sessions_repo.run_in(fork, str(sessions_repo.place("x")), kind="bg")
    assert f"claude attach {fork[:8]}" in propose_resume(sessions_repo.context(), "x").warnings[0].message
    sessions_repo.quit()
    assert codes(sessions_repo, "x") == []


def test_a_session_that_was_started_through_a_link_works_where_the_link_leads(
    sessions_repo: SessionsRepo, baseline_id: str
) -> None:
    side = sessions_repo.repo.worktree("side")
    link = sessions_repo.repo.path.parent / "link"
    link.symlink_to(side.path)
    sessions_repo.run_in("5d1b9c2e-0000-4000-8000-000000000000", str(link), name="refunds", status="waiting")
    proposal = propose_resume(sessions_repo.context(side.path), "side")
    (warning,) = proposal.warnings
    assert warning.code == "session-live"
    assert warning.message.startswith(f"“refunds” (process {os.getpid()}, waits for you) runs already in {link}")
    assert (proposal.plan, proposal.worktree) == (None, str(side.path))
    sessions_repo.quit()


def test_a_live_session_that_has_written_nothing_yet(sessions_repo: SessionsRepo, baseline_id: str, fork: str) -> None:
    side = sessions_repo.repo.worktree("side")
    fresh = "5d1b9c2e-0000-4000-8000-000000000000"
    sessions_repo.run_in(fresh, str(side.path), name="refunds")
    for wanted in ("refunds", fresh, fresh[:8], "side", None):
        proposal = propose_resume(sessions_repo.context(side.path), wanted)
        assert (proposal.plan, proposal.worktree, proposal.branch) == (None, str(side.path), "side")
        (warning,) = proposal.warnings
        assert warning.code == "session-live"
        assert warning.message.startswith(f"“refunds” (process {os.getpid()}, your turn) runs already in {side.path}")
    marked = sessions_repo.cli("baseline", "set", "refunds", "--name", "refund-flow")
    assert marked.returncode == 2
    assert "“refunds” has no transcript here yet" in marked.stderr
    done = sessions_repo.cli("resume", "refunds", "--print", "--json")
    assert (done.returncode, json.loads(done.stdout)["launch"]) == (1, None)
    sessions_repo.quit()
    with pytest.raises(UsageError, match="no session `refunds`"):
        sessions_repo.resume("refunds")
    sessions_repo.run_in(fresh, str(sessions_repo.place("x")), name="refunds")
    assert codes(sessions_repo, "x") == ["shared-worktree"]  # the branch's own fork is what is meant
    sessions_repo.session("refunds")
    with pytest.raises(UsageError, match="means 2 sessions"):
        sessions_repo.resume("refunds")


def test_a_fork_that_was_never_started_is_started(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    forked = sessions_repo.fork("x", prompt="do it").launch
    resumed = sessions_repo.resume("x").launch
    assert resumed == forked
    sessions_repo.run_in(forked.session, str(sessions_repo.place("x")))  # started, no first message yet
    assert codes(sessions_repo, "x") == ["session-live"]


def test_a_worktree_that_is_gone_is_made_again(sessions_repo: SessionsRepo, baseline_id: str, fork: str) -> None:
    sessions_repo.repo.git("worktree", "remove", str(sessions_repo.place("x")))
    planned = json.loads(sessions_repo.cli("resume", "x", "--dry-run", "--json").stdout)
    assert [step["action"] for step in planned["steps"]] == ["create-worktree", "start-session"]
    assert not sessions_repo.place("x").exists()
    outcome = sessions_repo.resume("x")
    assert [warning.code for warning in outcome.proposal.warnings] == ["worktree-made"]
    assert actions(outcome.proposal) == [Action.CREATE_WORKTREE]
    assert Checkout(sessions_repo.place("x")).git("branch", "--show-current") == "x"
    shutil.rmtree(sessions_repo.place("x"))  # git still lists it now
    assert sessions_repo.resume(fork).launch.cwd == str(sessions_repo.place("x"))
    assert (sessions_repo.place("x") / "app.py").exists()


def test_the_worktree_of_a_fork_that_was_never_started_is_gone(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    forked = sessions_repo.fork("x").launch
    shutil.rmtree(sessions_repo.place("x"))
    resumed = sessions_repo.resume("x")
    assert [warning.code for warning in resumed.proposal.warnings] == ["worktree-made"]
    assert resumed.launch == forked
    assert (sessions_repo.place("x") / "app.py").exists()
    sessions_repo.repo.git("worktree", "remove", str(sessions_repo.place("x")))
    moved = sessions_repo.repo.path.parent / "moved"
    sessions_repo.repo.git("worktree", "add", "-q", str(moved), "x")
    assert sessions_repo.resume("x").launch.cwd == str(moved)


def test_a_worktree_that_moved_elsewhere(sessions_repo: SessionsRepo, baseline_id: str, fork: str) -> None:
    sessions_repo.repo.git("worktree", "remove", str(sessions_repo.place("x")))
    sessions_repo.repo.git("worktree", "add", "-q", str(sessions_repo.repo.path.parent / "moved"), "x")
    outcome = sessions_repo.resume(fork)
    assert outcome.launch.cwd == str(sessions_repo.repo.path.parent / "moved")
    assert [warning.code for warning in outcome.proposal.warnings] == ["worktree-moved"]


def test_a_branch_that_is_gone_too(sessions_repo: SessionsRepo, baseline_id: str, fork: str) -> None:
    sessions_repo.repo.git("worktree", "remove", str(sessions_repo.place("x")))
    sessions_repo.repo.git("branch", "-D", "x")
    with pytest.raises(GitError, match="its branch x no longer exists"):
        sessions_repo.resume(fork)


def test_what_changed_is_said(sessions_repo: SessionsRepo, baseline_id: str, fork: str) -> None:
    Checkout(sessions_repo.place("x")).git("checkout", "-q", "--detach")
    assert codes(sessions_repo, fork) == ["branch-changed"]
    sessions_repo.run_in("somebody", str(sessions_repo.place("x")))
    assert codes(sessions_repo, fork) == ["branch-changed", "shared-worktree"]


def test_the_directory_it_was_started_in(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    (sessions_repo.repo.path / "deep").mkdir()
    session = sessions_repo.session("deep", cwd=str(sessions_repo.repo.path / "deep"))
    outcome = sessions_repo.resume(session)
    assert outcome.launch.cwd == str(sessions_repo.repo.path / "deep")
    assert outcome.proposal.worktree == str(sessions_repo.repo.path)


def test_what_claude_code_deleted_is_put_back(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    path = sessions_repo.transcript(baseline_id)
    kept = path.read_bytes()
    for wanted in (baseline_id, baseline_id[:8], "payments"):
        path.unlink()
        outcome = sessions_repo.resume(wanted)
        assert [warning.code for warning in outcome.proposal.warnings] == ["transcript-restored"]
        assert outcome.launch.argv[-2:] == ("--resume", baseline_id)
        assert path.read_bytes() == kept


def test_what_is_put_back_goes_on_in_its_place_of_today(sessions_repo: SessionsRepo, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(sessions_repo.repo.path)
    linked = sessions_repo.session("linked", cwd=str(tmp_path / "link"))
    pay = sessions_repo.repo.worktree("pay")
    moved = sessions_repo.session("moved", cwd=str(pay.path), branch="pay")
    for session, name in ((linked, "linked"), (moved, "moved")):
        sessions_repo.mark(session, name)
        sessions_repo.transcript(session).unlink()
    sessions_repo.repo.git("worktree", "move", str(pay.path), str(tmp_path / "elsewhere"))
    for session, place in ((linked, sessions_repo.repo.path), (moved, tmp_path.resolve() / "elsewhere")):
        outcome = sessions_repo.resume(session)
        assert outcome.launch.cwd == str(place)
        assert [warning.code for warning in outcome.proposal.warnings] == ["transcript-restored"]


def test_a_pending_forks_parent_is_put_back(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.fork("x")
    sessions_repo.transcript(baseline_id).unlink()
    assert sessions_repo.resume("x").launch.argv[1:3] == ("--resume", baseline_id)
    assert sessions_repo.transcript(baseline_id).exists()


def test_an_unknown_background_fork_cannot_be_resumed(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    proposal = sessions_repo.propose("x", mode=Mode.BACKGROUND)
    assert proposal.fork is not None
    sessions_repo.repo.git("branch", "x")
    sessions_repo.context().ledger.record_fork(proposal.fork)
    with pytest.raises(ForksightError, match="has not reported the id"):
        sessions_repo.resume("x")
    chosen = "13f23553-c510-443d-ae52-257093117330"
    sessions_repo.context().ledger.update_fork(proposal.fork.launch, session=chosen)
    with pytest.raises(ForksightError, match="has no prompt yet") as refused:
        sessions_repo.resume("x")
    assert "`claude attach 13f23553`, or fork again with `forksight fork x --again`" in refused.value.fix


@pytest.mark.parametrize("gone", [False, True], ids=["there", "its worktree gone"])
def test_a_branch_that_was_renamed(sessions_repo: SessionsRepo, baseline_id: str, gone: bool) -> None:
    fork = sessions_repo.fork("before").proposal.fork
    assert fork is not None
    sessions_repo.fork_of(baseline_id, fork.launch, fork.worktree, "before")
    if gone:
        sessions_repo.repo.git("worktree", "remove", fork.worktree)
    sessions_repo.repo.git("branch", "--move", "before", "after")
    for name in ("after", "before"):
        proposal = propose_resume(sessions_repo.context(), name, Mode.PRINT)
        assert proposal.launch is not None
        assert (proposal.launch.session, proposal.worktree) == (fork.launch, fork.worktree)
