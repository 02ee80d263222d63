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
from tests.cleanup.forks_repo import Forked, ForksRepo


def test_another_accounts_session_is_not_taken_for_deleted(
    forks_repo: ForksRepo, settled_fork: Forked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    forks_repo.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "pay")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "another"))
    entry = forks_repo.proposed()[settled_fork.id]
    assert entry.at_risk
    assert str(forks_repo.config) in entry.unseen[0]
    forks_repo.clean()
    assert settled_fork.checkout.path.exists()


def test_a_live_session_of_another_account_is_live(
    forks_repo: ForksRepo, settled_fork: Forked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The ledger knows in which folder of Claude Code's the fork was seen; that one lists who runs it."""
    forks_repo.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", "pay")
    forks_repo.run_in(settled_fork.id, str(settled_fork.checkout.path))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "another"))
    entry = forks_repo.proposed()[settled_fork.id]
    assert [hold.bar for hold in entry.holds] == [Bar.LIVE]
    node = next(node for node in fork_tree(forks_repo.context()).nodes if node.id == settled_fork.id)
    assert node.state is State.LIVE_IDLE
    assert forks_repo.cli("resume", settled_fork.id, "--print").returncode == 1
    forks_repo.clean()
    assert settled_fork.checkout.path.exists()


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


def test_a_claude_code_that_no_account_lists_is_at_work(forks_repo: ForksRepo) -> None:
    """Headless ones are not listed, and those of another account elsewhere than where we look."""
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({"p": "p\n"})
    bare = forks_repo.repo.worktree("bare", "bare")
    bare.commit({"b": "b\n"})
    forks_repo.repo.git("merge", "--quiet", "--no-edit", "pay", "bare")
    with claude_code(fork.checkout.path) as pid, claude_code(bare.path):
        (entry,) = forks_repo.plan().entries
        assert [(hold.bar, hold.pid) for hold in entry.holds] == [(Bar.LIVE, pid)]
        assert f"process {pid} of Claude Code works there" in entry.stays[0]
    assert [(entry.at_risk, entry.holds) for entry in forks_repo.plan().entries] == [(False, ())] * 2


def test_a_running_claude_code_tells_of_its_accounts_folder(forks_repo: ForksRepo, tmp_path: Path) -> None:
    """Its sessions, in whatever folder it was started, are live too."""
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({"p": "p\n"})
    forks_repo.repo.git("merge", "--quiet", "pay")
    other = tmp_path / "other"
    (other / "sessions").mkdir(parents=True)
    with claude_code(tmp_path, CLAUDE_CONFIG_DIR=str(other)) as pid:
        state = {"pid": pid, "sessionId": "another", "cwd": str(fork.checkout.path), "startedAt": time.time() * 1000}
        (other / "sessions" / f"{pid}.json").write_text(json.dumps(state))
        (entry,) = forks_repo.plan().entries
        assert entry.worktree is None
        assert f"process {pid} of Claude Code works there" in entry.stays[0]


def test_a_session_of_a_container_may_be_at_work(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({"p": "p\n"})
    forks_repo.repo.git("merge", "--quiet", "pay")
    forks_repo.run_in(fork.id, str(fork.checkout.path))
    (listed,) = (forks_repo.config / "sessions").iterdir()
    listed.write_text(json.dumps({**json.loads(listed.read_text()), "pidDomain": "linux:another-machine:pid:[1]"}))
    (entry,) = forks_repo.plan().entries
    assert entry.at_risk
    assert "nobody can look whether it runs" in entry.unseen[-1]
    forks_repo.clean()
    assert fork.checkout.path.exists()
