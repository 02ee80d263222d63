"""What the tests of plans share: a repository with sessions."""

from tests.claude.conftest import claude, model  # noqa: F401 - fixtures, by their names
from tests.forks.conftest import _no_outer_session, baseline_id, sessions_repo  # noqa: F401 - fixtures, by their names
