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
from tests.forks.stage import Stage


def codes(stage: Stage, wanted: str | None = None) -> list[str]:
    return [warning.code for warning in propose_resume(stage.context(), wanted, Mode.PRINT).warnings]


@pytest.fixture
def fork(stage: Stage, warm: str) -> str:
    """A fork on branch x that has had its first turn; its id."""
    identity = stage.fork("x").launch.session
    stage.fork_of(warm, identity, str(stage.place("x")), "x")
    return identity


def test_by_id_beginning_title_or_branch(stage: Stage, warm: str, fork: str) -> None:
    stage.session("search", branch="other")
    for wanted in (fork, fork[:8], "x"):
        outcome = stage.resume(wanted)
        assert list(outcome.launch.argv[1:]) == ["--resume", fork]
        assert outcome.launch.cwd == str(stage.place("x"))
        assert outcome.proposal.baseline.name == "payments"
    assert stage.resume(at=stage.place("x")).launch.session == fork
    searching = stage.resume("search")
    assert searching.launch.title == "search"
    assert searching.proposal.baseline is None
    assert stage.resume(warm).proposal.baseline.session == warm


def test_a_branch_never_means_a_baseline(stage: Stage, warm: str) -> None:
    with pytest.raises(UsageError, match="no session but the baseline “payments”") as caught:
        stage.resume()
    assert f"forksight resume {warm}" in caught.value.sentence
    with pytest.raises(UsageError, match="no session but the baseline"):
        stage.resume("main")
    attempt = str(uuid.uuid4())
    stage.fork_of(warm, attempt, str(stage.repo.path), "main")
    stage.context().ledger.record_attempt(attempt)  # a refresh that was stopped
    with pytest.raises(UsageError, match="no session but the baseline"):
        stage.resume()
    other = stage.session("search")
    assert stage.resume().launch.session == other
    assert stage.resume(warm).launch.session == warm


def test_nothing_or_several_are_meant(stage: Stage, warm: str) -> None:
    with pytest.raises(UsageError, match="no session `nope`"):
        stage.resume("nope")
    with pytest.raises(UsageError, match="is empty"):
        stage.resume("")
    stage.session("twice", branch="b1")
    stage.session("twice", branch="b2")
    with pytest.raises(UsageError, match="means 2 sessions"):
        stage.resume("twice")
    side = stage.repo.worktree("side")
    with pytest.raises(UsageError, match="the branch side has no session"):
        stage.resume(at=side.path)


def test_a_branch_with_several_sessions_means_the_last_active_one(stage: Stage, warm: str, fork: str) -> None:
    older = stage.session("older", cwd=str(stage.place("x")), branch="x", age=5000)
    outcome = stage.resume("x")
    assert outcome.launch.session == fork
    (warning,) = outcome.proposal.warnings
    assert warning.code == "several-sessions"
    assert stage.resume(older).proposal.warnings == ()


def test_a_live_session_is_never_started_again(stage: Stage, warm: str, fork: str) -> None:
    stage.run_in(fork, str(stage.place("x")))
    proposal = propose_resume(stage.context(), "x")
    assert proposal.plan is None
    assert proposal.launch is None
    (warning,) = proposal.warnings
    assert warning.code == "session-live"
    assert str(stage.place("x")) in warning.message
    stage.run_in(fork, str(stage.place("x")), kind="bg")
    assert f"claude attach {fork[:8]}" in propose_resume(stage.context(), "x").warnings[0].message
    stage.quit()
    assert codes(stage, "x") == []


def test_a_session_that_was_started_through_a_link_works_where_the_link_leads(stage: Stage, warm: str) -> None:
    side = stage.repo.worktree("side")
    link = stage.repo.path.parent / "link"
    link.symlink_to(side.path)
    stage.run_in("5d1b9c2e-0000-4000-8000-000000000000", str(link), name="refunds", status="waiting")
    proposal = propose_resume(stage.context(side.path), "side")
    (warning,) = proposal.warnings
    assert warning.code == "session-live"
    assert warning.message.startswith(f"“refunds” (process {os.getpid()}, waits for you) runs already in {link}")
    assert (proposal.plan, proposal.worktree) == (None, str(side.path))
    stage.quit()


