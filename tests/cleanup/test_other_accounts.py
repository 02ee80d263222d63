"""Sessions of other accounts, and those that are listed nowhere, are neither deleted nor idle."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Bar
from forksight.core.sessions.session import State
from forksight.features.sessions.tree import fork_tree
from tests.cleanup.yard import Forked, Yard


def test_another_accounts_session_is_not_taken_for_deleted(
    yard: Yard, made: Forked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    yard.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "pay")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "another"))
    entry = yard.proposed()[made.id]
    assert entry.at_risk
    assert str(yard.stage.config) in entry.unseen[0]
    yard.clean()
    assert made.checkout.path.exists()


def test_a_live_session_of_another_account_is_live(
    yard: Yard, made: Forked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The ledger knows in which folder of Claude Code's the fork was seen; that one lists who runs it."""
    yard.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "pay")
    yard.stage.run_in(made.id, str(made.checkout.path))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "another"))
    entry = yard.proposed()[made.id]
    assert [hold.bar for hold in entry.holds] == [Bar.LIVE]
    node = next(node for node in fork_tree(yard.stage.context()).nodes if node.id == made.id)
    assert node.state is State.LIVE_IDLE
    assert yard.stage.cli("resume", made.id, "--print").returncode == 1
    yard.clean()
    assert made.checkout.path.exists()


@contextmanager
def claude_code(at: Path, **environment: str) -> Iterator[int]:
    """A process that the system knows as `claude`, working there."""
    binary = at.parent / "bin" / "claude"
    if not binary.exists():
        binary.parent.mkdir()
        binary.symlink_to("/bin/sleep")
    process = subprocess.Popen([binary, "300"], cwd=at, env={**os.environ, **environment})
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


def test_a_claude_code_that_no_account_lists_is_at_work(yard: Yard) -> None:
    """Headless ones are not listed, and those of another account elsewhere than where we look."""
    fork = yard.fork("pay")
    fork.checkout.commit({"p": "p\n"})
    bare = yard.repo.worktree("bare", "bare")
    bare.commit({"b": "b\n"})
    yard.repo.git("merge", "--quiet", "--no-edit", "pay", "bare")
    with claude_code(fork.checkout.path) as pid, claude_code(bare.path):
        (entry,) = yard.plan().entries
        assert [(hold.bar, hold.pid) for hold in entry.holds] == [(Bar.LIVE, pid)]
        assert f"process {pid} of Claude Code works there" in entry.stays[0]
    assert [(entry.at_risk, entry.holds) for entry in yard.plan().entries] == [(False, ())] * 2


def test_a_running_claude_code_tells_of_its_accounts_folder(yard: Yard, tmp_path: Path) -> None:
    """Its sessions, in whatever folder it was started, are live too."""
    fork = yard.fork("pay")
    fork.checkout.commit({"p": "p\n"})
    yard.repo.git("merge", "--quiet", "pay")
    other = tmp_path / "other"
    (other / "sessions").mkdir(parents=True)
    with claude_code(tmp_path, CLAUDE_CONFIG_DIR=str(other)) as pid:
        state = {"pid": pid, "sessionId": "another", "cwd": str(fork.checkout.path), "startedAt": time.time() * 1000}
        (other / "sessions" / f"{pid}.json").write_text(json.dumps(state))
        (entry,) = yard.plan().entries
        assert entry.worktree is None
        assert f"process {pid} of Claude Code works there" in entry.stays[0]


def test_a_session_of_a_container_may_be_at_work(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.commit({"p": "p\n"})
    yard.repo.git("merge", "--quiet", "pay")
    yard.stage.run_in(fork.id, str(fork.checkout.path))
    (listed,) = (yard.stage.config / "sessions").iterdir()
    listed.write_text(json.dumps({**json.loads(listed.read_text()), "pidDomain": "box pid:[1]"}))
    (entry,) = yard.plan().entries
    assert entry.at_risk
    assert "nobody can look whether it runs" in entry.unseen[-1]
    yard.clean()
    assert fork.checkout.path.exists()
