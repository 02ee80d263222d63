"""What the tests of landing share."""

import pytest

from tests.cleanup.conftest import forks_repo, opened, sessions_repo  # noqa: F401 - fixtures, by their names
from tests.cleanup.forks_repo import ForksRepo
from tests.forks.conftest import _no_outer_session  # noqa: F401 - a fixture
from tests.land.world import World


@pytest.fixture
def world(forks_repo: ForksRepo, tmp_path_factory: pytest.TempPathFactory) -> World:  # noqa: F811 - the fixture
    return World.with_code(forks_repo, tmp_path_factory.mktemp("backup"))
