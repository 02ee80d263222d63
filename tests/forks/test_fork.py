"""Fork session for this branch: which worktree, which branch, which warnings, and what the plan says."""

import shlex
import uuid
from pathlib import Path

import pytest

from forksight.core.forks.proposal import Proposal
from forksight.core.plans.plan import Action
from forksight.core.problems import ForksightError, UsageError
from forksight.core.store.ledger import ForkState, Mode
from tests.conftest import Checkout
from tests.forks.conftest import trace, write
from tests.forks.stage import DAY, Stage

NEW = [Action.IGNORE_WORKTREES, Action.CREATE_BRANCH, Action.CREATE_WORKTREE, Action.RECORD_FORK]


def actions(proposal: Proposal) -> list[Action]:
    assert proposal.plan is not None
    return [step.action for step in proposal.plan.steps]


def codes(proposal: Proposal) -> list[str]:
    return [warning.code for warning in proposal.warnings]


def test_a_new_branch_starts_at_this_worktrees_head(stage: Stage, warm: str) -> None:
    outcome = stage.fork("feature/pay")
    made = Checkout(stage.place("feature-pay"))
    assert made.git("branch", "--show-current") == "feature/pay"
    assert made.git("rev-parse", "HEAD") == stage.repo.git("rev-parse", "main")
    assert stage.repo.git("status", "--porcelain") == ""
    proposal, start = outcome.proposal, outcome.launch
    assert actions(proposal) == NEW
    assert start.cwd == str(made.path)
    assert start.title == "feature/pay"
    assert uuid.UUID(start.session)
    assert list(start.argv[1:]) == [
        *("--resume", warm, "--fork-session", "--session-id", start.session, "--name", "feature/pay")
    ]
    assert start.env["CLAUDECODE"] is None
    assert start.env["CLAUDE_CODE_SESSION_ID"] is None
    assert start.env["CLAUDE_CONFIG_DIR"] == str(stage.config)
    (fork,) = stage.context().ledger.view()[0].forks
    assert (fork.id, fork.parent, fork.baseline, fork.generation) == (start.session, warm, "payments", 1)
    assert (fork.branch, fork.worktree, fork.state) == ("feature/pay", str(made.path), ForkState.PENDING)


def test_from_a_linked_worktree_it_starts_at_that_ones_head(stage: Stage, warm: str) -> None:
    side = stage.repo.worktree("side")
    commit = side.commit({"side.py": "x\n"})
    stage.fork("deeper", at=side.path)
    assert stage.repo.git("rev-parse", "deeper") == commit
    assert stage.place("deeper").is_dir()  # beside the others, not inside the worktree that we are in


def test_the_main_checkouts_own_branch_is_forked_in_place(stage: Stage, warm: str) -> None:
    outcome = stage.fork()
    assert actions(outcome.proposal) == [Action.RECORD_FORK]
    assert outcome.launch.cwd == str(stage.repo.path)
    (warning,) = outcome.proposal.warnings
    assert warning.code == "fork-in-place"
    assert warning.message.startswith(f"The fork works in the main checkout, {stage.repo.path}, and edits its files")
    assert warning.message.endswith("On a new branch it would: `forksight fork main-fork --print`.")


def test_a_fork_where_the_person_works_says_so(stage: Stage, warm: str) -> None:
    side = stage.repo.worktree("side")
    assert codes(stage.propose("side")) == []
    assert codes(stage.propose(at=side.path)) == ["fork-in-place"]
    assert codes(stage.propose("new", at=side.path)) == []


def test_but_not_where_a_session_works(stage: Stage, warm: str) -> None:
    stage.run_in(warm, str(stage.repo.path))
    before = trace(stage.repo)
    proposal = stage.propose()
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
    assert trace(stage.repo) == before
    assert stage.propose(again=True).launch is not None
    (company,) = stage.propose(again=True).warnings
    assert company.code == "shared-worktree"
    assert "new branch" not in company.message
    assert stage.propose("elsewhere").warnings == ()  # nobody is disturbed there


def test_a_session_in_a_nested_worktree_is_not_in_the_main_checkout(stage: Stage, warm: str) -> None:
    stage.fork("x")
    stage.run_in("anybody", str(stage.place("x") / "deep"))
    assert codes(stage.propose()) == ["fork-in-place"]
    assert codes(stage.propose("x")) == ["fork-exists", "shared-worktree"]


def test_a_second_fork_of_a_branch_is_asked_about(stage: Stage, warm: str) -> None:
    first = stage.fork("x").launch.session
    proposal = stage.propose("x")
    assert codes(proposal) == ["fork-exists"]
    assert proposal.worktree == str(stage.place("x"))
    assert proposal.question is not None
    resume, again = proposal.question.choices
    assert (resume.command, resume.arguments) == ("resume", {"session": first})
    assert (again.command, again.arguments["again"]) == ("fork", True)
    outcome = stage.fork("x", again=True)
    assert outcome.launch.session != first
    assert outcome.launch.title == "x 2"
    assert outcome.launch.cwd == str(stage.place("x"))


def test_a_fork_that_runs_in_the_background_is_attached_to(stage: Stage, warm: str) -> None:
    fork = stage.fork("x").launch
    stage.fork_of(warm, fork.session, fork.cwd, "x")
    stage.run_in(fork.session, fork.cwd, kind="bg")
    warning = stage.propose("x").warnings[0]
    assert warning.code == "fork-exists"
    assert f"Attach to it (`claude attach {fork.session[:8]}`), or fork again" in warning.message
    assert "Resume it" not in warning.message


