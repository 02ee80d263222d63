"""The main job in a real editor: a warning where another worktree edits the same lines, before anything is saved."""

from pathlib import Path

import pytest

from tests.neovim.rig import Install, Neovim
from tests.neovim.shop import CHECKOUT, LOOP, THEIRS, Shop

MINE = "    for attempt in range(settings.RETRIES):"
COUNT = "return #vim.tbl_filter(function(d) return d.source == 'forksight' end, vim.diagnostic.get(0)) == ..."


def edit_loop(neovim: Neovim) -> None:
    """Edit the loop that the session edits too, without saving."""
    neovim.lua("vim.api.nvim_buf_set_lines(0, ..., (...) + 1, true, { select(2, ...) })", LOOP, MINE)


def choose_action(neovim: Neovim, word: str) -> None:
    """Press gra and choose the code action whose title has this word."""
    neovim.lua(
        """
        local word = ...
        vim.ui.select = function(items, options, on_choice)
          for i, item in ipairs(items) do
            if options.format_item(item):find(word) then
              return on_choice(item, i)
            end
          end
        end
        vim.api.nvim_feedkeys('gra', 'm', false)
        """,
        word,
    )


def test_a_warning_before_saving_that_moves_and_goes(install: Install, shop: Shop) -> None:
    shop.edit_pay()
    on_disk = (shop.main / "shop/checkout.py").read_text()
    with install.headless(shop.main, "shop/checkout.py") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        edit_loop(neovim)

        neovim.wait(COUNT, 1)
        (warning,) = neovim.diagnostics()
        assert (warning["code"], warning["severity"]) == ("conflict", 2)
        assert warning["lnum"] == LOOP
        assert "feature/pay" in warning["message"]
        assert "uncommitted, since " in warning["message"]

        neovim.lua("vim.api.nvim_buf_set_lines(0, 0, 0, true, { '# one', '# two' })")
        neovim.wait("return #vim.diagnostic.get(0, { lnum = ... }) == 1", LOOP + 2)
        assert (shop.main / "shop/checkout.py").read_text() == on_disk

        shop.revert_pay()
        neovim.wait(COUNT, 0)
        shop.edit_pay()
        neovim.wait(COUNT, 1)


def test_take_theirs_by_code_action(install: Install, shop: Shop) -> None:
    shop.edit_pay()
    with install.headless(shop.main, "shop/checkout.py") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        edit_loop(neovim)
        neovim.wait(COUNT, 1)
        neovim.lua("vim.api.nvim_win_set_cursor(0, { ... + 1, 0 })", LOOP)
        choose_action(neovim, "Take")
        neovim.wait(
            "return vim.api.nvim_buf_get_lines(0, ..., (...) + 1, true)[1] == select(2, ...)",
            LOOP,
            THEIRS,
        )
        neovim.wait("return #vim.diagnostic.get(0, { severity = 'WARN' }) == 0")


def test_hover_shows_their_version(install: Install, shop: Shop) -> None:
    shop.edit_pay()
    with install.headless(shop.main, "shop/checkout.py") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        edit_loop(neovim)
        neovim.wait(COUNT, 1)
        neovim.lua("vim.api.nvim_win_set_cursor(0, { ... + 1, 4 })", LOOP)
        neovim.lua("vim.lsp.buf.hover()")
        neovim.wait(
            """
            for _, window in ipairs(vim.api.nvim_list_wins()) do
              local text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, true), '\\n')
              if vim.api.nvim_win_get_config(window).relative ~= '' and text:find('backoff', 1, true) then
                return true
              end
            end
            """
        )


def test_overlaps_fill_the_quickfix_list_closed_files_included(install: Install, shop: Shop) -> None:
    shop.edit_pay()
    path = shop.main / "shop/checkout.py"
    path.write_text(CHECKOUT.replace(CHECKOUT.splitlines()[LOOP], MINE))
    with install.headless(shop.main, "NOTES") as neovim:
        neovim.wait("return #vim.diagnostic.get() == 1")
        neovim.command("Forksight overlaps")
        (item,) = neovim.lua("return vim.fn.getqflist()")
        assert (item["lnum"], item["type"]) == (LOOP + 1, "W")
        assert neovim.lua("return vim.bo.buftype") == "quickfix"
        neovim.command("cc")
        assert Path(neovim.lua("return vim.api.nvim_buf_get_name(0)")) == path

        shop.revert_pay()
        neovim.wait("return #vim.diagnostic.get() == 0")
        neovim.command("Forksight overlaps")
        neovim.notified("no other worktree edits the same lines")


@pytest.mark.parametrize("by_code_action", [False, True])
def test_diff_beside_theirs_ends_with_its_window(install: Install, shop: Shop, by_code_action: bool) -> None:
    shop.edit_pay()
    with install.headless(shop.main, "shop/checkout.py") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        edit_loop(neovim)
        neovim.wait(COUNT, 1)
        neovim.lua("vim.api.nvim_win_set_cursor(0, { ... + 1, 0 })", LOOP)
        if by_code_action:
            choose_action(neovim, "difference")
        else:
            neovim.command("Forksight diff")
        name = "return vim.api.nvim_buf_get_name(0)"
        neovim.wait(f"{name} == ...", str(shop.pay / "shop/checkout.py"))
        assert neovim.lua("return { vim.wo.diff, vim.bo.readonly, vim.fn.line('.') }") == [True, True, LOOP + 1]
        neovim.command("close")
        assert Path(neovim.lua(name)) == shop.main / "shop/checkout.py"
        neovim.wait("return not vim.wo.diff")
