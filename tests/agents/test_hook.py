"""`forksight hook`: what is said at the start of a session, and that nothing makes it fail."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from forksight.app.workbench import Forksight
from forksight.core.agents.hook import document, read_hook
from forksight.core.document import Plain
from forksight.features.agents.session_start import session_start
from tests.agents.checkouts import Checkouts
from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo
from tests.patient import ARGV
from tests.rigs import ROOT


def hook(cwd: Path, text: str, *arguments: str) -> tuple[int, str]:
    """The exit status and stdout of `forksight hook`."""
    done = subprocess.run([*ARGV, *arguments, "hook"], cwd=cwd, input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def start(checkout: Checkout, **fields: object) -> Plain:
    """What is answered to SessionStart."""
    call = read_hook({"hook_event_name": "SessionStart", "session_id": "s", "cwd": str(checkout.path), **fields})
    assert call
    return document(call.event, session_start(Forksight().open(call.cwd), call))


def both(*sentences: str) -> dict[str, object]:
    """What is told to the agent and to the person."""
    output = {"hookEventName": "SessionStart", "additionalContext": "\n".join(sentences)}
    return {"hookSpecificOutput": output, "systemMessage": " ".join(sentences)}


def test_nothing_is_said_where_there_is_nothing_to_say(checkouts: Checkouts) -> None:
    assert start(checkouts.main) == {}
    assert start(checkouts.pay, source="startup") == {}


def test_a_main_branch_that_moved_is_told_to_both(checkouts: Checkouts) -> None:
    checkouts.main.commit({"new": "x"})
    said = start(checkouts.pay)
    assert said == both("main has 1 commit that feature/pay does not have.")
    fields = {"hook_event_name": "SessionStart", "session_id": "s", "cwd": str(checkouts.pay.path)}
    assert hook(checkouts.pay.path, json.dumps(fields)) == (0, f"{json.dumps(said)}\n")
    assert start(checkouts.main) == {}


def test_company_and_a_stale_baseline_are_told_with_why(sessions_repo: SessionsRepo, checkouts: Checkouts) -> None:
    checkouts.main.git("config", "forksight.baseline.staleAfterCommits", "1")
    baseline, fork = sessions_repo.session(), "f0000000-0000-4000-8000-000000000000"
    sessions_repo.mark(baseline)
    sessions_repo.fork_of(baseline, fork, str(checkouts.pay.path), "feature/pay")
    assert start(checkouts.pay, session_id=fork) == {}
    checkouts.main.commit({"app.py": "moved\n"})
    sessions_repo.run_in("other", str(checkouts.pay.path), name="refunds")
    company = "Another Claude Code session works in this worktree at the same time (“refunds”): edits mix."
    behind = "main has 1 commit that feature/pay does not have."
    stale = "The baseline payments is stale: 1 commit; the one file it read changed."
    assert start(checkouts.pay, session_id=fork) == both(company, behind, stale)
    new = start(checkouts.pay)
    assert new["hookSpecificOutput"] == both(company, behind)["hookSpecificOutput"], (
        "it knows nothing of the baseline's"
    )
    assert new["systemMessage"] == f"{company} {behind} {stale}"
    assert start(checkouts.main, session_id=baseline)["systemMessage"] == stale
    assert start(checkouts.pay, session_id="other")["systemMessage"] == f"{behind} {stale}", (
        "it is no company to itself"
    )


def test_a_fork_with_its_parents_title_is_called_like_its_branch(
    sessions_repo: SessionsRepo, checkouts: Checkouts
) -> None:
    baseline = sessions_repo.session(title="shop")
    again = {"source": "fork", "session_title": "shop"}
    assert start(checkouts.pay, **again) == {
        "hookSpecificOutput": {"hookEventName": "SessionStart", "sessionTitle": "feature/pay"}
    }
    fields = {"hook_event_name": "SessionStart", "session_id": "s", "cwd": str(checkouts.pay.path), **again}
    status, answer = hook(checkouts.pay.path, json.dumps(fields))
    assert (status, json.loads(answer)["hookSpecificOutput"]["sessionTitle"]) == (0, "feature/pay")
    assert start(checkouts.main, **again) == {}, "it works where its parent does"
    assert start(checkouts.pay, **{**again, "session_title": "mine"}) == {}, "a person has called it so"
    assert start(checkouts.pay, **{**again, "source": "resume"}) == {}
    assert start(checkouts.pay, session_id=baseline, **again) == {}
    sessions_repo.fork_of(baseline, "f0000000-0000-4000-8000-000000000000", str(checkouts.pay.path), "feature/pay")
    assert "feature/pay 2" in json.dumps(start(checkouts.pay, **again))


def test_a_fork_of_a_superseded_generation_is_told_of_the_current_one(
    sessions_repo: SessionsRepo, checkouts: Checkouts
) -> None:
    """Claude Code finds the old one by the baseline's name still."""
    first, second = sessions_repo.session(title="shop"), sessions_repo.session(title="shop (generation 2)")
    sessions_repo.mark(first, "shop")
    ledger = sessions_repo.context().ledger
    (old,) = ledger.view()[0].baselines
    made = (*old.generations, replace(old.generation, number=2, session=second))
    fork = {"source": "fork", "session_title": "shop"}
    assert "began" not in json.dumps(start(checkouts.pay, **fork))
    ledger.save_baseline(replace(old, current=2, generations=made), replacing=old)
    said = start(checkouts.pay, **fork)
    assert said["systemMessage"] == (
        "This fork began with generation 1 of shop, and generation 2 knows more: "
        f"`claude --resume {second} --fork-session` starts from that."
    )
    assert said["hookSpecificOutput"]["additionalContext"] == said["systemMessage"]
    assert "began" not in json.dumps(start(checkouts.pay, **{**fork, "source": "resume"}))


