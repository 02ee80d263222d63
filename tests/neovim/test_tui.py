"""The story in a terminal, with keys. With FORKSIGHT_SCREENSHOTS=docs its screens become the documentation's pictures."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.claude.rig import Claude
from tests.conftest import MOMENT
from tests.neovim import shop as shops
from tests.neovim.rig import Install, Screen
from tests.neovim.shop import LOOP, THEIRS, Shop
from tests.rigs import ROOT

MINE = "for attempt in range(settings.RETRIES):"

# how a person who likes Catppuccin would have it
LOOKS = """
vim.o.number = true
vim.o.signcolumn = 'yes'
vim.o.cursorline = true
vim.o.termguicolors = true
vim.o.showmode = false
vim.o.fillchars = 'eob: '
vim.o.winborder = 'rounded'
vim.o.cmdheight = 0
vim.o.statusline = '  %{&buftype == "" ? expand("%:t") .. (&modified ? " [+]" : "") : ""}%=%{v:lua.require("forksight").status()}   %l:%c  '
pcall(vim.cmd.colorscheme, 'catppuccin')
vim.cmd('highlight! link NormalFloat Normal | highlight FloatBorder guifg=#6c7086 | highlight DiagnosticWarn guifg=#f9e2af')
vim.cmd('highlight DiagnosticUnderlineWarn gui=undercurl guisp=#f9e2af | highlight WinBar guifg=#89b4fa gui=bold')
vim.keymap.set('n', 'K', function() vim.lsp.buf.hover({ offset_x = 3, offset_y = 1 }) end)
vim.diagnostic.config({
  virtual_lines = { format = function(diagnostic) return require('forksight').message(diagnostic) end },
  signs = { text = { '●', '▲', '●', '●' } },
})
"""


def picture(screen: Screen, name: str, title: str) -> None:
    """Keep this screen for the documentation, if asked to."""
    folder = os.environ.get("FORKSIGHT_SCREENSHOTS")
    if folder:
        screenshot = ROOT / "scripts/screenshot.py"
        target = Path(folder, name).resolve()
        subprocess.run([sys.executable, screenshot, target, title], input=screen.ansi(), text=True, check=True)


@pytest.mark.parametrize("install", ["0.12"], indirect=True)
def test_a_person_types_and_sees(install: Install, shop: Shop) -> None:
    shop.edit_pay()
    person = Install(install.path, install.home, init=LOOKS)
    with person.terminal(shop.main, f"+{LOOP + 1}", "shop/checkout.py", size=(100, 33)) as (neovim, screen):
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        screen.press("c", "c", MINE, "Escape")
        message = rf"feature/pay changed these lines too \(uncommitted, since {MOMENT}\): merging will conflict"
        screen.shows(rf"range\(settings\.RETRIES\).*\n.*{message}", r"\[\+\]")

        screen.press("K")
        screen.wait(re.escape("backoff(first=0.2, times=5)"))
        picture(screen, "neovim-overlap.png", "shop (main) — nvim shop/checkout.py")

        screen.press("Escape")
        screen.resize(80, 24)
        neovim.wait("return vim.o.columns == 80")
        neovim.lua("vim.diagnostic.show()")
        screen.wait(r"feature/pay changed these lines too \(uncommitted,[^└]*\n[^└]*merging\s+will\s+conflict")
        neovim.command("Forksight clean feature/pay")  # its help is wider than that
        neovim.wait("return vim.bo.filetype == 'forksight-clean'")
        screen.press("g", "?")
        screen.wait(r"(?s)something +would.*g\?      this help")
        screen.press("q", "q")
        neovim.lua("vim.diagnostic.config({ virtual_lines = false })")
        screen.resize(116, 24)
        neovim.command("normal! 0")
        neovim.command("Forksight diff")
        screen.wait(re.escape("sleep(delay)"))
        picture(screen, "neovim-diff.png", "shop (main) — nvim shop/checkout.py")
        neovim.command("close")
        screen.resize(100, 33)

        screen.press("g", "g", "O", "# typed above", "Escape")
        screen.wait(rf"{LOOP + 2} +for attempt in range\(settings\.RETRIES\)")
        neovim.wait("return #vim.diagnostic.get(0, { lnum = ... }) == 1", LOOP + 1)

        screen.press(str(LOOP + 2), "G", "g", "r", "a")
        menu = screen.wait(r"\d+: .*Take feature/pay's version of these lines")
        choice = re.search(r"(\d+): .*Take feature/pay", menu)
        assert choice
        screen.press(choice[1], "Enter")
        screen.wait(re.escape(THEIRS.strip()))
        neovim.wait("return #vim.diagnostic.get(0, { severity = 'WARN' }) == 0")


@pytest.mark.parametrize("install", ["0.12"], indirect=True)
def test_a_fork_runs_beside_the_code_and_stands_in_the_tree(person: Install, claude: Claude) -> None:
    shop = shops.make(claude.home)  # ~/shop, as a person would have it
    shop.edit_pay()
    baseline = claude.start(shop.main, "Learn how this shop takes payments.", "--name", "learn the shop")
    payments = claude.fork(shop.pay, baseline, "Retry declined payments", "--name", "payments")
    claude.fork(shop.pay, payments, "Try exponential backoff instead", "--name", "backoff")
    claude.trust(shop.main)
    shop.git("branch", "feature/auth")
    looks = replace(person, init=LOOKS)
    with looks.terminal(shop.main, f"+{LOOP + 1}", "shop/checkout.py", size=(100, 38)) as (neovim, screen):
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.command(f"Forksight baseline set {baseline} shop")
        neovim.notified("shop is a baseline now")

        screen.press(":Forksight fork feature/auth", "Enter")
        screen.wait("auto mode on")
        screen.wait("feature/auth")
        picture(screen, "neovim-fork.png", "shop (main) — nvim")

        screen.press("C-\\", "C-n", ":hide", "Enter", "c", "c", MINE, "Escape", ":Forksight tree", "Enter")
        screen.wait("feature/auth +your turn")
        screen.wait("payments .*1 conflict")
        screen.resize(100, 26)
        neovim.wait("return vim.o.lines == 26")
        screen.wait("learn the shop .*shop 1")
        picture(screen, "neovim-tree.png", "shop (main) — nvim")


@pytest.mark.parametrize("install", ["0.12"], indirect=True)
def test_forks_are_compared_cleaned_up_and_brought_back(person: Install, claude: Claude) -> None:
    shop = shops.make(claude.home)
    for branch in "retry", "later", "typo":
        shop.git("worktree", "add", "--quiet", "-b", branch, str(shop.main.parent / f"shop-{branch}"))
    retry, later, typo = (shop.main.parent / f"shop-{branch}" for branch in ("retry", "later", "typo"))
    shop.edit_pay()
    baseline = claude.start(shop.main, "READ shop/checkout.py", "--name", "learn the shop")
    claude.fork(shop.pay, baseline, "Back off", "--name", "feature/pay")
    claude.fork(retry, baseline, "Retry", "--name", "retry")
    claude.fork(later, baseline, "Note it", "--name", "later")
    claude.fork(typo, baseline, "Fix the typo", "--name", "typo")
    checkout = retry / "shop" / "checkout.py"
    checkout.write_text(checkout.read_text().replace("range(3)", "range(settings.RETRIES)"))
    (later / "IDEAS").write_text("Take bitcoin\n")
    shop.git("commit", "--quiet", "--all", "--message", "Retry as often as the settings say", cwd=retry)
    with replace(person, init=LOOKS).terminal(shop.main, "shop/checkout.py", size=(100, 36)) as (neovim, screen):
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        screen.press(":Forksight compare feature/pay retry", "Enter")
        screen.wait(r"shop/checkout\.py +\+2 −2 \* +\+1 −1 +conflict")  # noqa: RUF001 - as it is shown
        screen.wait("Merging them: conflicts in 1 file")
        picture(screen, "neovim-compare.png", "shop (main) — nvim")
        screen.press("Enter")
        screen.wait(r"(?s)feature/pay +shop/checkout\.py.*backoff.*RETRIES")
        screen.press(":tabclose", "Enter", "q", "q")
        neovim.wait("return #vim.lsp.get_clients()[1].workspace_folders == 1")

        screen.press(":Forksight clean feature/pay retry later typo", "Enter")
        screen.wait("Clean up: 0 of 4 ticked")
        screen.press("j", "j", "Space")
        screen.wait("1 of 4 ticked")
        screen.wait("IDEAS")  # what would be lost is shown as soon as it is ticked
        picture(screen, "neovim-clean.png", "shop (main) — nvim")
        screen.press("Enter")
        screen.wait(
            r"(?s)Clean up “later”\? Its work is nowhere else.*1 untracked file:\s+• IDEAS.*\[K\]eep It, \(C\)lean Up All the Same"
        )
        screen.press("Enter")  # the default answer is no
        screen.wait("0 of 4 ticked")
        screen.press("a", "Space", "Enter")
        screen.wait("Clean up “later”")
        screen.press("c")
        screen.wait(r"later +cleaned up: u brings it back")
        screen.wait(r"typo +cleaned up: u brings it back")
        assert (later.exists(), typo.exists(), retry.exists()) == (False, False, True)
        screen.press("u")
        screen.wait(r"later +restored")
        assert (later / "IDEAS").read_text() == "Take bitcoin\n"

        neovim.command("Forksight restore typo")
        neovim.notified("“typo” is back in ~/shop%-typo")
        neovim.command("Forksight savings")
        screen.wait(r"(?s)# Savings.*\| session .*learn the shop")
