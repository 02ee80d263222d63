"""Merges that are clean and break the code, underlined while they are typed; gone when either side mends them."""

import time
from functools import partial

import pytest

from tests.conftest import Checkout
from tests.lsp.client import Editor, Json, applied, is_empty, lines_of
from tests.lsp.fixtures import Start
from tests.lsp.overlap_actions import actions, chosen, execute, hover, last_shown, titles
from tests.overlaps.semantic.python_base import BASE

UTIL, APP = BASE["util.py"], BASE["app.py"]
LINE = UTIL.count("\n")
WITH_USE = UTIL + "        wraps(self)\n"
DROPPED = UTIL.replace("from functools import wraps\n", "").replace("return wraps(amount)", "return amount")
CALL = APP.replace("    return 1\n", "    return charge(3)\n")
CHARGE = 'def charge(amount, currency="EUR"):'


@pytest.fixture
def shop(checkout: Checkout) -> Checkout:
    checkout.commit(BASE, "base")
    return checkout


@pytest.fixture
def pay(shop: Checkout) -> Checkout:
    return shop.worktree("feature-pay", "feature/pay")


def codes(diagnostics: list[Json]) -> list[str]:
    return [diagnostic["code"] for diagnostic in diagnostics]


def checked(diagnostics: list[Json]) -> bool:
    """Any answer will do."""
    return isinstance(diagnostics, list)


def broken(diagnostics: list[Json]) -> bool:
    return any(code.startswith("semantic-") for code in codes(diagnostics))


def test_a_break_is_underlined_while_typed_and_goes_when_either_side_mends_it(
    editor: Editor, shop: Checkout, pay: Checkout
) -> None:
    pay.write({"util.py": DROPPED})
    uri = editor.open(shop.path / "util.py", UTIL)
    editor.diagnostics(uri, checked)
    mark = editor.mark()
    editor.change(uri, {"text": WITH_USE})
    (diagnostic,) = editor.diagnostics(uri, broken, since=mark)
    assert diagnostic["severity"] == 2
    assert lines_of([diagnostic]) == [(LINE, LINE, "semantic-gone")]
    assert diagnostic["message"].startswith(
        "feature/pay drops the import of `wraps` from this file (uncommitted, since "
    )
    assert diagnostic["message"].endswith("merging is clean, but this line will break")
    assert diagnostic["relatedInformation"][0]["location"]["uri"] == (pay.path / "util.py").as_uri()
    mark = editor.mark()
    editor.change(uri, {"text": UTIL})  # here
    editor.diagnostics(uri, lambda diagnostics: not broken(diagnostics), since=mark)
    mark = editor.mark()
    editor.change(uri, {"text": WITH_USE})
    editor.diagnostics(uri, broken, since=mark)
    mark = editor.mark()
    pay.write({"util.py": UTIL})  # there
    editor.diagnostics(uri, lambda diagnostics: not broken(diagnostics), since=mark)


def test_one_cause_is_one_warning_and_none_where_git_stops_anyway(
    editor: Editor, shop: Checkout, pay: Checkout
) -> None:
    """Three lines use what two worktrees dropped; on the first of them git will stop."""
    for worktree in (pay, shop.worktree("ship")):
        worktree.write({"util.py": DROPPED})
    mine = WITH_USE.replace("return wraps(amount)", "return wraps(wraps(amount))") + "        wraps(self, 2)\n"
    conflict = mine.splitlines().index("    return wraps(wraps(amount))")
    uri = editor.open(shop.path / "util.py", mine)

    def of_both(diagnostics: list[Json]) -> bool:  # the second worktree may just have been made
        return broken(diagnostics) and all("feature/pay and ship " in shown["message"] for shown in diagnostics)

    diagnostics = editor.diagnostics(uri, of_both)
    assert lines_of(diagnostics) == [(conflict, conflict, "conflict"), (LINE, LINE, "semantic-gone")]
    assert all(diagnostic["message"].startswith("feature/pay and ship ") for diagnostic in diagnostics)
    assert [len(diagnostic["relatedInformation"]) for diagnostic in diagnostics] == [2, 2]