def test_a_live_session_that_has_written_nothing_yet(stage: Stage, warm: str, fork: str) -> None:
    side = stage.repo.worktree("side")
    fresh = "5d1b9c2e-0000-4000-8000-000000000000"
    stage.run_in(fresh, str(side.path), name="refunds")
    for wanted in ("refunds", fresh, fresh[:8], "side", None):
        proposal = propose_resume(stage.context(side.path), wanted)
        assert (proposal.plan, proposal.worktree, proposal.branch) == (None, str(side.path), "side")
        (warning,) = proposal.warnings
        assert warning.code == "session-live"
        assert warning.message.startswith(f"“refunds” (process {os.getpid()}, your turn) runs already in {side.path}")
    marked = stage.cli("baseline", "set", "refunds", "--name", "refund-flow")
    assert marked.returncode == 2
    assert "“refunds” has no transcript here yet" in marked.stderr
    done = stage.cli("resume", "refunds", "--print", "--json")
    assert (done.returncode, json.loads(done.stdout)["launch"]) == (1, None)
    stage.quit()
    with pytest.raises(UsageError, match="no session `refunds`"):
        stage.resume("refunds")
    stage.run_in(fresh, str(stage.place("x")), name="refunds")
    assert codes(stage, "x") == ["shared-worktree"]  # the branch's own fork is what is meant
    stage.session("refunds")
    with pytest.raises(UsageError, match="means 2 sessions"):
        stage.resume("refunds")


def test_a_fork_that_was_never_started_is_started(stage: Stage, warm: str) -> None:
    forked = stage.fork("x", prompt="do it").launch
    resumed = stage.resume("x").launch
    assert resumed == forked
    stage.run_in(forked.session, str(stage.place("x")))  # started, no first message yet
    assert codes(stage, "x") == ["session-live"]


def test_a_worktree_that_is_gone_is_made_again(stage: Stage, warm: str, fork: str) -> None:
    stage.repo.git("worktree", "remove", str(stage.place("x")))
    planned = json.loads(stage.cli("resume", "x", "--dry-run", "--json").stdout)
    assert [step["action"] for step in planned["steps"]] == ["create-worktree", "start-session"]
    assert not stage.place("x").exists()
    outcome = stage.resume("x")
    assert [warning.code for warning in outcome.proposal.warnings] == ["worktree-made"]
    assert [step.action for step in outcome.proposal.plan.steps] == [Action.CREATE_WORKTREE]
    assert Checkout(stage.place("x")).git("branch", "--show-current") == "x"
    shutil.rmtree(stage.place("x"))  # git still lists it now
    assert stage.resume(fork).launch.cwd == str(stage.place("x"))
    assert (stage.place("x") / "app.py").exists()


def test_the_worktree_of_a_fork_that_was_never_started_is_gone(stage: Stage, warm: str) -> None:
    forked = stage.fork("x").launch
    shutil.rmtree(stage.place("x"))
    resumed = stage.resume("x")
    assert [warning.code for warning in resumed.proposal.warnings] == ["worktree-made"]
    assert resumed.launch == forked
    assert (stage.place("x") / "app.py").exists()
    stage.repo.git("worktree", "remove", str(stage.place("x")))
    moved = stage.repo.path.parent / "moved"
    stage.repo.git("worktree", "add", "-q", str(moved), "x")
    assert stage.resume("x").launch.cwd == str(moved)


def test_a_worktree_that_moved_elsewhere(stage: Stage, warm: str, fork: str) -> None:
    stage.repo.git("worktree", "remove", str(stage.place("x")))
    stage.repo.git("worktree", "add", "-q", str(stage.repo.path.parent / "moved"), "x")
    outcome = stage.resume(fork)
    assert outcome.launch.cwd == str(stage.repo.path.parent / "moved")
    assert [warning.code for warning in outcome.proposal.warnings] == ["worktree-moved"]


