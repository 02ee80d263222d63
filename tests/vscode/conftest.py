"""Fixtures that run a real VS Code. Without it the tests are skipped, except in CI, where that is a failure."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.neovim import shop as shops
from tests.neovim.shop import Shop
from tests.rigs import missing
from tests.vscode import rig as rigs
from tests.vscode.rig import Editor, Rig, Window

BOB = {"NAME": "Bob", "EMAIL": "bob@example.org"}


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "vscode" in item.path.parts:
            item.add_marker(pytest.mark.vscode)
            item.add_marker(pytest.mark.xdist_group("vscode"))  # one at a time: each is several busy processes
            item.add_marker(pytest.mark.timeout(1200))  # they take 15 seconds, on a machine that does nothing else
            # VS Code's own smoke tests are tried three times. Here twice: the report names what failed the first time ("R")
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def rig() -> Rig:
    """The real VS Code of scripts/rigs/vscode.sh."""
    rigs_folder = rigs.find()
    if rigs_folder is None:
        missing("the real VS Code", "vscode.sh")
    return rigs_folder


@pytest.fixture
def editor(rig: Rig, tmp_path: Path) -> Editor:
    """A VS Code with a home of its own."""
    home = tmp_path / "home"
    home.mkdir()
    return Editor(rig, home, {})


@pytest.fixture(scope="session")
def window(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """Bob's VS Code with the usual settings, for all stories that need no other: starting one takes as long as a short story."""
    home = tmp_path_factory.mktemp("window").resolve() / "home"
    home.mkdir()
    names = {f"GIT_{who}_{part}": value for who in ("AUTHOR", "COMMITTER") for part, value in BOB.items()}
    with Editor(rig, home, {**names, "XDG_DATA_HOME": str(home / "data")}).serve() as window:
        yield window


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """The repository of the stories."""
    return shops.make(tmp_path)
