"""What the tests of `show` share."""

from tests.cleanup.conftest import forks_repo, opened, sessions_repo  # noqa: F401 - fixtures, by their names
from tests.forks.conftest import _no_outer_session  # noqa: F401 - a fixture
