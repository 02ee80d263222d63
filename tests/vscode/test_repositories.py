"""Several repositories in one window: whatever is asked is answered about the file or the row that it is about."""

import json
from pathlib import Path

from tests.neovim.shop import LOOP, Shop
from tests.vscode.rig import Window
from tests.vscode.test_overlaps import edit_both


def test_each_repository_is_answered_about_itself(window: Window, shop: Shop, tmp_path: Path) -> None:
    edit_both(shop)
    tools = tmp_path / "tools"
    tools.mkdir()
    shop.git("init", "--quiet", "--initial-branch", "trunk", cwd=tools)
    (tools / "app.py").write_text("print(1)\n")
    shop.git("add", ".", cwd=tools)
    shop.git("commit", "--quiet", "--message", "Begin", cwd=tools)
    shop.git("worktree", "add", "--quiet", "-b", "spike", str(tools / ".claude/worktrees/spike"), cwd=tools)
    workspace = tmp_path / "both.code-workspace"
    workspace.write_text(json.dumps({"folders": [{"path": str(shop.main)}, {"path": str(tools)}]}))
    empty = tmp_path / "empty"
    empty.mkdir()
    window.play(
        "repositories",
        workspace=workspace,
        other=tools / "app.py",
        file=shop.main / "shop/checkout.py",
        line=LOOP + 1,
        stray=shop.pay / "shop/checkout.py",
        empty=empty,
    )