def test_what_i_take_away_is_told_where_i_do(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    pay.write({"app.py": CALL})
    uri = editor.open(shop.path / "util.py", UTIL)
    editor.diagnostics(uri, checked)
    mark = editor.mark()
    editor.change(uri, {"text": UTIL.replace(CHARGE, "def charge(amount, account):")})
    (diagnostic,) = editor.diagnostics(uri, broken, since=mark)
    assert lines_of([diagnostic]) == [(5, 5, "semantic-signature")]
    assert diagnostic["message"].startswith(
        "feature/pay calls `charge()` in app.py with the parameters it had (uncommitted"
    )
    assert diagnostic["relatedInformation"][0]["location"]["uri"] == (pay.path / "app.py").as_uri()


def test_it_moves_along_with_its_line(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    """Also before it is looked at again: the first answer to a key stroke has it on its line."""
    pay.write({"util.py": DROPPED})
    uri = editor.open(shop.path / "util.py", WITH_USE)
    editor.diagnostics(uri, broken)
    mark = editor.mark()
    version = editor.change(uri, {"text": WITH_USE.replace("LIMIT = 3\n", "LIMIT = 3\n\n\n")})
    params = editor.wait(
        lambda message: (
            message.get("method") == "textDocument/publishDiagnostics" and message["params"].get("version") == version
        ),
        since=mark,
    )["params"]
    assert lines_of(params["diagnostics"]) == [(LINE + 2, LINE + 2, "semantic-gone")]


def test_hover_shows_their_change(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    pay.write({"util.py": UTIL.replace(CHARGE, "def charge(amount, account):")})
    uri = editor.open(shop.path / "app.py", CALL)
    editor.diagnostics(uri, broken)
    text = hover(editor, uri, 4)
    assert text is not None
    assert f"-{CHARGE}" in text
    assert "+def charge(amount, account):" in text
    assert "needs account" in text


def test_code_actions(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    pay.write({"util.py": DROPPED})
    uri = editor.open(shop.path / "util.py", WITH_USE)
    editor.diagnostics(uri, broken)
    offered = actions(editor, uri, LINE)
    wanted = ["Open feature/pay's version", "Keep the import of wraps", "Ignore overlaps with feature/pay"]
    assert [title for title in titles(offered) if title in wanted] == wanted
    execute(editor, chosen(offered, "Open feature/pay"))
    assert last_shown(editor)["uri"] == (pay.path / "util.py").as_uri()
    kept = applied(WITH_USE, chosen(offered, "Keep the import")["edit"], uri, 0)
    assert kept == WITH_USE.replace("\nclass Gift", "\nfrom functools import wraps\nclass Gift")
    mark = editor.mark()
    editor.change(uri, {"text": kept})
    editor.diagnostics(uri, is_empty, since=mark)
    shop.write({"util.py": kept})
    pay.commit()
    shop.commit()
    shop.git("merge", "--quiet", "-m", "both", "feature/pay")
    compile((shop.path / "util.py").read_text(), "util.py", "exec")
    assert "from functools import wraps" in (shop.path / "util.py").read_text()


def test_ignoring_takes_it_away(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    pay.write({"util.py": DROPPED})
    uri = editor.open(shop.path / "util.py", WITH_USE)
    editor.diagnostics(uri, broken)
    mark = editor.mark()
    execute(editor, chosen(actions(editor, uri, LINE), "Ignore overlaps"))
    editor.diagnostics(uri, is_empty, since=mark)


def test_closed_files_are_covered(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    shop.write({"app.py": CALL})
    other = editor.open(shop.path / "util.py", UTIL)
    editor.diagnostics(other, checked)
    pay.write({"util.py": UTIL.replace(CHARGE, "def charge(amount, account):")})
    uri = (shop.path / "app.py").as_uri()
    (diagnostic,) = editor.diagnostics(uri, broken)
    assert diagnostic["code"] == "semantic-signature"
    mark = editor.mark()
    pay.write({"util.py": UTIL})
    editor.diagnostics(uri, is_empty, since=mark)


def test_the_setting(start: Start, shop: Checkout, pay: Checkout) -> None:
    """Off, what is certain, and besides what is likely: as a hint."""
    pay.write({"util.py": UTIL.replace(CHARGE, "def charge(amount, account):").replace("def total", "def sum")})
    editor = start(shop.path)

    def configure(semantic: str) -> None:
        settings = {"overlaps": {"delay": 0, "semantic": semantic}}
        editor.answers["workspace/configuration"] = lambda _: [settings]
        editor.notify("workspace/didChangeConfiguration", {"settings": {"forksight": settings}})

    def shows(facts: list[tuple[str, int]], diagnostics: list[Json]) -> bool:
        return facts == sorted((diagnostic["code"], diagnostic["severity"]) for diagnostic in diagnostics)

    editor.answers["workspace/configuration"] = lambda _: [None]
    editor.answers["client/registerCapability"] = lambda _: None
    editor.initialize(shop.path, options={"overlaps": {"delay": 0, "semantic": "off"}})
    uri = editor.open(shop.path / "app.py", CALL + "\n\ndef added(thing):\n    return thing.total(1)\n")
    editor.diagnostics(uri, checked)
    certain, likely = ("semantic-signature", 2), ("semantic-gone", 4)
    for value, expected in (("on", [certain]), ("hints", [likely, certain]), ("on", [certain]), ("off", [])):
        mark = editor.mark()
        configure(value)
        diagnostics = editor.diagnostics(uri, partial(shows, expected), since=mark)
        if likely in expected:
            (hint,) = (diagnostic for diagnostic in diagnostics if diagnostic["severity"] == 4)
            assert hint["message"].startswith("feature/pay removes `Order.total` from util.py (uncommitted")
            assert hint["message"].endswith("merging is clean, but this line may break")


def test_the_status_counts_breaks_apart(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    shop.write({"app.py": CALL})
    pay.write({"util.py": UTIL.replace(CHARGE, "def charge(amount, account):")})
    uri = editor.open(shop.path / "app.py", CALL)
    editor.diagnostics(uri, broken)
    deadline = time.monotonic() + 60
    while (status := editor.request("forksight/status", {"textDocument": {"uri": uri}}))["overlaps"]["breaks"] != 1:
        assert time.monotonic() < deadline, status
    assert status["overlaps"]["conflicts"] == 0
    assert "1 break" in status["text"]
    assert status["level"] == "warning"
