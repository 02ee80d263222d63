"""Code actions, and the commands behind them."""

import json
import os
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.conftest import Checkout
from tests.lsp.client import BARE, FULL, OLD, Editor, RefusedError, applied, insert, is_conflict, is_empty, uri_of
from tests.lsp.conftest import MINE, edited
from tests.lsp.fixtures import NUMBERS, Start
from tests.lsp.overlap_actions import actions, chosen, execute, hover, last_shown, on_disk, titles


def test_the_fixes_of_an_overlap(editor: Editor, mine: str) -> None:
    (diagnostic,) = editor.diagnostics(mine)
    for given in ([diagnostic], [{key: diagnostic[key] for key in diagnostic if key != "data"}], []):
        offered = actions(editor, mine, 4, given, triggerKind=2)
        assert titles(offered) == [
            "Open feature/pay's version",
            "Show the difference to feature/pay",
            "Take feature/pay's version of these lines",
            "Ignore overlaps with feature/pay",
        ]
        assert {action["kind"] for action in offered} == {"quickfix"}
        assert all(not action.get("isPreferred") for action in offered)
        assert [action.get("diagnostics") for action in offered] == [given or None] * 4
    assert [action for action in actions(editor, mine, 9) if action["kind"] == "quickfix"] == []
    assert actions(editor, mine, 4, only=["refactor"]) == []
    assert len(actions(editor, mine, 4, only=["quickfix"])) == 4


