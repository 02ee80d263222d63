"""A merge that is clean and breaks the code, in a real VS Code."""

from tests.neovim.shop import CHECKOUT, Shop
from tests.neovim.test_semantic_story import CHANGED
from tests.vscode.rig import Window


def test_underlined_while_typed_and_gone_when_either_side_mends_it(window: Window, shop: Shop) -> None:
    theirs = shop.pay / "shop/checkout.py"
    theirs.write_text(CHANGED)
    window.play(
        "semantic",
        folder=shop.main,
        file=shop.main / "shop/checkout.py",
        line=CHECKOUT.count("\n") + 1,
        theirs=theirs,
        before=CHECKOUT,
        after=CHANGED,
    )
