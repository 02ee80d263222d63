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
from tests.claude.rig import Claude
from tests.rigs import RIGS, missing

pytestmark = [pytest.mark.claude, pytest.mark.xdist_group("claude-family")]


def look(family: BilledSessions, config: Path | None = None) -> Savings:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAUDE_CONFIG_DIR", str(config or family.claude.config))
        return savings(Forksight().open(str(family.repo.path)))


def test_each_session_paid_what_the_tree_says(family: BilledSessions) -> None:
    savings, nodes = look(family), family.named(family.tree())
    assert savings.problems == ()
    tokens = {bill.node.id: bill.tokens for bill in savings.spent}
    assert tokens == {node.id: node.own for node in nodes.values()}
    assert all(model for bill in savings.spent for model in bill.models)


def test_all_was_billed_once(family: BilledSessions) -> None:
    recorded = set().union(*(family.recorded(name) for name in family.ids))
    usages = [family.claude.model.usages[message] for message in recorded]
    names = "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"
    assert look(family).total == Tokens(*(sum(usage[name] for usage in usages) for name in names))


def test_the_sum_is_ccusages(family: BilledSessions) -> None:
    assert look(family).total == ccusage(family.claude, family.claude.config)


def test_the_sum_is_ccusages_with_advisors_rewound_turns_and_answers_without_an_id(
    family: BilledSessions, tmp_path: Path
) -> None:
    config = family.without("fork of fork", tmp_path / "config")
    path = config / family.claude.transcript(family.ids["sibling"]).relative_to(family.claude.config)
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    answers = [row for row in rows if row.get("message", {}).get("id") in family.billed["sibling"]]
    advisor = {"type": "advisor_message", "model": "claude-advisor", "input_tokens": 51_000, "output_tokens": 900}
    advisor |= {"cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}
    for row in answers:
        row["message"]["usage"]["iterations"] = [advisor]
    del answers[-1]["message"]["id"]
    answers[-1]["parentUuid"] = answers[0]["parentUuid"]  # as after `/rewind`
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    savings = look(family, config)
    assert savings.total == ccusage(family.claude, config)
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
        [program, "claude", "session", "--json", "--offline"], env=env, capture_output=True, check=True, timeout=240
    )
    theirs = json.loads(done.stdout)["totals"]
    names = "inputTokens", "outputTokens", "cacheReadTokens", "cacheCreationTokens"
    return Tokens(*(theirs[name] for name in names))


def test_forks_by_parent(family: BilledSessions) -> None:
    savings = look(family)
    names = {identity: name for name, identity in family.ids.items()}
    by_parent = {names[forked.parent.id]: forked for forked in savings.families if forked.parent}
    forks = {parent: {names[start.node.id] for start in forked.starts} for parent, forked in by_parent.items()}
    assert forks == {"base": {"fork", "sibling", "late"}, "fork": {"fork of fork"}}
    assert not any(start.cold for start in savings.starts)
    assert savings.hint is None
    sums = {parent: forked.arithmetic for parent, forked in by_parent.items()}
    contexts = sums["base"].contexts
    assert sums["base"].saved == sum(contexts) - max(contexts)
    assert sums["fork"].saved == 0


def test_a_cold_start(family: BilledSessions, tmp_path: Path) -> None:
    config = family.without("fork of fork", tmp_path / "config")
    path = config / family.claude.transcript(family.ids["sibling"]).relative_to(family.claude.config)
    own = family.billed["sibling"]
    rows = [json.loads(line) for line in path.read_bytes().splitlines()]
    first = next(row["message"]["id"] for row in rows if row.get("message", {}).get("id") in own)
    for row in rows:
        if row.get("message", {}).get("id") == first:
            usage = row["message"]["usage"]
            usage["cache_creation_input_tokens"] += usage["cache_read_input_tokens"]
            usage["cache_read_input_tokens"] = 0
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    savings = look(family, config)
    (cold,) = (start for start in savings.starts if start.cold)
    assert cold.node.id == family.ids["sibling"]
    assert cold.paid_again == cold.context
    assert savings.hint is not None
