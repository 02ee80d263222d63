"""The first minutes in a real VS Code: an empty repository, the palette, and questions that are left unanswered."""

import sys
from pathlib import Path

from tests.claude.rig import Claude
from tests.neovim.shop import Shop
from tests.vscode.rig import Editor, Rig


def test_every_question_can_be_left_and_leaves_nothing(rig: Rig, claude: Claude, shop: Shop) -> None:
    shop.git("worktree", "remove", str(shop.pay))
    path = f"{Path(sys.executable).parent}:{claude.env['PATH']}"
    editor = Editor(rig, claude.home, {**claude.env, "PATH": path})
    with editor.serve() as window:
        window.play("steps", folder=shop.main, pay=shop.pay)
