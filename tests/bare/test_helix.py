"""An editor with nothing of ours in it: the lines of docs/editors.md, and the whole story works."""

import re
import shutil
from collections.abc import Iterator

import pytest

from tests.bare.documented_setup import MESSAGE, MINE, Setting, documented
from tests.neovim.rig import Screen
from tests.neovim.shop import LOOP, THEIRS
from tests.rigs import RIGS, missing

pytestmark = pytest.mark.helix


@pytest.fixture
def screen(setting: Setting) -> Iterator[Screen]:
    """Helix on the file that the session edits too, the same lines edited and not saved."""
    rig = RIGS / "helix"
    binary = rig / "bin/hx" if (rig / "bin/hx").exists() else shutil.which("hx")
    if binary is None:
        missing("Helix", "helix.sh")
    languages, settings = documented("Helix", "toml")
    setting.write(".config/helix/languages.toml", re.sub(r"(language-servers = ).*", r'\1["forksight"]', languages))
    setting.write(".config/helix/config.toml", settings)
    runtime = str(rig / "usr/lib/hx/runtime")
    with setting.run([str(binary), f"shop/checkout.py:{LOOP + 1}"], HELIX_RUNTIME=runtime) as screen:
        screen.wait("range\\(3\\)")
        screen.press("g", "s", "v", "g", "l", "c", MINE.strip(), "Escape")
        screen.wait(rf"(?s){MESSAGE}.* NOR ")
        yield screen


def leave(screen: Screen, done: str) -> None:
    """Press Escape, and wait until the screen shows that it was read: what follows it at once would be Alt with it."""
    screen.press("Escape")
    screen.wait(done)


def choose(screen: Screen, title: str) -> None:
    """Pick a code action."""
    screen.press("Space", "a")
    menu = screen.wait(re.escape(title))
    lines = [
        line for line in menu.splitlines() if re.search("feature/pay", line) and "merging" not in line.split("  ")[0]
    ]
    screen.press(*["Down"] * next(i for i, line in enumerate(lines) if title in line), "Enter")


def test_a_warning_under_the_line_that_moves_and_goes(screen: Screen, setting: Setting) -> None:
    shown = screen.wait(MESSAGE).splitlines()
    (row,) = [number for number, line in enumerate(shown) if re.search(MESSAGE, line)]
    assert "settings.RETRIES" in shown[row - 1]
    screen.press("g", "g", "O", "# typed above")
    screen.wait("(?s)# typed above.* INS ")
    leave(screen, " NOR ")
    screen.press(str(LOOP + 2), "G")
    screen.wait(rf"{LOOP + 2} .*settings\.RETRIES.*\n.*{MESSAGE}")
    setting.shop.revert_pay()
    screen.wait(r"settings\.RETRIES\): *\n +\d+ .*try:")


def test_hover_and_code_actions(screen: Screen, setting: Setting) -> None:
    screen.press("Space", "k")
    shown = re.escape("+" + THEIRS)
    screen.wait(shown)
    leave(screen, rf"(?s)\A(?!.*{shown})")
    choose(screen, "Take feature/pay's version")
    screen.wait(re.escape(THEIRS.strip()))
    screen.wait("made the same change here")


def test_commands(screen: Screen, setting: Setting) -> None:
    screen.press(':lsp-workspace-command forksight.forkSession {"branch":"feature/auth"}', "Enter")
    screen.wait("no baseline yet")
    screen.press(":lsp-workspace-command forksight.showOverlaps", "Enter")
    screen.wait(rf"- line {LOOP + 1}: {MESSAGE}")