def test_nothing_is_said_when_a_session_or_a_subagent_stops(checkouts: Checkouts) -> None:
    """What is told at Stop makes an agent go on, and is paid for."""
    events = json.loads((ROOT / "editors/claude/hooks/hooks.json").read_text())["hooks"]
    assert not [event for event in events if "Stop" in event or event == "SessionEnd"]
    checkouts.main.commit({"new": "x"})
    text = json.dumps({"hook_event_name": "SessionEnd", "session_id": "s", "cwd": str(checkouts.pay.path)})
    assert hook(checkouts.pay.path, text) == (0, "{}\n")


def test_what_a_cold_cache_costs_is_told_to_the_person_alone(checkouts: Checkouts) -> None:
    cold = {"prompt_cache_likely_expired": True, "context_tokens": 182345, "estimated_cache_write_usd": 0.9123}
    assert start(checkouts.main, source="resume", **cold) == {
        "systemMessage": "Its prompt cache has likely expired: the first answer pays for 182,345 tokens of context again, about $0.91."
    }
    assert start(checkouts.main, source="resume", **{**cold, "prompt_cache_likely_expired": False}) == {}


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"hook_event_name": "SessionStart"}'])
def test_what_is_no_hook_decides_nothing(checkouts: Checkouts, text: str) -> None:
    assert hook(checkouts.main.path, text) == (0, "{}\n")


def test_outside_of_a_repository_and_in_a_folder_that_is_gone_it_exits_with_0(tmp_path: Path) -> None:
    text = json.dumps({"hook_event_name": "SessionStart", "session_id": "s", "cwd": str(tmp_path)})
    assert hook(tmp_path, text) == (0, "{}\n")
    assert hook(tmp_path, text, "-C", "/no/such/folder") == (0, "")
    gone = tmp_path / "gone"
    gone.mkdir()
    shell = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", shell, "sh", str(gone), *ARGV, "hook", "--new-option"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
