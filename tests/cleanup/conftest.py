"""What the tests of cleaning up share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forksight.features.sessions.settle import settled_tree
from tests.claude.conftest import claude, model  # noqa: F401 - fixtures, by their names
from tests.cleanup.yard import OLD, Forked, Yard
from tests.forks.conftest import _no_outer_session, stage  # noqa: F401 - fixtures, by their names
from tests.forks.stage import Stage
from tests.lsp.client import BARE, Editor, Json
from tests.lsp.person import Person


@pytest.fixture
def yard(stage: Stage) -> Yard:  # noqa: F811 - the fixture
    """A repository with a session to fork."""
    return Yard(stage, stage.session(age=10 * OLD))


@pytest.fixture
def opened(yard: Yard) -> Iterator[Callable[..., Editor]]:
    """Starts an editor in the main checkout."""
    started: list[Editor] = []

    def start(person: Person | None = None, capabilities: Json = BARE) -> Editor:
        editor = Editor.start(yard.repo.path, env=yard.stage.env).answer_as_usual()
        started.append(editor)
        if person is not None:
            editor.answers["window/showMessageRequest"] = person
        editor.initialize(yard.repo.path, capabilities=capabilities)
        return editor

    yield start
    for editor in started:
        editor.kill()


@pytest.fixture
def made(yard: Yard) -> Forked:
    """A fork that Forksight made, begun and settled, with a commit that main has."""
    yard.stage.mark(yard.parent)
    fork = yard.stage.fork("pay").proposal.fork
    assert fork is not None
    assert fork.session is not None
    yard.stage.fork_of(yard.parent, fork.session, fork.worktree, "pay")
    forked = Forked(fork.session, yard.at(Path(fork.worktree)), "pay")
    forked.checkout.commit({"p": "p\n"})
    settled_tree(yard.stage.context())
    return forked
