"""Forks that are done, in a real VS Code: what is in one, the plan to land them, a yes to it, and the way back."""

import sys
from pathlib import Path

from tests.claude.rig import Claude
from tests.neovim.shop import CHECKOUT, Shop
from tests.vscode.rig import Editor, Rig


def test_show_land_undo(rig: Rig, claude: Claude, shop: Shop) -> None:
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        shop.git("config", key, value)
    baseline = claude.start(shop.main, "READ shop/checkout.py", "--name", "know the shop")
    claude.fork(shop.pay, baseline, "READ shop/checkout.py", "--name", "feature/pay")
    shop.edit_pay()
    for branch, rate in (("feature/vat", "0.21"), ("feature/till", "0.07")):
        worktree = shop.main / ".claude/worktrees" / branch.replace("/", "-")
        shop.git("worktree", "add", "--quiet", str(worktree), "main", "-b", branch)
        claude.fork(worktree, baseline, "READ shop/checkout.py", "--name", branch)
        (worktree / "shop/checkout.py").write_text(CHECKOUT.replace("0.19", rate))
        message = "Raise VAT" if rate == "0.21" else "Lower VAT"
        shop.git("commit", "--quiet", "--all", "--message", message, cwd=worktree)

    path = f"{Path(sys.executable).parent}:{claude.env['PATH']}"
    editor = Editor(rig, claude.home, {**claude.env, "PATH": path})
    with editor.serve() as window:
        window.play("land", folder=shop.main, file=shop.main / "shop/checkout.py")

    assert shop.git("log", "-1", "--format=%s").strip() == "Raise VAT"
    assert shop.git("status", "--porcelain", cwd=shop.pay).strip() == "M shop/checkout.py"