def test_many_other_texts_about_a_line(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    """Three have a warning each, the others share one; four quick fixes in all; hover names each side that it shows."""
    for number in range(6):
        side = shop.worktree(f"topic-{number}", f"topic/{number}")
        side.commit({"pay.py": NUMBERS.replace("line 5\n", f"text {number}\n")}, "mine")
    uri = editor.open(shop.path / "pay.py", MINE)
    rest = "4 other worktrees changed these lines too: merging will conflict"
    diagnostics = editor.diagnostics(uri, lambda shown: bool(shown) and shown[-1]["message"] == rest)
    assert "feature/pay" in diagnostics[0]["message"], "what is not committed is among them"
    assert [diagnostic["code"] for diagnostic in diagnostics] == ["conflict"] * 4
    offered = titles([fix for fix in actions(editor, uri, 4, diagnostics) if fix["kind"] == "quickfix"])
    assert offered[0] == "Open feature/pay's version"
    assert len(offered) == 4
    text = hover(editor, uri, 4)
    assert text is not None
    assert text.count("```diff") == 3
    assert text.index("feature/pay changed these lines too") < text.index("+line five, as pay has it")


def test_open_theirs_at_the_line(editor: Editor, mine: str, pay: Checkout) -> None:
    result = execute(editor, chosen(actions(editor, mine, 4), "Open"))
    assert result == {"uri": uri_of(pay.path / "pay.py"), "shown": True}
    assert last_shown(editor)["uri"] == uri_of(pay.path / "pay.py")
    assert last_shown(editor)["selection"]["start"] == {"line": 4, "character": 0}


def test_open_theirs_after_it_has_gone(editor: Editor, mine: str, pay: Checkout) -> None:
    action = chosen(actions(editor, mine, 4), "Open")
    pay.write({"pay.py": None})
    with pytest.raises(RefusedError, match="not there any more"):
        execute(editor, action)


def test_the_difference_as_a_file_in_the_cache_folder(editor: Editor, mine: str, home: Path) -> None:
    result = execute(editor, chosen(actions(editor, mine, 4), "difference"))
    assert result["shown"]
    text = on_disk(result["uri"])
    assert "-mine\n+line five, as pay has it\n" in text
    assert text.startswith("--- main: pay.py\n+++ feature/pay: pay.py\n@@ -2,7 +2,7 @@\n line 2\n")
    path = Path(unquote(result["uri"].removeprefix("file://")))
    assert home in path.parents
    assert not os.stat(path).st_mode & 0o277  # read-only, and nobody else's


def test_names_of_any_bytes(start: Start, shop: Checkout) -> None:
    """They are surrogate escapes inside; none gets out, for many clients can't read them."""
    name, folder, branch = (os.fsdecode(name_bytes) for name_bytes in (b"n\xff.py", b"w\xfe", b"caf\xe9"))
    shop.commit({name: NUMBERS})
    shop.worktree(folder, branch).write({name: edited(5, "theirs\n")})
    editor = start(shop.path)
    editor.answers["window/showDocument"] = lambda _: {"success": True}
    editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
    uri = editor.open(shop.path / name, MINE)
    (diagnostic,) = editor.diagnostics(uri)
    assert diagnostic["message"].startswith("caf? changed these lines too")
    assert "+theirs" in str(hover(editor, uri, 4))
    offered = actions(editor, uri, 4, [diagnostic])
    assert all(action["diagnostics"] for action in offered if action["kind"] == "quickfix")
    assert execute(editor, chosen(offered, "Open"))["uri"] == uri_of(shop.path.parent / folder / name)
    assert "+theirs" in on_disk(execute(editor, chosen(offered, "difference"))["uri"])
    with pytest.raises(RefusedError, match="can't be ignored by its name, which is no UTF-8"):
        execute(editor, chosen(offered, "Ignore"))
    json.dumps(editor.messages, ensure_ascii=False).encode()


def test_names_of_any_length(editor: Editor, shop: Checkout) -> None:
    name, branch = f"{'漢' * 80}.py", "b" * 200
    shop.commit({name: NUMBERS})
    shop.worktree("long", branch).write({name: edited(5, "theirs\n")})
    uri = editor.open(shop.path / name, MINE)
    editor.diagnostics(uri, is_conflict)
    result = execute(editor, chosen(actions(editor, uri, 4), "difference"))
    assert "+theirs" in on_disk(result["uri"])
    assert result["uri"].endswith(".diff")


def test_a_cache_folder_that_can_not_be_written(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path, env={"XDG_CACHE_HOME": str(shop.path / "pay.py")})
    editor.initialize(shop.path)
    uri = editor.open(shop.path / "pay.py", MINE)
    editor.diagnostics(uri)
    with pytest.raises(RefusedError, match=r"can't be written \(Not a directory\): check whose it is"):
        execute(editor, chosen(actions(editor, uri, 4), "difference"))


def test_the_difference_as_a_virtual_document(start: Start, shop: Checkout, pay: Checkout) -> None:
    workspace = {**FULL["workspace"], "textDocumentContent": {}}
    editor = start(shop.path)
    editor.answers["window/showDocument"] = lambda _: {"success": True}
    capabilities = editor.initialize(shop.path, capabilities={**FULL, "workspace": workspace})
    assert capabilities["workspace"]["textDocumentContent"] == {"schemes": ["forksight"]}
    uri = editor.open(shop.path / "pay.py", MINE)
    editor.diagnostics(uri)
    result = execute(editor, chosen(actions(editor, uri, 4), "difference"))
    assert result["uri"].startswith("forksight:/")
    content = editor.request("workspace/textDocumentContent", {"uri": result["uri"]})
    assert "+line five, as pay has it\n" in content["text"]
    with pytest.raises(RefusedError, match="no longer known"):
        editor.request("workspace/textDocumentContent", {"uri": "forksight:/nothing"})


def test_clients_that_can_not_show_a_document_are_told_where_it_is(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, capabilities=OLD)
    uri = editor.open(shop.path / "pay.py", MINE)
    editor.diagnostics(uri)
    offered = actions(editor, uri, 4)
    assert all(isinstance(action["command"], str) for action in offered)  # commands: it knows no literals
    result = execute(editor, chosen(offered, "Open"))
    assert result == {"uri": uri_of(pay.path / "pay.py"), "shown": False}
    assert any(str(pay.path) in shown and "line 5" in shown for shown in editor.shown())


def test_clients_that_declare_nothing_get_whole_actions_and_diagnostics(
    start: Start, shop: Checkout, pay: Checkout
) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, capabilities=BARE)
    uri = editor.open(shop.path / "pay.py", MINE)
    (warning,) = editor.diagnostics(uri)
    (related,) = warning["relatedInformation"]
    assert related["location"]["uri"] == uri_of(pay.path / "pay.py")
    offered = actions(editor, uri, 4)
    fixes = [action for action in offered if action["kind"] == "quickfix"]
    assert any("Take" in fixe["title"] and fixe["edit"] for fixe in fixes)
    assert {action["kind"] for action in offered} - {"quickfix"} == {
        f"source.forksight.{name}" for name in ("forkSession", "refreshBaseline", "showForkTree")
    }


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_take_theirs(start: Start, shop: Checkout, newline: str) -> None:
    shop.commit({".gitattributes": "* text=auto\n"}, "rules")
    shop.worktree("other").write({"cart.py": edited(20, "theirs")})
    editor = start(shop.path)
    editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
    text = edited(20, "mine 🦑\n").replace("\n", newline)
    uri = editor.open(shop.path / "cart.py", text, version=3)
    editor.diagnostics(uri)
    taken = applied(text, chosen(actions(editor, uri, 19), "Take")["edit"], uri, 3)
    assert taken == edited(20, "theirs").replace("\n", newline)
    version = editor.change(uri, {"text": taken})
    assert {diagnostic["code"] for diagnostic in editor.diagnostics(uri, version=version)} == {"identical"}


