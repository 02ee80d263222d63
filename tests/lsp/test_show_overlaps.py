"""Every overlap of a worktree as a document."""

from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.lsp.client import Editor, Json, RefusedError, uri_of
from tests.lsp.conftest import edited
from tests.lsp.fixtures import Start
from tests.lsp.overlap_actions import on_disk


def test_show_overlaps(editor: Editor, mine: str, shop: Checkout, pay: Checkout) -> None:
    shop.write({"cart.py": edited(9, "here\n")})
    pay.write({"cart.py": edited(9, "there\n")})
    editor.diagnostics(uri_of(shop.path / "cart.py"))
    calls: tuple[list[Json] | None, ...] = ([{"uri": mine}], [{}], [], None)
    for arguments in calls:
        params = {"command": "forksight.showOverlaps", "arguments": arguments}
        result = editor.request("workspace/executeCommand", params)
        assert (result["conflicts"], result["files"], result["shown"]) == (2, 2, True)
        assert result["worktree"] == str(shop.path)
    text = on_disk(result["uri"])
    assert text.startswith("# Overlaps of main\n")
    assert "- line 5: feature/pay changed these lines too" in text  # unsaved
    assert "- line 9: feature/pay changed these lines too" in text  # closed


def test_show_overlaps_of_a_file_that_is_not_open(editor: Editor, mine: str, shop: Checkout, pay: Checkout) -> None:
    pay.write({"cart.py": edited(9, "there\n")})
    shop.write({"cart.py": edited(9, "here\n")})
    editor.diagnostics(uri_of(shop.path / "cart.py"))
    params = {"command": "forksight.showOverlaps", "arguments": [{"uri": uri_of(pay.path / "cart.py")}]}
    assert editor.request("workspace/executeCommand", params)["worktree"] == str(pay.path)


def test_show_overlaps_outside_of_any_repository(start: Start, tmp_path: Path) -> None:
    editor = start(tmp_path)
    editor.initialize(tmp_path)
    with pytest.raises(RefusedError, match="is in no git repository"):
        editor.request("workspace/executeCommand", {"command": "forksight.showOverlaps"})
