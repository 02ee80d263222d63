"""What the tests of cleaning up share."""

import pytest

from tests.claude.conftest import claude, model  # noqa: F401 - fixtures, by their names
from tests.cleanup.yard import OLD, Yard
from tests.forks.conftest import _no_outer_session, stage  # noqa: F401 - fixtures, by their names
from tests.forks.stage import Stage


@pytest.fixture
def yard(stage: Stage) -> Yard:  # noqa: F811 - the fixture
    """A repository with a session to fork."""
    return Yard(stage, stage.session(age=10 * OLD))
