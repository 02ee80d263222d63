"""The fork story in a real VS Code, with the real Claude Code in its terminals."""

import json
import sys
from pathlib import Path

from tests.claude.conftest import claude, model  # noqa: F401 - fixtures
from tests.claude.rig import Claude
from tests.neovim.shop import LOOP, Shop
from tests.vscode.rig import Editor, Rig
from tests.vscode.test_overlaps import edit_both

BRANCH = "feature/refunds"


def test_fork_work_close_resume(rig: Rig, claude: Claude, shop: Shop) -> None:  # noqa: F811
    baseline = claude.start(shop.main, "READ shop/checkout.py", "--name", "know the shop")
    edit_both(shop)
    claude.fork(shop.main, baseline, "READ shop/checkout.py", "--name", "in place")
    claude.fork(shop.pay, baseline, "READ shop/checkout.py", "--name", "feature/pay")
    worktree = shop.main / ".claude/worktrees/feature-refunds"
    claude.trust(shop.main, worktree)
    path = f"{Path(sys.executable).parent}:{claude.env['PATH']}"
    editor = Editor(rig, claude.home, {**claude.env, "PATH": path})
    with editor.serve(claude__extraArgs=["--permission-mode", "acceptEdits"]) as window:
        window.play("forks", folder=shop.main, file=shop.main / "shop/checkout.py", branch=BRANCH, line=LOOP + 1)

    (made,) = [path for path in shop.git("worktree", "list").splitlines() if BRANCH in path]
    assert made.split()[0] == str(worktree)
    assert (worktree / "shop/refunds.py").read_text() == "PERIOD = 14"
    (entry,) = (claude.config / "projects").glob("*worktrees-feature-refunds/*.jsonl")
    rows = [json.loads(line) for line in entry.read_bytes().splitlines()]
    inherited = {row["uuid"] for row in claude.rows(baseline) if "uuid" in row}
    assert inherited & {row.get("uuid") for row in rows}
