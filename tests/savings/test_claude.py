"""What was billed, on transcripts that the real Claude Code wrote: per session as lineage books it, in all as ccusage does."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from forksight.app.workbench import Forksight
from forksight.core.savings.savings import Savings
from forksight.core.sessions.session import Tokens
from forksight.features.savings.savings import savings
from tests.claude.billed_sessions import BilledSessions
from tests.claude.model import Model
from tests.claude.rig import Claude
from tests.rigs import RIGS, missing

pytestmark = [pytest.mark.claude, pytest.mark.xdist_group("claude-savings")]


@pytest.fixture(scope="module", params=["claude", "claude-old"])
def sessions(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, model: Model) -> BilledSessions:
    """A baseline with a subagent, two forks of it, and a fork of a fork."""
    sessions = BilledSessions.begin(request.param, tmp_path_factory.mktemp("sessions").resolve(), model)
    claude, repo = sessions.claude, sessions.repo
    base = sessions.record("base", lambda: claude.start(repo.path, "READ a.txt\nAGENT READ b.txt", "--name", "base"))
    first = sessions.record("one", lambda: claude.fork(repo.path, base, "READ b.txt"))
    sessions.record("two", lambda: claude.fork(repo.path, base, "BASH false"))
    sessions.record("of one", lambda: claude.fork(repo.path, first, "hello"))
    return sessions


def look(sessions: BilledSessions, config: Path | None = None) -> Savings:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAUDE_CONFIG_DIR", str(config or sessions.claude.config))
        return savings(Forksight().open(str(sessions.repo.path)))


def test_each_session_paid_what_the_tree_says(sessions: BilledSessions) -> None:
    savings, nodes = look(sessions), sessions.named(sessions.tree())
    assert savings.problems == ()
    tokens = {bill.node.id: bill.tokens for bill in savings.spent}
    assert tokens == {node.id: node.own for node in nodes.values()}
    assert all(model for bill in savings.spent for model in bill.models)


def test_all_was_billed_once(sessions: BilledSessions) -> None:
    recorded = set().union(*(sessions.recorded(name) for name in sessions.ids))
    usages = [sessions.claude.model.usages[message] for message in recorded]
    names = "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"
    assert look(sessions).total == Tokens(*(sum(usage[name] for usage in usages) for name in names))


def test_the_sum_is_ccusages(sessions: BilledSessions) -> None:
    assert look(sessions).total == ccusage(sessions.claude, sessions.claude.config)


def test_the_sum_is_ccusages_with_advisors_rewound_turns_and_answers_without_an_id(
    sessions: BilledSessions, tmp_path: Path
) -> None:
    config = sessions.without("of one", tmp_path / "config")
    path = config / sessions.claude.transcript(sessions.ids["two"]).relative_to(sessions.claude.config)
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    answers = [row for row in rows if row.get("message", {}).get("id") in sessions.billed["two"]]
    advisor = {"type": "advisor_message", "model": "claude-advisor", "input_tokens": 51_000, "output_tokens": 900}
    advisor |= {"cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
    for row in answers:
        row["message"]["usage"]["iterations"] = [advisor]
    del answers[-1]["message"]["id"]
    answers[-1]["parentUuid"] = answers[0]["parentUuid"]  # as after `/rewind`
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    savings = look(sessions, config)
    assert savings.total == ccusage(sessions.claude, config)
    assert "claude-advisor" in {model for bill in savings.spent for model in bill.models}
    tree = {bill.node.id: bill.node.own for bill in savings.spent}
    assert {bill.node.id: bill.tokens for bill in savings.spent} == tree


def ccusage(claude: Claude, config: Path) -> Tokens:
    """What ccusage says of all sessions."""
    program = RIGS / "ccusage/node_modules/.bin/ccusage"
    if not program.exists():
        missing("ccusage", "claude.sh")
    env = {**os.environ, "CLAUDE_CONFIG_DIR": str(config), "HOME": str(claude.home)}
    done = subprocess.run(
        [program, "claude", "session", "--json", "--offline"], env=env, capture_output=True, check=True, timeout=90
    )
    theirs = json.loads(done.stdout)["totals"]
    names = "inputTokens", "outputTokens", "cacheReadTokens", "cacheCreationTokens"
    return Tokens(*(theirs[name] for name in names))


def test_forks_by_parent(sessions: BilledSessions) -> None:
    savings = look(sessions)
    names = {identity: name for name, identity in sessions.ids.items()}
    forks = {
        names[family.parent.id]: {names[start.node.id] for start in family.starts}
        for family in savings.families
        if family.parent
    }
    assert forks == {"base": {"one", "two"}, "one": {"of one"}}
    assert not any(start.cold for start in savings.starts)
    assert savings.hint is None
    sums = {names[family.parent.id]: family.arithmetic for family in savings.families if family.parent}
    assert sums["base"].saved == min(sums["base"].contexts)
    assert sums["one"].saved == 0


def test_a_cold_start(sessions: BilledSessions, tmp_path: Path) -> None:
    config = sessions.without("of one", tmp_path / "config")
    path = config / sessions.claude.transcript(sessions.ids["two"]).relative_to(sessions.claude.config)
    own = sessions.billed["two"]
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    first = next(row["message"]["id"] for row in rows if row.get("message", {}).get("id") in own)
    for row in rows:
        if row.get("message", {}).get("id") == first:
            usage = row["message"]["usage"]
            usage["cache_creation_input_tokens"] += usage["cache_read_input_tokens"]
            usage["cache_read_input_tokens"] = 0
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    savings = look(sessions, config)
    (cold,) = (start for start in savings.starts if start.cold)
    assert cold.node.id == sessions.ids["two"]
    assert cold.paid_again == cold.context
    assert savings.hint is not None
