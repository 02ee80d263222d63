"""The main job in a real VS Code: a warning where another worktree edits the same lines, before anything is saved."""

from tests.neovim.shop import CHECKOUT, LOOP, THEIRS, Shop
from tests.vscode.rig import Window

MINE = "    for attempt in range(settings.RETRIES):"


def edit_both(shop: Shop) -> None:
    """The session edits the loop, and so does the person."""
    shop.edit_pay()
    lines = CHECKOUT.splitlines()
    lines[LOOP] = MINE
    (shop.main / "shop/checkout.py").write_text("".join(f"{line}\n" for line in lines))


def test_a_warning_that_moves_before_saving_and_goes_when_theirs_is_taken(window: Window, shop: Shop) -> None:
    edit_both(shop)
    window.play("overlaps", folder=shop.main, file=shop.main / "shop/checkout.py", line=LOOP + 1, theirs=THEIRS)
