"""The server as the person meets it: found, missing, dying."""

import json
import os
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

from tests.neovim.shop import LOOP, Shop
from tests.vscode.rig import Editor
from tests.vscode.test_overlaps import edit_both

FORKSIGHT = Path(sys.executable).parent / "forksight"


def pack(path: Path) -> None:
    """A wheel of forksight that needs no other one: what it installs hands over to the real server."""
    name = "forksight-0.1.0.dist-info"
    files = {
        "forksight/__main__.py": f"import os, sys\nos.execv({str(FORKSIGHT)!r}, [{str(FORKSIGHT)!r}, *sys.argv[1:]])\n",
        f"{name}/METADATA": "Metadata-Version: 2.1\nName: forksight\nVersion: 0.1.0\n",
        f"{name}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
        wheel.writestr(f"{name}/RECORD", "".join(f"{file},,\n" for file in [*files, f"{name}/RECORD"]))


def test_a_missing_server_is_one_message_with_a_button_that_installs_it(
    editor: Editor, shop: Shop, tmp_path: Path
) -> None:
    edit_both(shop)
    wheel, shelf = tmp_path / "wheel", tmp_path / "shelf"
    shelf.mkdir()
    pack(wheel)
    python = Path(sys.base_prefix) / "bin"  # without what the tests' own environment has
    env = {
        "PATH": f"{editor.rig.node.parent}:{python}:/usr/bin:/bin",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(shelf),
        "PIP_CONFIG_FILE": os.devnull,
    }
    with replace(editor, env=env).serve() as window:
        wheels = {"wheel": wheel, "shelf": shelf / "forksight-0.1.0-py3-none-any.whl"}
        window.play("missing", folder=shop.main, file=shop.main / "shop/checkout.py", line=LOOP + 1, **wheels)
        log = window.log()
        assert "not from path: there is no forksight on PATH" in log
        assert "found no server that can be used" in log
        assert "using forksight 0.1.0 from the copy that this extension installed" in log
        assert str(editor.home / "user") in log.split("the copy that this extension installed: ")[1]


def test_a_dying_server_is_restarted_four_times_then_given_up_on(editor: Editor, shop: Shop, tmp_path: Path) -> None:
    edit_both(shop)
    pids = tmp_path / "pids"
    server = tmp_path / "forksight"  # the real one, that tells which process it is
    server.write_text(f'#!/bin/sh\n[ "$1" = server ] && echo $$ >>"{pids}"\nexec "{FORKSIGHT}" "$@"\n')
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