def test_taking_is_computed_for_the_text_as_it_is_now(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, options={"overlaps": {"delay": 10_000}})
    uri = editor.open(shop.path / "pay.py", MINE)
    editor.diagnostics(uri)
    version = editor.change(uri, insert(0, 0, "above\n"))  # its diagnostics are ten seconds away
    action = chosen(actions(editor, uri, 5), "Take")
    assert applied("above\n" + MINE, action["edit"], uri, version) == "above\n" + edited(
        5, "line five, as pay has it\n"
    )


def test_ignore_and_undo(editor: Editor, mine: str, shop: Checkout) -> None:
    editor.answers["window/showMessageRequest"] = lambda _: None
    mark = editor.mark()
    assert execute(editor, chosen(actions(editor, mine, 4), "Ignore")) == {"ignored": ["feature/pay"]}
    editor.diagnostics(mine, is_empty, since=mark)
    assert actions(editor, mine, 4, triggerKind=2) == []
    undo = chosen(actions(editor, mine, 4), "Show overlaps with feature/pay again")
    assert undo["kind"].startswith("source.forksight")
    mark = editor.mark()
    assert execute(editor, undo) == {"ignored": []}
    assert editor.diagnostics(mine, since=mark)


def test_undo_at_once(editor: Editor, mine: str) -> None:
    editor.answers["window/showMessageRequest"] = lambda params: params["actions"][0]
    mark = editor.mark()
    execute(editor, chosen(actions(editor, mine, 4), "Ignore"))
    assert editor.diagnostics(mine, since=mark)
    assert "feature/pay are ignored" in editor.shown()[-1]


def test_ignoring_outlives_the_server(start: Start, editor: Editor, mine: str, shop: Checkout) -> None:
    execute(editor, chosen(actions(editor, mine, 4), "Ignore"))
    editor.leave()
    again = start(shop.path)
    again.initialize(shop.path)
    uri = again.open(shop.path / "pay.py", MINE)
    assert again.diagnostics(uri, is_empty, version=0) == []


def test_a_detached_worktree_can_be_ignored(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    pay.git("checkout", "--quiet", "--detach")
    uri = editor.open(shop.path / "pay.py", MINE)
    (warning,) = editor.diagnostics(uri, lambda diagnostics: "feature-pay changed" in str(diagnostics))
    mark = editor.mark()
    execute(editor, chosen(actions(editor, uri, 4, [warning]), "Ignore"))
    editor.diagnostics(uri, is_empty, since=mark)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("", '"" is no uri: leave it out'),
        (5, "5 is no uri"),
        ("untitled:Untitled-1", "untitled:Untitled-1 is no file of this machine: save it first"),
        ("file:///nowhere/a.py", "/nowhere/a.py is in no git repository"),
    ],
)
@pytest.mark.parametrize("name", ["showOverlaps", "showForkTree", "cleanForks"])
def test_a_uri_that_means_nothing_is_an_error(editor: Editor, mine: str, name: str, uri: object, said: str) -> None:
    params = {"command": f"forksight.{name}", "arguments": [{"uri": uri}]}
    with pytest.raises(RefusedError, match=said):
        editor.request("workspace/executeCommand", params)
