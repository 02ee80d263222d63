"""What the tests of savings share."""

from tests.claude.conftest import model  # noqa: F401 - a fixture, by its name
from tests.cleanup.conftest import forks_repo  # noqa: F401
from tests.forks.conftest import _no_outer_session, sessions_repo  # noqa: F401
