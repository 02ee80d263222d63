"""What status lines read: what the server last said about the buffer's worktree, and nothing once it is gone."""

from tests.neovim.rig import Install
from tests.neovim.shop import Shop

TEXT = "return require('forksight').status()"


def status(worktree: object, text: str, level: str = "ok") -> dict[str, object]:
    return {"worktree": str(worktree), "branch": None, "text": text, "level": level}


def test_each_buffer_has_its_worktrees_status(install: Install, shop: Shop) -> None:
    tell = "vim.lsp.config.forksight.handlers['forksight/status'](nil, (...), { client_id = 7 })"
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        neovim.lua(
            "vim.api.nvim_create_autocmd('User', { pattern = 'ForksightUpdate', command = 'let g:updated = 1' })"
        )
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
