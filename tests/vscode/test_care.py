"""Forks that pile up and a baseline that goes stale, in a real VS Code: clean up, restore, compare, refresh, savings."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.claude.fixtures import install
from tests.claude.model import Block, Reader
from tests.claude.rig import Claude
from tests.neovim.shop import CHECKOUT, THEIRS, Shop
from tests.vscode.rig import Editor, Rig
from tests.waiting import wait_for


class Slow(Reader):
    """A model that takes its time while there is a file."""

    def __init__(self, hold: Path) -> None:
        super().__init__()
        self.hold_file = hold

    def answer(self, request: dict[str, Any]) -> tuple[dict[str, Any], list[Block], str]:
        wait_for("the model to be let go", lambda: not self.hold_file.exists(), 120)
        return super().answer(request)


@pytest.fixture
def claude(tmp_path: Path) -> Iterator[Claude]:
    """The real Claude Code, with a model that reads what a refresh asks for, when it is let."""
    model = Slow(tmp_path / "hold")
    yield install("claude", tmp_path / "home", model)
    (tmp_path / "hold").unlink(missing_ok=True)
    model.close()


def merged(shop: Shop, worktree: Path, name: str, text: str) -> None:
    """A change that a fork committed, and that is in main."""
    (worktree / name).write_text(text)
    shop.git("add", name, cwd=worktree)
    shop.git("commit", "--quiet", "--message", f"Work on {name}", cwd=worktree)
    shop.git("merge", "--quiet", "--no-edit", shop.git("branch", "--show-current", cwd=worktree).strip())


def test_clean_up_restore_compare_refresh_savings(rig: Rig, claude: Claude, shop: Shop, tmp_path: Path) -> None:
    baseline = claude.start(shop.main, "READ shop/checkout.py", "--name", "know the shop")
    branches = ("feature/vat", "feature/till", "feature/pay", "feature/refunds")
    worktrees = {branch: shop.main / ".claude/worktrees" / branch.replace("/", "-") for branch in branches}
    shop.git("worktree", "remove", str(shop.pay))
    for branch, worktree in worktrees.items():
        made = ["feature/pay"] if branch == "feature/pay" else ["main", "-b", branch]
        shop.git("worktree", "add", "--quiet", str(worktree), *made)
        claude.fork(worktree, baseline, "READ shop/checkout.py", "--name", branch)
    shop = replace(shop, pay=worktrees["feature/pay"])
    merged(shop, worktrees["feature/vat"], "shop/checkout.py", CHECKOUT.replace("0.19", "0.21"))
    merged(shop, worktrees["feature/till"], "shop/till.py", "OPEN = True\n")
    merged(shop, shop.pay, "shop/backoff.py", "FIRST = 0.2\n")
    shop.git("worktree", "lock", "--reason", "on the other disk", str(worktrees["feature/till"]))
    shop.edit_pay()  # after it was merged: at risk
    (shop.pay / "ideas.md").write_text("Ask the bank what it takes.\n")
    refunds = worktrees["feature/refunds"] / "shop/checkout.py"
    refunds.write_text(refunds.read_text().replace("money back, once", "money back, within 14 days"))

    path = f"{Path(sys.executable).parent}:{claude.env['PATH']}"
    editor = Editor(rig, claude.home, {**claude.env, "PATH": path})
    with editor.serve(baseline__staleAfterCommits=2) as window:
        window.play("care", folder=shop.main, file=shop.main / "shop/checkout.py", pay=shop.pay, hold=tmp_path / "hold")

    listed = shop.git("worktree", "list")
    assert "[feature/pay]" in listed
    assert "[feature/till]" in listed
    assert "[feature/vat]" not in listed
    assert THEIRS in (shop.pay / "shop/checkout.py").read_text()
    assert (shop.pay / "ideas.md").is_file()
