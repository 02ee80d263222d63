"""What the tests of cleaning up share."""

from pathlib import Path

import pytest

from forksight.features.sessions.settle import settled_tree
from tests.cleanup.fork_at_risk import ForkAtRisk
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.conftest import Checkout


@pytest.fixture
def fork_at_risk(forks_repo: ForksRepo, tmp_path_factory: pytest.TempPathFactory) -> ForkAtRisk:
    """Its backup is outside the folder that it copies."""
    return ForkAtRisk(forks_repo, tmp_path_factory.mktemp("backup"))


@pytest.fixture
def made(forks_repo: ForksRepo) -> Forked:
    """A fork that Forksight made, begun and settled, with a commit that main has."""
    forks_repo.mark(forks_repo.parent)
    fork = forks_repo.fork("pay").proposal.fork
    assert fork is not None
    assert fork.session is not None
    forks_repo.fork_of(forks_repo.parent, fork.session, fork.worktree, "pay")
    forked = Forked(fork.session, Checkout(Path(fork.worktree)), "pay")
    forked.checkout.commit({"p": "p\n"})
    settled_tree(forks_repo.context())
    return forked
