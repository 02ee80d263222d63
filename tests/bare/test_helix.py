"""An editor with nothing of ours in it: the lines of docs/editors.md, and the whole story works."""

import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.neovim import shop as shops
from tests.neovim.rig import Screen
from tests.neovim.shop import LOOP, THEIRS, Shop
from tests.rigs import RIGS, ROOT, missing

pytestmark = pytest.mark.helix
CHAPTER = (ROOT / "docs/editors.md").read_text().partition("\n## Helix\n")[2].partition("\n## ")[0]
MESSAGE = r"feature/pay changed these lines too \(uncommitted, since \d\d:\d\d\): merging will conflict"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = shops.make(tmp_path)
    shop.edit_pay()
    return shop


@pytest.fixture
def screen(tmp_path: Path, shop: Shop) -> Iterator[Screen]:
    """Helix on the file that the session edits too, set up as the documentation says."""
    rig = RIGS / "helix"
    binary = rig / "bin/hx" if (rig / "bin/hx").exists() else shutil.which("hx")
    if binary is None:
        missing("Helix", "helix.sh")
    languages, settings = re.findall(r"```toml\n(.*?)```", CHAPTER, re.DOTALL)
    folder = tmp_path / "home/.config/helix"
    folder.mkdir(parents=True)
    (folder / "languages.toml").write_text(re.sub(r"(language-servers = ).*", r'\1["forksight"]', languages))
    (folder / "config.toml").write_text(settings)
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "HELIX_RUNTIME": str(rig / "usr/lib/hx/runtime"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    screen = Screen(f"forksight-{uuid.uuid4().hex[:8]}", env)
    try:
        screen.start(shop.main, [str(binary), f"shop/checkout.py:{LOOP + 1}"], (110, 40))
        screen.wait("range\\(3\\)")
        screen.press("g", "s", "v", "g", "l", "c", "for attempt in range(settings.RETRIES):", "Escape")
        screen.wait(rf"(?s){MESSAGE}.* NOR ")
        yield screen
    finally:
        screen.tmux("kill-server", check=False)


def choose(screen: Screen, title: str) -> None:
    """Pick a code action."""
    screen.press("Space", "a")
    menu = screen.wait(re.escape(title))
    lines = [
        line for line in menu.splitlines() if re.search("feature/pay", line) and "merging" not in line.split("  ")[0]
    ]
    screen.press(*["Down"] * next(i for i, line in enumerate(lines) if title in line), "Enter")


def test_a_warning_under_the_line_that_moves_and_goes(screen: Screen, shop: Shop) -> None:
    shown = screen.wait(MESSAGE).splitlines()
    (row,) = [number for number, line in enumerate(shown) if re.search(MESSAGE, line)]
    assert "settings.RETRIES" in shown[row - 1]
    screen.press("g", "g", "O", "# typed above", "Escape")
    screen.wait(" NOR ")  # what follows Escape at once would be Alt with it
    screen.press(str(LOOP + 2), "G")
    screen.wait(rf"{LOOP + 2} .*settings\.RETRIES.*\n.*{MESSAGE}")
    shop.revert_pay()
    screen.wait(r"settings\.RETRIES\): *\n +\d+ .*try:")


def test_hover_and_code_actions(screen: Screen, shop: Shop) -> None:
    screen.press("Space", "k")
    screen.wait(re.escape("+" + THEIRS))
    screen.press("Escape")
    choose(screen, "Take feature/pay's version")
    screen.wait(re.escape(THEIRS.strip()))
    screen.wait("made the same change here")


def test_commands(screen: Screen, shop: Shop) -> None:
    screen.press(':lsp-workspace-command forksight.forkSession {"branch":"feature/auth"}', "Enter")
    screen.wait("no baseline yet")
    screen.press(":lsp-workspace-command forksight.showOverlaps", "Enter")
    screen.wait(rf"- line {LOOP + 1}: {MESSAGE}")
