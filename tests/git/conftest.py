"""What the tests of git share."""

import pytest

from forksight.adapters.git.worktrees.maker import GitWorktreeMaker
from tests.conftest import Checkout
from tests.forks.conftest import common_dir


@pytest.fixture
def maker(repo: Checkout) -> GitWorktreeMaker:
    """Makes worktrees and branches of the repository."""
    return GitWorktreeMaker(common_dir(repo))


def head(repo: Checkout) -> str:
    """The commit that the main checkout is at."""
    return repo.git("rev-parse", "HEAD")


def place(repo: Checkout, name: str = "x") -> str:
    """Where a worktree of that name goes."""
    return str(repo.path / ".claude" / "worktrees" / name)
