"""Cleaning up and restoring what the real Claude Code wrote: what is brought back is resumed by it."""

import json
from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Bar
from tests.claude.rig import Claude
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.conftest import Checkout
from tests.waiting import wait_for

pytestmark = pytest.mark.claude


@pytest.fixture
def real(repo: Checkout, claude: Claude, monkeypatch: pytest.MonkeyPatch) -> ForksRepo:
    """A repository with a session of the real Claude Code."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(claude.config))
    parent = claude.start(repo.path, "READ app.py\nlearn")
    return ForksRepo(repo, claude.config, parent=parent)


def fork(forks_repo: ForksRepo, claude: Claude, prompt: str) -> Forked:
    checkout = forks_repo.repo.worktree("pay", "feature/pay")
    return Forked(claude.fork(checkout.path, forks_repo.parent, prompt), checkout, "feature/pay")


def test_a_restored_session_is_resumed(real: ForksRepo, claude: Claude) -> None:
    pay = fork(real, claude, "WRITE notes.txt half\nAGENT READ app.py\nsecret word: heron")
    pay.checkout.commit({"pay.py": "x\n"}, "pay")
    pay.checkout.write({"logo.bin": b"\0\1\2\xff", "app.py": "changed\n"})
    before = real.state(pay)
    assert any("/subagents/" in path for path in before["transcripts"])
    assert real.clean("feature/pay", discard=[pay]).problems == ()
    refused = claude.run(real.repo.path, "-p", "--resume", pay.id, "--", "go on", ok=False)
    assert "No conversation found" in refused.stdout + refused.stderr

    real.restore("feature/pay")
    assert real.state(pay) == before
    claude.go_on(pay.checkout.path, pay.id, "what was the word?")
    asked = json.dumps(claude.model.requests[-1])
    assert "secret word: heron" in asked
    assert "what was the word?" in asked
    assert real.entry(pay).facts.node.rows.own > 0


def test_a_live_session_is_never_touched(real: ForksRepo, claude: Claude) -> None:
    pay = fork(real, claude, "hello")
    claude.trust(real.repo.path, pay.checkout.path)
    with claude.interactive(pay.checkout.path, "--resume", pay.id):
        holds = wait_for("the live session", lambda: real.entry(pay).holds)
        assert {hold.bar for hold in holds} == {Bar.LIVE}
        with pytest.raises(Exception, match="can't be cleaned up"):
            real.clean("feature/pay", discard=[pay])
        assert pay.checkout.path.exists()


def test_the_lock_that_claude_code_leaves_behind_holds_nothing(real: ForksRepo, claude: Claude) -> None:
    claude.run(real.repo.path, "-p", "--dangerously-skip-permissions", "--worktree", "tool", "--", "hello")
    place = real.repo.path / ".claude" / "worktrees" / "tool"
    assert "locked" in real.repo.git("worktree", "list", "--porcelain")
    made = Forked(claude.fork(place, real.parent, "go on"), Checkout(Path(place)), "worktree-tool")
    entry = real.entry(made)
    assert entry.facts.place is not None
    assert entry.facts.place.lock is not None
    assert entry.facts.place.lock.alive is False
    assert not entry.holds
