"""Vim with ALE and the lines of docs/editors.md: nothing of ours runs in it."""

import re
import shutil
from collections.abc import Iterator

import pytest

from tests.bare.documented_setup import MINE, Setting, documented, row_of
from tests.neovim.rig import Screen
from tests.neovim.shop import LOOP, THEIRS
from tests.rigs import RIGS, missing

pytestmark = pytest.mark.vim
WARNED = r"--    for attempt in range\(settings\.RETRIES\): > feature/pay changed these lines too"


@pytest.fixture
def screen(setting: Setting) -> Iterator[Screen]:
    """Vim on the file that the session edits too, the same lines edited and not saved."""
    ale = RIGS / "vim/usr/share/vim-ale"
    binary = shutil.which("vim")
    if binary is None or not ale.exists():
        missing("Vim with ALE", "vim.sh")
    (lines,) = documented("Vim (ALE)", "vim")
    lines = lines.replace("'ruff', ", "")  # one linter that is installed here, and whose complaints are no part of this
    setting.write(".vimrc", f"set nocompatible\nset runtimepath^={ale}\nfiletype plugin on\n{lines}")
    with setting.run([binary, f"+{LOOP + 1}", "shop/checkout.py"]) as screen:
        screen.wait(r"range\(3\)")
        screen.press("c", "c", MINE, "Escape")
        screen.wait(WARNED)
        yield screen


def run(screen: Screen, command: str) -> None:
    screen.press(f":{command}", "Enter")


def test_a_warning_on_the_line_that_moves_and_goes(screen: Screen, setting: Setting) -> None:
    before = row_of(screen.screen(), WARNED)
    screen.press("g", "g", "O", "# typed above", "Escape")
    moved = screen.wait(rf"(?s)# typed above.*{WARNED}")
    assert row_of(moved, WARNED) == before + 1
    setting.shop.revert_pay()
    screen.wait(r"\n +for attempt in range\(settings\.RETRIES\): *\n")


def test_their_version_and_taking_it(screen: Screen) -> None:
    run(screen, "ALEHover")
    screen.wait(re.escape("+" + THEIRS))
    run(screen, "pclose")
    run(screen, "ALECodeAction")
    menu = screen.wait(r"\d+\W+Take feature/pay's version of these lines")
    choice = re.search(r"(\d+)\W+Take feature/pay", menu)
    assert choice
    screen.press(choice[1], "Enter")
    screen.wait(r"(?m)^.{0,2} +for delay in backoff\(first=0\.2, times=5\):")
