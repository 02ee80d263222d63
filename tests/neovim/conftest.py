"""Fixtures that run a real Neovim. Without it the tests are skipped, except in CI, where that is a failure."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.claude.rig import Claude
from tests.cleanup.forks_repo import ForksRepo
from tests.neovim import shop as shops
from tests.neovim.rig import Install, binary
from tests.neovim.shop import Shop
from tests.rigs import missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "neovim" in item.path.parts:
            item.add_marker(pytest.mark.neovim)


@pytest.fixture(params=["0.12", "0.11"])
def install(request: pytest.FixtureRequest, tmp_path: Path) -> Install:
    """A Neovim with a home of its own: the current version, and the oldest that is supported."""
    path = binary(request.param)
    if path is None:
        missing(f"Neovim {request.param}", "neovim.sh")
    home = tmp_path / "nvim"
    home.mkdir()
    return Install(path, home)


@pytest.fixture
def person(install: Install, claude: Claude) -> Install:
    """Neovim and Claude Code of one person."""
    path = f"{claude.path.parent}:{install.env['PATH']}"
    return replace(install, extra_env={**claude.env, "PATH": path})


@pytest.fixture
def tidy(install: Install, forks_repo: ForksRepo) -> Install:
    """The Neovim of a person with the sessions of a repository with forks."""
    return replace(install, extra_env=forks_repo.env)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """The repository of the stories."""
    return shops.make(tmp_path)
