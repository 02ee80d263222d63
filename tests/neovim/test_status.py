"""What status lines read: what the server last said about the buffer's worktree, and nothing once it is gone."""

import re

from tests.neovim.rig import PLUGIN, Install
from tests.neovim.shop import CHECKOUT, Shop

CHAPTER = (PLUGIN / "doc/forksight.txt").read_text().partition("*forksight-statusline*\n")[2].partition("\n====")[0]
LUA_EXAMPLES = re.findall(r">lua\n(.*?)\n<", CHAPTER, re.DOTALL)

TEXT = "return require('forksight').status()"
ONLY_WHAT_IS_TOLD = """
local status = require('forksight.status')
local update = status.update
status.update = function(told, client) -- what the real server says may come at any time
  if client == 7 then
    update(told, client)
  end
end
"""


def status(worktree: object, text: str, level: str = "ok") -> dict[str, object]:
    return {"worktree": str(worktree), "branch": None, "text": text, "level": level}


def test_each_buffer_has_its_worktrees_status(install: Install, shop: Shop) -> None:
    tell = "vim.lsp.config.forksight.handlers['forksight/status'](nil, (...), { client_id = 7 })"
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.lua(
            "vim.api.nvim_create_autocmd('User', { pattern = 'ForksightUpdate', command = 'let g:updated = 1' })"
        )
        neovim.lua(ONLY_WHAT_IS_TOLD)
        neovim.lua(tell, status(shop.main, "2 conflicts", "warning"))
        neovim.lua(tell, status(shop.pay, "quiet"))
        assert neovim.lua("return vim.g.updated") == 1
        assert neovim.lua(TEXT) == "2 conflicts"
        assert neovim.lua("return require('forksight').status_highlight()") == "ForksightWarning"
        assert neovim.lua("return require('forksight').info().branch") is None
        neovim.command("set statusline=%{v:lua.require'forksight'.status()}")
        assert neovim.lua("return vim.api.nvim_eval_statusline(vim.o.statusline, {}).str") == "2 conflicts"

        neovim.command(f"edit {shop.pay}/NOTES")
        assert neovim.lua(TEXT) == "quiet"
        neovim.command("enew")
        assert neovim.lua(TEXT) == ""


def test_a_server_that_ends_leaves_no_status(install: Install, shop: Shop) -> None:
    tell = """
    local client = vim.lsp.get_clients()[1]
    vim.lsp.config.forksight.handlers['forksight/status'](nil, (...), { client_id = client.id })
    """
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.lua(tell, status(shop.main, "2 conflicts"))
        neovim.lua("vim.lsp.enable('forksight', false)")
        neovim.wait("return require('forksight').status() == ''")


def test_the_server_tells_it_and_tells_it_anew(install: Install, shop: Shop) -> None:
    shop.edit_pay()
    (shop.main / "shop/checkout.py").write_text(CHECKOUT.replace("range(3)", "range(5)"))
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.lua(LUA_EXAMPLES[0])
        neovim.wait("return vim.api.nvim_eval_statusline(vim.o.statusline, {}).str:find('1 conflict', 1, true)")
        assert neovim.lua("return require('forksight').info().branch") == "main"
        assert neovim.lua("return require('forksight').status_highlight()") == "ForksightWarning"
        neovim.lua("_G.updates = 0")
        neovim.lua(
            "vim.api.nvim_create_autocmd('User', { pattern = 'ForksightUpdate', "
            "callback = function() _G.updates = _G.updates + 1 end })"
        )
        shop.revert_pay()
        neovim.wait("return not require('forksight').status():find('conflict')")
        assert neovim.lua("return _G.updates") > 0


def test_the_examples_of_the_help_run(install: Install, shop: Shop) -> None:
    tell = "vim.lsp.config.forksight.handlers['forksight/status'](nil, (...), { client_id = 7 })"
    fakes = """
    package.loaded['lualine'] = { setup = function(options) _G.lualine = options.sections.lualine_x[1] end }
    package.loaded['mini.statusline'] = {
      section_mode = function() return 'N', 'Mode' end,
      section_filename = function() return 'NOTES' end,
      combine_groups = function(groups) return groups end,
      setup = function(options) _G.mini = options.content.active end,
    }
    """
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.lua(ONLY_WHAT_IS_TOLD)
        neovim.lua(fakes)
        for example in LUA_EXAMPLES:
            neovim.lua(example)
        neovim.lua(tell, status(shop.main, "2 conflicts", "warning"))
        assert "2 conflicts" in neovim.lua("return vim.api.nvim_eval_statusline(vim.o.statusline, {}).str")
        assert neovim.lua("return { _G.lualine[1](), _G.lualine.color() }") == ["2 conflicts", "ForksightWarning"]
        assert neovim.lua("return _G.mini()[4]") == {"hl": "ForksightWarning", "strings": ["2 conflicts"]}
