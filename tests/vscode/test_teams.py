"""A colleague's lines, which no commit has, in a real VS Code where sharing is turned on: the remote is a bare repository."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo
from tests.neovim.shop import CHECKOUT, EDITS, LOOP, THEIRS, Shop
from tests.teams.machines import Machine
from tests.vscode.rig import Window
from tests.vscode.test_overlaps import MINE


@dataclass(frozen=True)
class Team:
    """Ada edits the loop of `pay()` in her clone; Bob edits it too, in the shop's main worktree."""

    ada: Machine
    bob: Machine


@pytest.fixture
def team(window: Window, shop: Shop, tmp_path: Path) -> Team:
    """Ada's edit is published, and nobody has committed anything."""
    remote, place = tmp_path.resolve() / "shop.git", tmp_path.resolve() / "ada"
    shop.git("clone", "--quiet", "--bare", str(shop.main), str(remote))
    shop.git("remote", "add", "origin", str(remote))
    shop.git("fetch", "--quiet", "origin")
    shop.git("config", "forksight.teams.poll", "1")
    place.mkdir()
    shop.git("clone", "--quiet", str(remote), "shop", cwd=place)
    shop.git("checkout", "--quiet", "-b", "feature/backoff", cwd=place / "shop")
    ada = Machine("Ada", place / "data", Checkout(place / "shop"))
    bob = Machine("Bob", window.editor.home / "data", Checkout(shop.main))
    lines = CHECKOUT.splitlines()
    ada.write({"shop/checkout.py": "".join(f"{EDITS.get(line, line)}\n" for line in lines), "NOTES": "Retry later.\n"})
    lines[LOOP] = MINE
    bob.write({"shop/checkout.py": "".join(f"{line}\n" for line in lines)})
    ada.run("share", "on", "--yes")
    session = SessionsRepo(ada.clone, ada.claude).session("shop", reads=["shop/checkout.py"])
    ada.run("baseline", "set", session, "--name", "shop-core")
    ada.run("baseline", "publish", "--yes")
    return Team(ada, bob)


def test_a_colleagues_lines_and_what_can_be_done_about_them(window: Window, team: Team) -> None:
    folder, theirs = team.bob.clone.path, team.ada.clone.path
    window.play(
        "teams",
        folder=folder,
        file=folder / "shop/checkout.py",
        line=LOOP + 1,
        ours=MINE,
        theirs=THEIRS,
        before=CHECKOUT,
        ada={"folder": theirs, "file": theirs / "shop/checkout.py", "env": team.ada.env},
    )
    assert "backoff" not in (folder / "shop/checkout.py").read_text()  # taken, but not saved
    assert len([*window.editor.home.glob(".claude/projects/*/*.jsonl")]) == 1
