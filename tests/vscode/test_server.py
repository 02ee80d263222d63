"""The server as the person meets it: found, missing, dying."""

import json
import sys
from dataclasses import replace
from pathlib import Path

from tests.neovim.shop import LOOP, Shop
from tests.vscode.rig import Editor
from tests.vscode.test_overlaps import edit_both


def test_a_missing_server_is_one_message_with_a_button(editor: Editor, shop: Shop) -> None:
    without = replace(editor, env={"PATH": f"{editor.rig.node.parent}:/usr/bin:/bin"})
    with without.serve() as window:
        window.play("missing", folder=shop.main, file=shop.main / "shop/checkout.py")
        log = window.log()
        assert "not from path: there is no forksight on PATH" in log
        assert "found no server that can be used" in log


def test_a_dying_server_is_restarted_four_times_then_given_up_on(editor: Editor, shop: Shop, tmp_path: Path) -> None:
    edit_both(shop)
    pids = tmp_path / "pids"
    server = tmp_path / "forksight"  # the real one, that tells which process it is
    forksight = Path(sys.executable).parent / "forksight"
    server.write_text(f'#!/bin/sh\n[ "$1" = server ] && echo $$ >>"{pids}"\nexec "{forksight}" "$@"\n')
    server.chmod(0o755)
    with editor.serve(server__path=str(server)) as window:
        # a linked worktree as a folder of its own
        window.play("dying", folder=shop.pay, file=shop.pay / "shop/checkout.py", line=LOOP + 1, pids=pids)
        log = window.log()
        assert f"using forksight 0.1.0 from the setting forksight.server.path: {server}" in log
        assert log.count("starting it again") == 4


def test_an_untrusted_folder_names_no_program(editor: Editor, shop: Shop, tmp_path: Path) -> None:
    edit_both(shop)
    trap = tmp_path / "trap"
    server = shop.main / "server"
    server.write_text(f'#!/bin/sh\ntouch "{trap}"\n')
    server.chmod(0o755)
    (shop.main / ".vscode").mkdir()
    (shop.main / ".vscode/settings.json").write_text(json.dumps({"forksight.server.path": str(server)}))
    with editor.serve(trust=False) as window:
        window.play("untrusted", folder=shop.main, file=shop.main / "shop/checkout.py", line=LOOP + 1, trap=trap)
        assert "not from interpreter: the workspace is not trusted" in window.log()
