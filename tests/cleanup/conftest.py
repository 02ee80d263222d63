"""What the tests of cleaning up share."""

from collections.abc import Callable, Iterator

import pytest

from tests.claude.conftest import claude, model  # noqa: F401 - fixtures, by their names
from tests.cleanup.yard import OLD, Yard
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
        editor = Editor.start(yard.repo.path, env=yard.stage.env)
        started.append(editor)
        if person is not None:
            editor.answers["window/showMessageRequest"] = person
        editor.answers["window/showDocument"] = lambda _: {"success": True}
        editor.answers["window/workDoneProgress/create"] = lambda _: None
        editor.answers["workspace/configuration"] = lambda _: [None]
        editor.answers["client/registerCapability"] = lambda _: None
        editor.initialize(yard.repo.path, capabilities=capabilities)
        return editor

    yield start
    for editor in started:
        editor.kill()
