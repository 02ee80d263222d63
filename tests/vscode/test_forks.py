"""The fork story in a real VS Code, with six sessions of the real Claude Code, one of them in its terminals."""

import sys
from pathlib import Path

from tests.claude.rig import Claude
from tests.neovim.shop import LOOP, Shop
from tests.vscode.rig import Editor, Rig
from tests.vscode.test_overlaps import edit_both

BRANCH = "feature/refunds"


def test_fork_work_close_resume(rig: Rig, claude: Claude, shop: Shop) -> None:
    baseline = claude.start(shop.main, "READ shop/checkout.py", "--name", "know the shop")
    edit_both(shop)
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        shop.git("config", key, value)
    claude.fork(shop.main, baseline, "READ shop/checkout.py", "--name", "in place")
    for name in ("vat", "gifts"):
        there = shop.main / f".claude/worktrees/feature-{name}"
        shop.git("worktree", "add", "--quiet", str(there), "main", "-b", f"feature/{name}")
        claude.fork(there, baseline, "READ shop/checkout.py", "--name", f"feature/{name}")
    claude.fork(shop.pay, baseline, "READ shop/checkout.py", "--name", "feature/pay")
    worktree = shop.main / ".claude/worktrees/feature-refunds"
    claude.trust(shop.main, worktree)
    path = f"{Path(sys.executable).parent}:{claude.env['PATH']}"
    editor = Editor(rig, claude.home, {**claude.env, "PATH": path})
    facts = {"branch": BRANCH, "line": LOOP + 1, "worktree": worktree, "projects": claude.config / "projects"}
    with editor.serve(claude__extraArgs=["--permission-mode", "acceptEdits", "--allowedTools=Bash(git:*)"]) as window:
        seen = window.play("forks", folder=shop.main, file=shop.main / "shop/checkout.py", **facts)

    assert {row["uuid"] for row in claude.rows(baseline) if "uuid" in row} & set(seen["uuids"])
    assert BRANCH not in shop.git("branch", "--list")