def test_the_commands_that_answer_a_question_leave_nothing_out(stage: Stage, warm: str) -> None:
    first = stage.fork("x").launch.session
    asked = {"baseline": "payments", "title": "pay's", "prompt": "-do it", "mode": Mode.BACKGROUND}
    proposal = stage.propose("x", **asked)
    assert proposal.question is not None
    assert proposal.question.hint == f"forksight resume {first}"
    again = """forksight fork x --baseline payments --name 'pay'"'"'s' --prompt '-do it' --again --background"""
    assert f"(`{again}`)" in proposal.warnings[0].message
    assert stage.propose("x").question.hint == f"forksight resume {first} --print"


def test_a_fork_of_a_branch_that_was_deleted_is_no_reason_to_ask(stage: Stage, warm: str) -> None:
    stage.fork("x")
    stage.repo.git("worktree", "remove", str(stage.place("x")))
    stage.repo.git("branch", "-D", "x")
    assert codes(stage.propose("x")) == []


def test_which_baseline(stage: Stage) -> None:
    with pytest.raises(UsageError, match="has no baseline yet"):
        stage.propose("x")
    first, second = stage.session("payments"), stage.session("search")
    stage.mark(first, "payments")
    stage.mark(second, "search")
    with pytest.raises(UsageError, match="several baselines"):
        stage.propose("x")
    with pytest.raises(UsageError, match="no baseline `nope`"):
        stage.propose("x", baseline="nope")
    assert stage.propose("x", baseline="search").baseline.session == second


@pytest.mark.parametrize("argument", ["branch", "baseline", "title", "start_point", "prompt"])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_argument_is_an_error(stage: Stage, warm: str, argument: str, empty: str) -> None:
    with pytest.raises(UsageError, match="is empty"):
        stage.propose(**{"branch": "x", argument: empty})


def test_a_dry_run_shows_what_a_run_does(stage: Stage, warm: str) -> None:
    before = trace(stage.repo)
    proposal = stage.propose("x", mode=Mode.TERMINAL)
    assert actions(proposal) == [*NEW, Action.START]
    assert trace(stage.repo) == before
    assert stage.context().ledger.view()[0].forks == ()
    assert not (stage.repo.path / ".git" / "info" / "exclude").read_text().count(".claude")


def test_a_baseline_that_claude_code_deleted_is_put_back(stage: Stage, warm: str) -> None:
    path = stage.transcript(warm)
    kept = path.read_bytes()
    path.unlink()
    outcome = stage.fork("x")
    assert codes(outcome.proposal) == ["transcript-restored"]
    assert actions(outcome.proposal)[0] is Action.RESTORE_TRANSCRIPT
    assert path.read_bytes() == kept
    path.unlink()
    stage.context().vault.drop(warm)
    with pytest.raises(ForksightError, match="there is no copy of it"):
        stage.fork("y")


def test_the_copy_is_renewed_when_the_baseline_grew(stage: Stage, warm: str) -> None:
    with stage.transcript(warm).open("a") as stream:
        stream.write('{"type":"custom-title","customTitle":"payments","sessionId":"x"}\n')
    size = stage.transcript(warm).stat().st_size
    stage.fork("x")
    copy = stage.context().vault.find(warm)
    assert copy is not None
    assert copy.size == size


def test_a_baseline_that_will_be_deleted_soon(stage: Stage) -> None:
    stage.mark(stage.session(age=25 * DAY))
    (warning,) = stage.propose("x").warnings
    assert warning.code == "baseline-expires"
    assert "in 4 days" in warning.message
    write(stage.repo, ".claude/settings.json", '{"cleanupPeriodDays": 365}')
    assert stage.propose("x").warnings == ()


def test_a_baseline_that_is_at_work(stage: Stage, warm: str) -> None:
    stage.run_in(warm, str(stage.repo.path))
    assert codes(stage.propose("x")) == []
    stage.run_in(warm, str(stage.repo.path), status="busy")
    assert codes(stage.propose("x")) == ["baseline-busy"]


def test_without_claude_the_command_can_still_be_shown(
    stage: Stage, warm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORKSIGHT_CLAUDE", "/nowhere/claude")
    before = trace(stage.repo)
    with pytest.raises(ForksightError, match="no claude binary"):
        stage.fork("x", mode=Mode.TERMINAL)
    assert trace(stage.repo) == before
    outcome = stage.fork("x")
    assert codes(outcome.proposal) == ["claude-missing"]


def test_titles(stage: Stage, warm: str) -> None:
    assert stage.propose("x", title="  Pay by card ").launch.title == "Pay by card"
    with pytest.raises(UsageError, match="begins with a dash"):
        stage.propose("x", title="-rf")
    assert stage.propose("payments").launch.title == "payments 2"  # the baseline is called so already


def test_a_printed_command_is_one_line_for_a_shell(stage: Stage, warm: str) -> None:
    stage.repo.git("branch", "it's")
    command = stage.fork("it's", title="it's $(x)").launch.command(())
    assert shlex.split(command)[-1] == "it's $(x)"


def test_a_bare_repository(stage: Stage, warm: str, tmp_path: Path) -> None:
    bare = tmp_path / "project" / ".bare"
    stage.repo.git("clone", "-q", "--bare", str(stage.repo.path), str(bare))
    work = Checkout(tmp_path / "project" / "work")
    Checkout(bare).git("worktree", "add", "-q", str(work.path), "main")
    other = Stage(work, stage.config, stage.env)
    other.mark(other.session(cwd=str(work.path)))
    from_bare = other.fork("x", at=bare)
    assert from_bare.launch.cwd == str(tmp_path / "project" / ".claude" / "worktrees" / "x")
    assert other.fork("y").launch.cwd == str(tmp_path / "project" / ".claude" / "worktrees" / "y")
