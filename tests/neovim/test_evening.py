"""An evening with six sessions of the real Claude Code in Neovim: who waits, jump, answer, look, land, clean."""

from dataclasses import replace

import pytest

from tests.claude.rig import Claude
from tests.neovim import shop as shops
from tests.neovim.rig import HAS, Install, Neovim, Screen
from tests.waiting import wait_for

INIT = """
vim.o.cmdheight = 4 -- no message waits for a key
vim.g.forksight = {
  terminal = 'tab',
  settings = { claude = { extraArgs = { '--permission-mode', 'acceptEdits', '--allowedTools=Bash(git:*)' } } },
}
vim.api.nvim_create_autocmd({ 'FocusGained', 'FocusLost' }, { callback = function(event) _G.focus = event.event end })
"""
COMMIT = "BASH git add --all\nBASH git commit -m"
TASKS = {
    "vat": f"WRITE shop/rates.py VAT = 19\n{COMMIT} Rates",
    "till": f"WRITE shop/rates.py VAT = 7\n{COMMIT} Rates",
    "gifts": f"WRITE shop/gifts.py GIFTS = 1\n{COMMIT} Gifts",
    "notes": "WRITE shop/notes.py NOTES = 1",
    "idea": "SAY What shall I look at?",
    "refunds": "WRITE ../outside.py A = 1",
}
TOLD = "return #vim.tbl_filter(function(said) return said:find('waits for a permission') end, _G.notified)"
NOTICE = {"event": "waiting", "title": "feature/refunds", "message": "“feature/refunds” waits for a permission."}


def focus(neovim: Neovim, screen: Screen, event: str) -> None:
    """The terminal tells Neovim that the person came or went, as terminals do."""
    screen.tmux("send-keys", "-H", "1b", "5b", {"FocusGained": "49", "FocusLost": "4f"}[event])
    neovim.wait("return _G.focus == ...", event)


@pytest.mark.parametrize("install", ["0.12"], indirect=True)
@pytest.mark.timeout(900)
def test_six_sessions_are_steered_without_a_terminal_of_ones_own(person: Install, claude: Claude) -> None:
    shop = shops.make(claude.home)
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        shop.git("config", key, value)
    worktrees = shop.main / ".claude/worktrees"
    claude.trust(shop.main, *(worktrees / f"feature-{name}" for name in TASKS))
    baseline = claude.start(shop.main, "READ shop/checkout.py", "--name", "know the shop")
    with replace(person, init=INIT).terminal(shop.main, "NOTES", size=(120, 36)) as (neovim, screen):
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.command(f"Forksight baseline set {baseline} shop")
        neovim.notified("shop is a baseline now")

        focus(neovim, screen, "FocusLost")  # the person is elsewhere
        for name, task in TASKS.items():
            neovim.lua("require('forksight.actions').fork(...)", f"feature/{name}", "HEAD", task)
        neovim.notified("“feature/refunds” waits for a permission.* `:Forksight waiting` shows it")
        focus(neovim, screen, "FocusGained")

        neovim.command("tabfirst | Forksight tree")
        neovim.wait("return vim.bo.filetype == 'forksight-tree'")
        neovim.wait(HAS, "7 sessions")
        for name in TASKS:
            words = "waits for a permission" if name == "refunds" else "your turn"
            screen.wait(rf"feature/{name} +{words}")
        screen.press(":Forksight waiting", "Enter")
        neovim.wait("return vim.api.nvim_buf_get_name(0):find('feature/refunds', 1, true) ~= nil")
        told = neovim.lua(TOLD)
        session = neovim.lua("return require('forksight.terminal').session_in(vim.api.nvim_get_current_buf())")
        neovim.lua("require('forksight.notices').show(...)", NOTICE | {"session": session})
        assert neovim.lua(TOLD) == told  # they look at it already
        screen.press("Enter")
        wait_for("the answer carried out", (worktrees / "outside.py").exists)

        screen.press("C-\\", "C-n", ":tabfirst", "Enter", ":Forksight show feature/gifts", "Enter")
        neovim.wait("return vim.bo.filetype == 'markdown'")
        neovim.wait(HAS, "- **commits**: Gifts")

        for name in ("vat", "till", "gifts"):
            neovim.command(f"bdelete! term://forksight/feature/{name}")
        neovim.lua("vim.fn.confirm = function() return 2 end")
        neovim.command("tabfirst | Forksight land feature/gifts feature/vat feature/till")
        neovim.wait("return vim.bo.filetype == 'forksight-land'")
        neovim.wait(  # what ended a moment ago may still count as live
            f"vim.api.nvim_feedkeys('R', 'mx', false) {HAS}", "Land: 2 can land, 1 stopped by a conflict"
        )
        neovim.wait(HAS, "shop/rates.py")
        neovim.press("<CR>")
        neovim.notified("2 landed")
        assert (shop.main / "shop/gifts.py").exists()
        assert (shop.main / "shop/rates.py").read_text() == "VAT = 19"

        neovim.command("Forksight clean feature/gifts")
        neovim.wait("return vim.bo.filetype == 'forksight-clean'")
        neovim.wait(HAS, "[ ] feature/gifts")
        neovim.lua("vim.fn.search('feature/gifts')")
        neovim.press("<Space>")
        neovim.press("<CR>")
        wait_for("the branch gone", lambda: shop.git("branch", "--list", "feature/gifts") == "")
    assert not (worktrees / "feature-gifts").exists()
