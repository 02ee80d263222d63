"""A merge that is clean and breaks the code, in a real editor: underlined while it is typed, gone when either side mends it."""

from tests.neovim.rig import Install, Neovim
from tests.neovim.shop import CHECKOUT, Shop

CHANGED = CHECKOUT.replace(
    "def total(basket: Basket) -> Decimal:", "def total(basket: Basket, vat: Decimal) -> Decimal:"
).replace("total(basket))", "total(basket, VAT))")
LAST = CHECKOUT.count("\n")  # the line below the text, 0-based
BREAKS = """
return vim.tbl_map(function(d) return { d.lnum, d.code, d.severity } end,
  vim.tbl_filter(function(d) return vim.startswith(d.code, 'semantic-') end, vim.diagnostic.get(0)))
"""


def test_underlined_while_typed_and_gone_when_either_side_mends_it(install: Install, shop: Shop) -> None:
    theirs = shop.pay / "shop/checkout.py"
    theirs.write_text(CHANGED)
    on_disk = (shop.main / "shop/checkout.py").read_text()
    with install.headless(shop.main, "shop/checkout.py") as neovim:
        neovim.wait("return #vim.lsp.get_clients({ bufnr = 0 }) == 1")
        type_call(neovim)
        neovim.wait(
            f"local found = (function() {BREAKS} end)() return vim.deep_equal(found, ...)",
            [[LAST, "semantic-signature", 2]],
        )
        message = neovim.lua("return vim.diagnostic.get(0)[1].message")
        assert message.startswith("feature/pay changes the parameters of `total()` in this file (uncommitted, since ")
        assert "needs vat" in message
        assert (shop.main / "shop/checkout.py").read_text() == on_disk

        theirs.write_text(CHECKOUT)  # there
        neovim.wait(f"return #(function() {BREAKS} end)() == 0")
        theirs.write_text(CHANGED)
        neovim.wait(f"return #(function() {BREAKS} end)() == 1")

        neovim.lua("vim.api.nvim_buf_set_lines(0, ..., (...) + 1, true, {})", LAST)  # here
        neovim.wait(f"return #(function() {BREAKS} end)() == 0")


def type_call(neovim: Neovim) -> None:
    """Type a call as the last line, key by key, without saving."""
    neovim.lua("vim.api.nvim_feedkeys('Go    total(receipt)', 'tx', false)")
