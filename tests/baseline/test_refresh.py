"""Refreshing a baseline with the real Claude Code: what it may do, what is verified, and what stays when it fails."""

import json
import signal
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from forksight.core.baseline.drift import Drift, Fate, ReadFile
from forksight.core.baseline.refresh_prompt import prompt
from forksight.core.claude.headless_run import Tally, take
from forksight.core.plans.plan import Plan
from forksight.core.problems import ForksightError, LedgerError
from forksight.core.sessions.tree import Forks, count_forks, working_here
from forksight.features.baseline import baselines
from forksight.features.baseline.refresh import carry_out, propose_refresh
from forksight.features.baseline.titles import former_by_name
from forksight.features.forks import fork
from forksight.features.sessions.tree import fork_tree
from tests.baseline.claude_baseline import ClaudeBaseline
from tests.claude.model import Reader
from tests.forks.sessions_repo import RecordedProgress, SessionsRepo
from tests.waiting import wait_for

DRIFT = Drift("a", "b", "main", 2, 3, (ReadFile("x", Fate.CHANGED, "x"), ReadFile("y", Fate.MOVED, "z")))


def test_the_prompt_is_filled_in_once() -> None:
    said = prompt("{changes}|{read}|{forget}|{other}", DRIFT, ["/r/{forget}", "/r/z"])
    assert said == "- 2 commits; 2 of the 3 files it read changed|/r/{forget}\n/r/z|y (now z)|{other}"
    assert "(nothing)" in prompt("", Drift("a", "b", "main", 1), [])
    assert "not known" in prompt("", None, [])


def test_a_tally_counts_messages_once_and_only_wanted_files() -> None:
    usage = {"input_tokens": 5, "output_tokens": 1, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 10}
    answer = {"type": "assistant", "message": {"id": "m1", "usage": usage}}
    read = {"type": "user", "tool_use_result": {"file": {"filePath": "/r/x"}}}
    other = {"type": "user", "tool_use_result": {"file": {"filePath": "/etc/passwd"}}}
    tally = Tally(frozenset({"/r/x", "/r/y"}))
    for event in ({"type": "system"}, answer, answer, read, other, {"type": "user", "tool_use_result": "text"}):
        tally = take(tally, event)
    assert tally.sentence == "1 of 2 files read · 1 turn · 116 tokens"
    assert not tally.ended
    assert take(tally, {"type": "result", "subtype": "success", "is_error": False}).ended
    failed = take(tally, {"type": "result", "subtype": "success", "is_error": True, "result": "API Error: 500\nmore"})
    assert (failed.ended, failed.complaint) == (False, "API Error: 500")


