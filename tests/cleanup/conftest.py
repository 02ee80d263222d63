"""What the tests of cleaning up share."""

from pathlib import Path

import pytest

from forksight.features.sessions.settle import settled_tree
from tests.cleanup.fork_at_risk import ForkAtRisk
from tests.cleanup.forks_repo import Forked, ForksRepo


@pytest.fixture
def fork_at_risk(own_home: Path, forks_repo: ForksRepo, tmp_path_factory: pytest.TempPathFactory) -> ForkAtRisk:
    """Its backup is outside the folder that it copies."""
    return ForkAtRisk(forks_repo, tmp_path_factory.mktemp("backup"))


@pytest.fixture
def settled_fork(forks_repo: ForksRepo) -> Forked:
    """A fork on `pay` that Forksight made, begun and settled, with a commit of its own."""
    forks_repo.mark(forks_repo.parent)
    fork = forks_repo.make_fork("pay")
    forks_repo.fork_of(forks_repo.parent, fork.id, str(fork.checkout.path), "pay")
    fork.checkout.commit({"p": "p\n"})
    settled_tree(forks_repo.context())
    return fork
