"""What the tests of landing share."""

from tests.cleanup.conftest import opened, stage, yard  # noqa: F401 - fixtures, by their names
from tests.forks.conftest import _no_outer_session  # noqa: F401 - a fixture
