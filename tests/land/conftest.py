"""What the tests of landing share."""

import pytest

from tests.cleanup.conftest import opened, stage, yard  # noqa: F401 - fixtures, by their names
from tests.cleanup.yard import Yard
from tests.forks.conftest import _no_outer_session  # noqa: F401 - a fixture
from tests.land.world import World


@pytest.fixture
def world(yard: Yard, tmp_path_factory: pytest.TempPathFactory) -> World:  # noqa: F811 - the fixture
    return World.with_code(yard, tmp_path_factory.mktemp("backup"))
