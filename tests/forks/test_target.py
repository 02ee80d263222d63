"""Where a fork is going to work, in repositories that are not one folder with its `.git` in it."""

from pathlib import Path

from tests.conftest import Checkout
from tests.forks.stage import Stage


def staged_in(stage: Stage, repo: Checkout) -> Stage:
    """The same for another repository, with a baseline."""
    other = Stage(repo, stage.config, stage.env)
    other.mark(other.session())
    return other


def test_forks_of_a_submodule_lie_in_its_checkout(stage: Stage, tmp_path: Path) -> None:
    repo = stage.repo
    repo.git("clone", "--quiet", str(repo.path), str(tmp_path / "library"))
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "library"), "lib")
    inner = staged_in(stage, Checkout(repo.path / "lib"))
    outcome = inner.fork("topic")
    assert outcome.proposal.worktree == f"{repo.path}/lib/.claude/worktrees/topic"
    assert Path(outcome.proposal.worktree, "app.py").exists()
    assert not inner.repo.git("status", "--porcelain"), "the folder of worktrees is ignored"
