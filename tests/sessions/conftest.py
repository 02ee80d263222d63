"""What the tests of sessions share."""

from tests.cleanup.conftest import yard  # noqa: F401
from tests.forks.conftest import stage, warm  # noqa: F401 - fixtures, by their names