def test_a_branch_that_is_gone_too(stage: Stage, warm: str, fork: str) -> None:
    stage.repo.git("worktree", "remove", str(stage.place("x")))
    stage.repo.git("branch", "-D", "x")
    with pytest.raises(GitError, match="its branch x no longer exists"):
        stage.resume(fork)


def test_what_changed_is_said(stage: Stage, warm: str, fork: str) -> None:
    Checkout(stage.place("x")).git("checkout", "-q", "--detach")
    assert codes(stage, fork) == ["branch-changed"]
    stage.run_in("somebody", str(stage.place("x")))
    assert codes(stage, fork) == ["branch-changed", "shared-worktree"]


def test_the_directory_it_was_started_in(stage: Stage, warm: str) -> None:
    (stage.repo.path / "deep").mkdir()
    session = stage.session("deep", cwd=str(stage.repo.path / "deep"))
    outcome = stage.resume(session)
    assert outcome.launch.cwd == str(stage.repo.path / "deep")
    assert outcome.proposal.worktree == str(stage.repo.path)


def test_what_claude_code_deleted_is_put_back(stage: Stage, warm: str) -> None:
    path = stage.transcript(warm)
    kept = path.read_bytes()
    for wanted in (warm, warm[:8], "payments"):
        path.unlink()
        outcome = stage.resume(wanted)
        assert [warning.code for warning in outcome.proposal.warnings] == ["transcript-restored"]
        assert outcome.launch.argv[-2:] == ("--resume", warm)
        assert path.read_bytes() == kept


def test_what_is_put_back_goes_on_in_its_place_of_today(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(stage.repo.path)
    linked = stage.session("linked", cwd=str(tmp_path / "link"))
    pay = stage.repo.worktree("pay")
    moved = stage.session("moved", cwd=str(pay.path), branch="pay")
    for session, name in ((linked, "linked"), (moved, "moved")):
        stage.mark(session, name)
        stage.transcript(session).unlink()
    stage.repo.git("worktree", "move", str(pay.path), str(tmp_path / "elsewhere"))
    for session, place in ((linked, stage.repo.path), (moved, tmp_path.resolve() / "elsewhere")):
        outcome = stage.resume(session)
        assert outcome.launch.cwd == str(place)
        assert [warning.code for warning in outcome.proposal.warnings] == ["transcript-restored"]


def test_a_pending_forks_parent_is_put_back(stage: Stage, warm: str) -> None:
    stage.fork("x")
    stage.transcript(warm).unlink()
    assert stage.resume("x").launch.argv[1:3] == ("--resume", warm)
    assert stage.transcript(warm).exists()


def test_an_unknown_background_fork_cannot_be_resumed(stage: Stage, warm: str) -> None:
    proposal = stage.propose("x", mode=Mode.BACKGROUND)
    assert proposal.fork is not None
    stage.repo.git("branch", "x")
    stage.context().ledger.record_fork(proposal.fork)
    with pytest.raises(ForksightError, match="has not told the id"):
        stage.resume("x")
    chosen = "13f23553-c510-443d-ae52-257093117330"
    stage.context().ledger.update_fork(proposal.fork.launch, session=chosen)
    with pytest.raises(ForksightError, match="asked nothing yet") as refused:
        stage.resume("x")
    assert "`claude attach 13f23553`, or fork again with `forksight fork x --again`" in refused.value.fix


@pytest.mark.parametrize("gone", [False, True], ids=["there", "its worktree gone"])
def test_a_branch_that_was_renamed(stage: Stage, warm: str, gone: bool) -> None:
    fork = stage.fork("before").proposal.fork
    assert fork is not None
    stage.fork_of(warm, fork.launch, fork.worktree, "before")
    if gone:
        stage.repo.git("worktree", "remove", fork.worktree)
    stage.repo.git("branch", "--move", "before", "after")
    for name in ("after", "before"):
        proposal = propose_resume(stage.context(), name, Mode.PRINT)
        assert proposal.launch is not None
        assert (proposal.launch.session, proposal.worktree) == (fork.launch, fork.worktree)
