"""Hover: their version, who wrote it and since when."""

from tests.conftest import Checkout
from tests.lsp.client import BARE, Editor, is_conflict
from tests.lsp.conftest import MINE, edited
from tests.lsp.fixtures import Start
from tests.lsp.overlap_actions import hover


def test_hover_shows_their_version_and_its_age(editor: Editor, mine: str) -> None:
    text = hover(editor, mine, 4)
    assert text is not None
    assert "```diff\n-mine\n+line five, as pay has it\n```" in text
    assert "feature/pay changed these lines too (uncommitted, since " in text
    assert hover(editor, mine, 9) is None


def test_hover_in_plain_text(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, capabilities=BARE)
    uri = editor.open(shop.path / "pay.py", MINE)
    editor.diagnostics(uri)
    text = hover(editor, uri, 4)
    assert text is not None
    assert "`" not in text
    assert "-mine\n+line five, as pay has it" in text


def test_hover_survives_fences_and_markup(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    shop.worktree("mark_down_").write({"cart.py": edited(5, "```\nfence\n````\n")})
    uri = editor.open(shop.path / "cart.py", MINE)
    editor.diagnostics(uri, is_conflict)
    text = hover(editor, uri, 4)
    assert text is not None
    assert "`````diff\n" in text
    assert "mark_down\\_ changed" in text  # within a word it is one anyway


def test_hover_over_a_line_without_an_end(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    shop.commit({"bundle.js": "a" * 100_000})
    pay.git("merge", "--quiet", "main")
    pay.write({"bundle.js": "b" * 100_000})
    uri = editor.open(shop.path / "bundle.js", "c" * 100_000)
    editor.diagnostics(uri)
    text = hover(editor, uri, 0)
    assert text
    assert "+bbb" in text
    assert len(text) < 2000
