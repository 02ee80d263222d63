"""What the tests of plans share: the stage of the forks."""

from tests.claude.conftest import claude, model  # noqa: F401 - fixtures, by their names
from tests.forks.conftest import _no_outer_session, stage, warm  # noqa: F401 - fixtures, by their names
