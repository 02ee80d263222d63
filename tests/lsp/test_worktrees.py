"""`forksight/worktrees`: what a fork tree view shows beside the sessions."""

from functools import partial
from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.lsp.client import Editor, Json, RefusedError, uri_of
from tests.lsp.fixtures import NUMBERS
from tests.waiting import wait_for


def ask(editor: Editor, path: Path) -> Json:
    result: Json = editor.request("forksight/worktrees", {"textDocument": {"uri": uri_of(path)}})
    return result


def has_conflicts(editor: Editor, path: Path, count: int) -> bool:
    """Whether so many are counted in the first other worktree."""
    return bool(ask(editor, path)["worktrees"][0]["conflicts"] == count)


def test_every_worktree_with_its_conflicts(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    shop.write({"pay.py": NUMBERS.replace("line 5\n", "mine\n")})
    uri = editor.open(shop.path / "pay.py")
    editor.wait(lambda message: bool(message.get("params", {}).get("diagnostics")), what="the warning")

    def saved() -> bool:
        """Whether the server has seen what was saved after it started."""
        return all(
            (known["uncommitted"], known["conflicts"]) == (1, 1) for known in ask(editor, shop.path)["worktrees"]
        )

    wait_for("a scan", saved)
    answer = ask(editor, shop.path)
    assert answer["repository"] == str(shop.path / ".git")
    assert answer["worktrees"] == [
        {
            "path": str(shop.path),
            "branch": "main",
            "uncommitted": 1,
            "uncommittedText": "1 uncommitted",
            "target": None,
            "ahead": None,
            "behind": None,
            "distanceText": "",
            "conflicts": 1,
            "conflictsText": "1 conflict with feature/pay in pay.py",
            "places": [{"path": "pay.py", "line": 4, "others": ["feature/pay"]}],
        },
        {
            "path": str(pay.path),
            "branch": "feature/pay",
            "uncommitted": 1,
            "uncommittedText": "1 uncommitted",
            "target": "main",
            "ahead": 0,
            "behind": 0,
            "distanceText": "",
            "conflicts": 1,
            "conflictsText": "1 conflict with main in pay.py",
            "places": [{"path": "pay.py", "line": 4, "others": ["main"]}],
        },
    ]
    assert (answer["ignored"], answer["hide"]) == ([], [])

    for command, ignored in ("forksight.ignoreOverlaps", ["feature/pay"]), ("forksight.stopIgnoring", []):
        arguments = [{"uri": uri, "label": "feature/pay"}]
        editor.request("workspace/executeCommand", {"command": command, "arguments": arguments})
        assert ask(editor, shop.path)["ignored"] == ignored
        # Once the open document is checked anew.
        wait_for("the count", partial(has_conflicts, editor, shop.path, 0 if ignored else 1))


def test_outside_of_any_repository(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(RefusedError, match="in no git repository"):
        ask(editor, tmp_path / "elsewhere")


def test_branches_for_who_chooses_one(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    shop.git("branch", "later")
    shop.git("update-ref", "refs/remotes/origin/main", "HEAD")
    shop.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    editor.open(shop.path / "pay.py")
    result: Json = editor.request("forksight/branches", {"textDocument": {"uri": uri_of(shop.path)}})
    assert sorted(result["branches"], key=lambda branch: str(branch["name"])) == [
        {"name": "feature/pay", "remote": False, "current": False, "worktree": str(pay.path)},
        {"name": "later", "remote": False, "current": False, "worktree": None},
        {"name": "main", "remote": False, "current": True, "worktree": str(shop.path)},
        {"name": "origin/main", "remote": True, "current": False, "worktree": None},
    ]
    assert result["worktrees"] == [
        {"path": str(shop.path), "branch": "main"},
        {"path": str(pay.path), "branch": "feature/pay"},
    ]


def test_a_file_that_no_worktree_has(editor: Editor, shop: Checkout) -> None:
    commit = shop.git("rev-parse", "HEAD")

    def text(**what: str) -> object:
        asked = {"textDocument": {"uri": uri_of(shop.path)}, **what}
        return editor.request("forksight/committed", asked)["text"]

    assert text(commit=commit, path="pay.py") == NUMBERS
    assert text(commit=commit, path="nothing.py") is None
    with pytest.raises(RefusedError, match="is no id of a commit"):
        text(commit="HEAD", path="pay.py")
    with pytest.raises(RefusedError, match="path is missing"):
        text(commit=commit)