def test_a_dry_run_does_nothing(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.repo.commit({"app.py": "new\n", "CLAUDE.md": "rules\n"})
    document = json.loads(sessions_repo.cli("baseline", "refresh", "--dry-run", "--json").stdout)
    assert [step["action"] for step in document["steps"]] == ["fork", "read", "verify", "promote"]
    assert document["read"] == [f"{sessions_repo.repo.path}/CLAUDE.md", f"{sessions_repo.repo.path}/app.py"]
    assert f"{sessions_repo.repo.path}/app.py" in document["prompt"]
    assert "1. Fork generation 1" in sessions_repo.cli("baseline", "refresh", "--dry-run").stdout
    assert len(sessions_repo.context().ledger.view()[0].baselines[0].generations) == 1


def test_a_baseline_that_claude_code_deleted_is_put_back_and_said(
    sessions_repo: SessionsRepo, baseline_id: str
) -> None:
    sessions_repo.transcript(baseline_id).unlink()
    plan = propose_refresh(sessions_repo.context(), None)
    assert [warning.code for warning in plan.warnings] == ["transcript-restored"]
    assert plan.steps[0][0] == "restore-transcript"
    sessions_repo.remove_copy(baseline_id)
    with pytest.raises(ForksightError, match="there is no copy of it"):
        propose_refresh(sessions_repo.context(), None)


def test_of_two_at_once_the_second_is_refused_before_it_costs_anything(
    sessions_repo: SessionsRepo, baseline_id: str
) -> None:
    sessions_repo.repo.commit({"app.py": "new\n"})
    context, other = sessions_repo.context(), sessions_repo.context()
    plan = propose_refresh(context, None)
    begun = Plan("another", "the baseline payments", ())
    other.ledger.begin(begun)
    with pytest.raises(LedgerError, match="is at work on the baseline payments"):
        carry_out(context, plan, RecordedProgress(), lambda _: None)
    other.ledger.finish(begun)
    known = plan.baseline
    second = replace(plan.generation, number=2, session=sessions_repo.session("second"))
    other.ledger.save_baseline(replace(known, current=2, generations=(*known.generations, second)), replacing=known)
    with pytest.raises(LedgerError, match="was changed meanwhile"):
        carry_out(context, plan, RecordedProgress(), lambda _: None)
    with pytest.raises(ForksightError, match="ended without a result"):  # it runs
        carry_out(context, propose_refresh(context, None), RecordedProgress(), lambda _: None)


def test_nothing_is_run_where_nothing_changed(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    done = sessions_repo.cli("baseline", "refresh", "--json")
    assert (done.returncode, json.loads(done.stdout)["refreshed"]) == (0, False)
    both = sessions_repo.cli("baseline", "refresh", "--interactive", "--dry-run")
    assert (both.returncode, len(both.stderr.splitlines())) == (2, 1)


def test_interactive_opens_the_session(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    done = sessions_repo.cli("baseline", "refresh", "--interactive", "--json")
    assert json.loads(done.stdout)["launch"]["argv"][1:] == ["--resume", baseline_id]


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_it_reads_what_changed_and_becomes_the_next_generation(claude_baseline: ClaudeBaseline, reader: Reader) -> None:
    known = reader.requests[-1]
    before = len(reader.requests)
    done = claude_baseline.command("refresh", "--json")
    output, complaint = done.communicate(timeout=240)
    assert done.returncode == 0, complaint
    document = json.loads(output)
    assert document["refreshed"] is True
    assert document["read"] == [f"{claude_baseline.repo.path}/app.py"]
    assert (document["baseline"]["name"], document["baseline"]["generation"]) == ("shop-core", 2)
    first = reader.requests[before]
    assert first["tools"] == known["tools"]
    assert first["system"] == known["system"]
    tree = {node.id: node for node in fork_tree(claude_baseline.context()).nodes}
    fresh = tree[document["baseline"]["session"]]
    assert fresh.parent == claude_baseline.session
    assert fresh.rows.inherited > 0
    assert fresh.title == "shop-core (generation 2)"
    assert "starts from generation 1" in str(former_by_name(claude_baseline.context(), "shop-core"))
    assert document["tokens"]["cache_read"] == fresh.own.cache_read > 0
    check = baselines.check(claude_baseline.context(), None)
    assert (check.stale, check.drift.commits if check.drift else None) == ((), 0)
    assert claude_baseline.context().vault.find(fresh.id) is not None
    assert claude_baseline.repo.git("status", "--porcelain") == ""
    again = claude_baseline.command("refresh")
    assert "nothing changed" in again.communicate(timeout=240)[0]


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_it_cannot_write_whatever_a_person_allows(claude_baseline: ClaudeBaseline, reader: Reader) -> None:
    allowed = json.dumps({"permissions": {"allow": ["Bash", "Write", "Edit"]}, "disableAllHooks": True})
    (claude_baseline.claude.config / "settings.json").write_text(allowed)
    known, before = reader.requests[-1], len(reader.requests)
    path = claude_baseline.repo.path
    claude_baseline.refresh(
        f"READ {path}/app.py\nWRITE {path}/evil x\nBASH touch {path}/evil\nEDIT {path}/app.py new=>old"
    )
    assert claude_baseline.generation() == 2
    assert claude_baseline.repo.git("status", "--porcelain", "--ignored") == ""
    assert reader.requests[before]["tools"] == known["tools"]
    session = claude_baseline.context().ledger.view()[0].baselines[0].generation.session
    refused = [row for row in claude_baseline.claude.rows(session) if "Only Read is allowed here" in json.dumps(row)]
    assert len(refused) >= 3


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_one_that_does_not_read_again_is_not_promoted(claude_baseline: ClaudeBaseline) -> None:
    with pytest.raises(ForksightError, match=r"did not read .*/app.py again.* cost [1-9][\d,]* tokens") as raised:
        claude_baseline.refresh(f"READ {claude_baseline.repo.path}/README")
    assert "generation 1 stays" in raised.value.sentence
    assert claude_baseline.generation() == 1
    noted = [
        problem
        for problem in baselines.check(claude_baseline.context(), None).problems
        if problem.code == "refresh-unfinished"
    ]
    assert len(noted) == 1
    shown = subprocess.run(
        [sys.executable, "-m", "forksight", "tree"],
        cwd=claude_baseline.repo.path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (line,) = (line for line in shown.splitlines() if "(generation 2)" in line)  # its title alone would deceive
    assert "  refresh, no generation  " in line


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_a_network_error_changes_nothing(claude_baseline: ClaudeBaseline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(ForksightError, match="was not refreshed") as raised:
        claude_baseline.refresh("hello")
    assert raised.value.code == "refresh-failed"
    assert claude_baseline.generation() == 1


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_an_interactive_baselines_tools_stay_the_same_too(claude_baseline: ClaudeBaseline, reader: Reader) -> None:
    identity = str(uuid.uuid4())
    with claude_baseline.claude.interactive(
        claude_baseline.repo.path, "--session-id", identity, "--name", "by hand"
    ) as terminal:
        terminal.ask(f"READ {claude_baseline.repo.path}/app.py")
    known = next(request for request in reversed(reader.requests) if len(request.get("tools", [])) > 1)
    baselines.mark(claude_baseline.context(), identity, "by-hand")
    claude_baseline.repo.commit({"app.py": "newer\n"})
    before = len(reader.requests)
    context = claude_baseline.context()
    carry_out(context, propose_refresh(context, "by-hand"), RecordedProgress(), lambda _: None)
    first = next(request for request in reader.requests[before:] if len(request.get("tools", [])) > 1)
    assert first["tools"] == known["tools"]


class Impatient(RecordedProgress):
    """A person who cancels as soon as the model is at work."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader

    def stopped(self) -> bool:
        return self._reader.held.is_set()


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_one_that_is_cancelled_changes_nothing(claude_baseline: ClaudeBaseline, reader: Reader) -> None:
    with pytest.raises(ForksightError, match="it was stopped") as raised:
        claude_baseline.refresh(f"READ {claude_baseline.repo.path}/app.py\nHOLD", Impatient(reader))
    assert raised.value.code == "stopped"
    assert claude_baseline.generation() == 1
    context = claude_baseline.context()
    tree = fork_tree(context)
    assert [node.title for node in tree.nodes if node.parent] == ["shop-core (generation 2)"]
    assert count_forks(tree, context.clock.now(), days=14) == Forks(0, 0), "nobody works with what it left"
    assert working_here(tree, str(claude_baseline.repo.path), forks=True) is None
    assert fork.propose(context, fork.ForkRequest(branch="main")).question is None, "there is nothing to resume"


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_one_that_is_killed_changes_nothing_and_is_told_of(claude_baseline: ClaudeBaseline, reader: Reader) -> None:
    claude_baseline.repo.commit({"CLAUDE.md": "HOLD\n"})
    script = (
        "from forksight.app.workbench import Forksight\nfrom forksight.core.settings import read_settings\n"
        "from forksight.features.baseline.refresh import carry_out, propose_refresh\nfrom tests.forks.sessions_repo import RecordedProgress\n"
        f"context = Forksight().open({str(claude_baseline.repo.path)!r}, read_settings({{'baseline': {{'refreshPrompt': "
        f"'READ {claude_baseline.repo.path}/app.py\\nHOLD'}}}})[0])\n"
        "carry_out(context, propose_refresh(context, None), RecordedProgress(), lambda _: None)"
    )
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-c", script], cwd=root)
    wait_for("the model at work", reader.held.is_set)
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL
    reader.release()
    assert claude_baseline.generation() == 1

    def codes() -> list[str]:
        return [problem.code for problem in baselines.check(claude_baseline.context(), None).problems]

    wait_for("the note", lambda: "refresh-unfinished" in codes())
