"""Emacs with eglot and the lines of docs/editors.md: nothing of ours runs in it."""

import re
import shutil
from collections.abc import Iterator

import pytest

from tests.bare.documented_setup import MESSAGE, MINE, Setting, documented, row_of
from tests.neovim.rig import Screen
from tests.neovim.shop import LOOP, THEIRS
from tests.rigs import RIGS, missing

pytestmark = pytest.mark.emacs
INIT, COMMAND = documented("Emacs (eglot)", "elisp")


@pytest.fixture
def screen(setting: Setting) -> Iterator[Screen]:
    """Emacs on the file that the session edits too, the same lines edited and not saved."""
    rig = RIGS / "emacs/bin/emacs"
    binary = str(rig) if rig.exists() else shutil.which("emacs")
    if binary is None:
        missing("Emacs", "emacs.sh")
    setting.write(".emacs.d/init.el", INIT)
    with setting.run([binary, "-nw", f"+{LOOP + 1}", "shop/checkout.py"]) as screen:
        screen.wait("Connected!")
        screen.press("C-a", "C-k", MINE)
        screen.wait(MESSAGE)
        yield screen


def test_a_warning_on_the_line_that_moves_and_goes(screen: Screen, setting: Setting) -> None:
    shown = screen.wait(r"! +for attempt in range\(settings\.RETRIES\)")
    before = row_of(shown, r"settings\.RETRIES")
    screen.press("M-<", "# typed above", "Enter")
    moved = screen.wait(r"(?s)# typed above.*\n! +for attempt in range\(settings\.RETRIES\)")
    assert row_of(moved, r"settings\.RETRIES") == before + 1
    setting.shop.revert_pay()
    screen.wait(r"\n +for attempt in range\(settings\.RETRIES\)")


def test_their_version_and_taking_it(screen: Screen) -> None:
    screen.press("C-h", ".")
    screen.wait(re.escape("+" + THEIRS))
    screen.press("M-x")
    screen.type("eglot-code-actions")
    screen.wait("Pick an action")
    screen.type("Take feature/pay's version of these lines")
    screen.wait(r"(?m)^.? +for delay in backoff\(first=0\.2, times=5\):")


def test_a_command_by_its_name(screen: Screen, setting: Setting) -> None:
    uri = (setting.shop.main / "shop/checkout.py").as_uri()
    screen.press("M-:")
    screen.type(COMMAND.strip().replace("file:///…", uri))
    screen.wait(rf"line {LOOP + 1}: feature/pay changed these lines too")
