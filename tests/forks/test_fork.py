"""Fork session for this branch: which worktree, which branch, which warnings, and what the plan says."""

import shlex
import uuid
from pathlib import Path
from typing import Any

import pytest

from forksight.core.claude.launch import Launch
from forksight.core.forks.proposal import Proposal
from forksight.core.plans.plan import Action, Step
from forksight.core.problems import ForksightError, UsageError
from forksight.core.store.ledger import ForkState, Mode
from tests.conftest import Checkout
from tests.forks.conftest import trace, write
from tests.forks.sessions_repo import DAY, SessionsRepo

NEW = [Action.IGNORE_WORKTREES, Action.CREATE_BRANCH, Action.CREATE_WORKTREE, Action.RECORD_FORK]


def steps_of(proposal: Proposal) -> tuple[Step, ...]:
    assert proposal.plan is not None
    return proposal.plan.steps


def actions(proposal: Proposal) -> list[Action]:
    return [step.action for step in steps_of(proposal)]


def launch_of(proposal: Proposal) -> Launch:
    assert proposal.launch is not None
    return proposal.launch


def codes(proposal: Proposal) -> list[str]:
    return [warning.code for warning in proposal.warnings]


def test_a_new_branch_starts_at_this_worktrees_head(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    outcome = sessions_repo.fork("feature/pay")
    made = Checkout(sessions_repo.place("feature-pay"))
    assert made.git("branch", "--show-current") == "feature/pay"
    assert made.git("rev-parse", "HEAD") == sessions_repo.repo.git("rev-parse", "main")
    assert sessions_repo.repo.git("status", "--porcelain") == ""
    proposal, start = outcome.proposal, outcome.launch
    assert actions(proposal) == NEW
    assert start.cwd == str(made.path)
    assert start.title == "feature/pay"
    assert str(uuid.UUID(start.session)) == start.session
    assert list(start.argv[1:]) == [
        *("--resume", baseline_id, "--fork-session", "--session-id", start.session, "--name", "feature/pay")
    ]
    assert start.env["CLAUDECODE"] is None
    assert start.env["CLAUDE_CODE_SESSION_ID"] is None
    assert start.env["CLAUDE_CONFIG_DIR"] == str(sessions_repo.config)
    (fork,) = sessions_repo.context().ledger.view()[0].forks
    assert (fork.id, fork.parent, fork.baseline, fork.generation) == (start.session, baseline_id, "payments", 1)
    assert (fork.branch, fork.worktree, fork.state) == ("feature/pay", str(made.path), ForkState.PENDING)


def test_from_a_linked_worktree_it_starts_at_that_ones_head(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    side = sessions_repo.repo.worktree("side")
    commit = side.commit({"side.py": "x\n"})
    sessions_repo.fork("deeper", at=side.path)
    assert sessions_repo.repo.git("rev-parse", "deeper") == commit
    assert sessions_repo.place("deeper").is_dir()  # beside the others, not inside the worktree that we are in


def test_the_main_checkouts_own_branch_is_forked_in_place(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    outcome = sessions_repo.fork()
    assert actions(outcome.proposal) == [Action.RECORD_FORK]
    assert outcome.launch.cwd == str(sessions_repo.repo.path)
    (warning,) = outcome.proposal.warnings
    assert warning.code == "fork-in-place"
    assert warning.message.startswith(
        f"The fork works in the main checkout, {sessions_repo.repo.path}, and edits its files"
    )
    assert warning.message.endswith("On a new branch it would: `forksight fork main-fork --print`.")


def test_a_fork_where_the_person_works_says_so(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    side = sessions_repo.repo.worktree("side")
    assert codes(sessions_repo.propose("side")) == []
    assert codes(sessions_repo.propose(at=side.path)) == ["fork-in-place"]
    assert codes(sessions_repo.propose("new", at=side.path)) == []


def test_but_not_where_a_session_works(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.run_in(baseline_id, str(sessions_repo.repo.path))
    before = trace(sessions_repo.repo)
    proposal = sessions_repo.propose()
    assert proposal.plan is None
    assert proposal.launch is None
    assert codes(proposal) == ["shared-worktree"]
    assert "“payments”" in proposal.warnings[0].message
    ways = "Fork to a new branch (`forksight fork main-fork --print`), or here all the same (`forksight fork main --again --print`)."
    assert proposal.warnings[0].message.endswith(ways)
    assert proposal.question is not None
    fresh, here = proposal.question.choices
    assert fresh.arguments == {"branch": "main-fork", "mode": "print"}
    assert here.arguments["again"] is True
    assert proposal.question.hint == "forksight fork main-fork --print"
    assert trace(sessions_repo.repo) == before
    assert sessions_repo.propose(again=True).launch is not None
    (company,) = sessions_repo.propose(again=True).warnings
    assert company.code == "shared-worktree"
    assert "new branch" not in company.message
    assert sessions_repo.propose("elsewhere").warnings == ()  # nobody is disturbed there


def test_a_session_in_a_nested_worktree_is_not_in_the_main_checkout(
    sessions_repo: SessionsRepo, baseline_id: str
) -> None:
    sessions_repo.fork("x")
    sessions_repo.run_in("anybody", str(sessions_repo.place("x") / "deep"))
    assert codes(sessions_repo.propose()) == ["fork-in-place"]
    assert codes(sessions_repo.propose("x")) == ["fork-exists", "shared-worktree"]


def test_a_second_fork_of_a_branch_is_asked_about(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    first = sessions_repo.fork("x").launch.session
    proposal = sessions_repo.propose("x")
    assert codes(proposal) == ["fork-exists"]
    assert proposal.worktree == str(sessions_repo.place("x"))
    assert proposal.question is not None
    resume, again = proposal.question.choices
    assert (resume.command, resume.arguments) == ("resume", {"session": first})
    assert (again.command, again.arguments["again"]) == ("fork", True)
    outcome = sessions_repo.fork("x", again=True)
    assert outcome.launch.session != first
    assert outcome.launch.title == "x 2"
    assert outcome.launch.cwd == str(sessions_repo.place("x"))


def test_a_fork_that_runs_in_the_background_is_attached_to(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    fork = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, fork.session, fork.cwd, "x")
    sessions_repo.run_in(fork.session, fork.cwd, kind="bg")
    warning = sessions_repo.propose("x").warnings[0]
    assert warning.code == "fork-exists"
    assert f"Attach to it (`claude attach {fork.session[:8]}`), or fork again" in warning.message
    assert "Resume it" not in warning.message


def test_the_commands_that_answer_a_question_leave_nothing_out(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    first = sessions_repo.fork("x").launch.session
    proposal = sessions_repo.propose("x", baseline="payments", title="pay's", prompt="-do it", mode=Mode.BACKGROUND)
    assert proposal.question is not None
    assert proposal.question.hint == f"forksight resume {first}"
    again = """forksight fork x --baseline payments --name 'pay'"'"'s' --prompt '-do it' --again --background"""
    assert f"(`{again}`)" in proposal.warnings[0].message
    question = sessions_repo.propose("x").question
    assert question is not None
    assert question.hint == f"forksight resume {first} --print"


def test_a_fork_of_a_branch_that_was_deleted_is_no_reason_to_ask(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.fork("x")
    sessions_repo.repo.git("worktree", "remove", str(sessions_repo.place("x")))
    sessions_repo.repo.git("branch", "-D", "x")
    assert codes(sessions_repo.propose("x")) == []


def test_which_baseline(sessions_repo: SessionsRepo) -> None:
    with pytest.raises(UsageError, match="has no baseline yet"):
        sessions_repo.propose("x")
    first, second = sessions_repo.session("payments"), sessions_repo.session("search")
    sessions_repo.mark(first, "payments")
    sessions_repo.mark(second, "search")
    with pytest.raises(UsageError, match="several baselines"):
        sessions_repo.propose("x")
    with pytest.raises(UsageError, match="no baseline `nope`"):
        sessions_repo.propose("x", baseline="nope")
    origin = sessions_repo.propose("x", baseline="search").baseline
    assert origin is not None
    assert origin.session == second


@pytest.mark.parametrize("argument", ["branch", "baseline", "title", "start_point", "prompt"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_argument_is_an_error(
    sessions_repo: SessionsRepo, baseline_id: str, argument: str, empty: str
) -> None:
    request: dict[str, Any] = {"branch": "x", argument: empty}
    with pytest.raises(UsageError, match="is empty"):
        sessions_repo.propose(**request)


def test_a_dry_run_shows_what_a_run_does(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    before = trace(sessions_repo.repo)
    proposal = sessions_repo.propose("x", mode=Mode.TERMINAL)
    assert actions(proposal) == [*NEW, Action.START]
    assert trace(sessions_repo.repo) == before
    assert sessions_repo.context().ledger.view()[0].forks == ()
    assert not (sessions_repo.repo.path / ".git" / "info" / "exclude").read_text().count(".claude")


def test_a_baseline_that_claude_code_deleted_is_put_back(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    path = sessions_repo.transcript(baseline_id)
    kept = path.read_bytes()
    path.unlink()
    outcome = sessions_repo.fork("x")
    assert codes(outcome.proposal) == ["transcript-restored"]
    assert actions(outcome.proposal)[0] is Action.RESTORE_TRANSCRIPT
    assert path.read_bytes() == kept
    path.unlink()
    sessions_repo.remove_copy(baseline_id)
    with pytest.raises(ForksightError, match="there is no copy of it"):
        sessions_repo.fork("y")


def test_the_copy_is_renewed_when_the_baseline_grew(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    with sessions_repo.transcript(baseline_id).open("a") as stream:
        stream.write('{"type":"custom-title","customTitle":"payments","sessionId":"x"}\n')
    size = sessions_repo.transcript(baseline_id).stat().st_size
    sessions_repo.fork("x")
    copy = sessions_repo.context().vault.find(baseline_id)
    assert copy is not None
    assert copy.size == size


def test_a_baseline_that_will_be_deleted_soon(sessions_repo: SessionsRepo) -> None:
    sessions_repo.mark(sessions_repo.session(age=25 * DAY))
    (warning,) = sessions_repo.propose("x").warnings
    assert warning.code == "baseline-expires"
    assert "in 4 days" in warning.message
    write(sessions_repo.repo, ".claude/settings.json", '{"cleanupPeriodDays": 365}')
    assert sessions_repo.propose("x").warnings == ()


def test_a_baseline_that_is_at_work(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.run_in(baseline_id, str(sessions_repo.repo.path))
    assert codes(sessions_repo.propose("x")) == []
    sessions_repo.run_in(baseline_id, str(sessions_repo.repo.path), status="busy")
    assert codes(sessions_repo.propose("x")) == ["baseline-busy"]


def test_without_claude_the_command_can_still_be_shown(
    sessions_repo: SessionsRepo, baseline_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORKSIGHT_CLAUDE", "/nowhere/claude")
    before = trace(sessions_repo.repo)
    with pytest.raises(ForksightError, match="no claude binary"):
        sessions_repo.fork("x", mode=Mode.TERMINAL)
    assert trace(sessions_repo.repo) == before
    outcome = sessions_repo.fork("x")
    assert codes(outcome.proposal) == ["claude-missing"]


def test_titles(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    assert launch_of(sessions_repo.propose("x", title="  Pay by card ")).title == "Pay by card"
    with pytest.raises(UsageError, match="begins with a dash"):
        sessions_repo.propose("x", title="-rf")
    assert launch_of(sessions_repo.propose("payments")).title == "payments 2"  # the baseline is called so already


def test_a_printed_command_is_one_line_for_a_shell(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.repo.git("branch", "it's")
    command = sessions_repo.fork("it's", title="it's $(x)").launch.command(())
    assert shlex.split(command)[-1] == "it's $(x)"


def test_a_bare_repository(sessions_repo: SessionsRepo, baseline_id: str, tmp_path: Path) -> None:
    bare = tmp_path / "project" / ".bare"
    sessions_repo.repo.git("clone", "-q", "--bare", str(sessions_repo.repo.path), str(bare))
    work = Checkout(tmp_path / "project" / "work")
    Checkout(bare).git("worktree", "add", "-q", str(work.path), "main")
    other = SessionsRepo(work, sessions_repo.config, sessions_repo.env)
    other.mark(other.session(cwd=str(work.path)))
    from_bare = other.fork("x", at=bare)
    assert from_bare.launch.cwd == str(tmp_path / "project" / ".claude" / "worktrees" / "x")
    assert other.fork("y").launch.cwd == str(tmp_path / "project" / ".claude" / "worktrees" / "y")
