"""What has no picture: editors/vscode/test/host/checks.ts, in a real extension host with three worktrees in one workspace."""

import json
from dataclasses import replace
from pathlib import Path

from tests.neovim.shop import CHECKOUT, LOOP, Shop
from tests.vscode.rig import EXTENSION, Editor
from tests.vscode.test_overlaps import edit_both


def test_checks_in_the_extension_host(editor: Editor, shop: Shop, tmp_path: Path) -> None:
    edit_both(shop)
    nested = shop.main / ".claude/worktrees/spike"
    shop.git("worktree", "add", "--quiet", "-b", "spike", str(nested))
    lines = CHECKOUT.splitlines()
    lines[LOOP] = "    while True:"
    (nested / "shop/checkout.py").write_text("".join(f"{line}\n" for line in lines))
    worktrees = {"main": shop.main, "linked": shop.pay, "nested": nested}
    workspace = tmp_path / "shop.code-workspace"
    workspace.write_text(json.dumps({"folders": [{"path": str(path)} for path in worktrees.values()]}))
    facts = {"file": "shop/checkout.py", "worktrees": worktrees, "line": LOOP}

    editor.rig.run(editor.rig.node, "esbuild.mjs")
    editor.rig.run(editor.rig.node, "esbuild.mjs", "--host")
    prepared = replace(editor, env={"FORKSIGHT_TEST_FACTS": json.dumps(facts, default=str)})
    with prepared.serve_tests() as window:
        report = window.play("host", workspace=workspace, extension=EXTENSION, tests=EXTENSION / "out/host/index.js")
    assert report["code"] == 0
