"""What the tests of cleaning up share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forksight.features.sessions.settle import settled_tree
from tests.claude.conftest import claude, model  # noqa: F401 - fixtures, by their names
from tests.cleanup.fork_at_risk import ForkAtRisk
from tests.cleanup.forks_repo import OLD, Forked, ForksRepo
from tests.conftest import Checkout
from tests.forks.conftest import _no_outer_session, sessions_repo  # noqa: F401 - fixtures, by their names
from tests.forks.sessions_repo import SessionsRepo
from tests.lsp.client import BARE, Editor, Json
from tests.lsp.person import Person


@pytest.fixture
def forks_repo(sessions_repo: SessionsRepo) -> ForksRepo:  # noqa: F811 - the fixture
    """A repository with a session to fork."""
    parent = sessions_repo.session(age=10 * OLD)
    return ForksRepo(sessions_repo.repo, sessions_repo.config, sessions_repo.env, parent=parent)


@pytest.fixture
def fork_at_risk(forks_repo: ForksRepo, tmp_path_factory: pytest.TempPathFactory) -> ForkAtRisk:
    """Its backup is outside the folder that it copies."""
    return ForkAtRisk(forks_repo, tmp_path_factory.mktemp("backup"))


@pytest.fixture
def opened(forks_repo: ForksRepo) -> Iterator[Callable[..., Editor]]:
    """Starts an editor in the main checkout."""
    started: list[Editor] = []

    def start(person: Person | None = None, capabilities: Json = BARE) -> Editor:
        editor = Editor.start(forks_repo.repo.path, env=forks_repo.env).answer_as_usual()
        started.append(editor)
        if person is not None:
            editor.answers["window/showMessageRequest"] = person
        editor.initialize(forks_repo.repo.path, capabilities=capabilities)
        return editor

    yield start
    for editor in started:
        editor.kill()


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
