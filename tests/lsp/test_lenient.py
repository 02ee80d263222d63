"""What clients really send: messages that a strict reader would drop are read, and a text that is not known is not checked."""

from typing import Any

import pytest

from tests.conftest import Checkout
from tests.lsp.client import Editor, is_empty, lines_of, uri_of
from tests.lsp.conftest import MINE
from tests.lsp.fixtures import NUMBERS, Start

HELLO: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
CONFLICT = [(4, 4, "conflict")]


def conflict_shows(editor: Editor, uri: str) -> bool:
    return lines_of(editor.diagnostics(uri, bool)) == CONFLICT


def hello(editor: Editor, shop: Checkout, **params: object) -> None:
    options = {"overlaps": {"delay": 0}}
    folders = {"rootUri": uri_of(shop.path), "initializationOptions": options}
    editor.request("initialize", {**HELLO, **folders, **params})


@pytest.mark.parametrize("message", [{}, {"params": None}, {"params": {}}, None])
def test_initialized_without_params_or_never(
    start: Start, shop: Checkout, pay: Checkout, message: dict[str, Any] | None
) -> None:
    editor = start(shop.path)
    hello(editor, shop)
    if message is not None:
        editor.send({"method": "initialized", **message})
    assert conflict_shows(editor, editor.open(shop.path / "pay.py", MINE))


def test_a_hello_that_leaves_out_what_it_must_say(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    editor.request("initialize", {"rootUri": uri_of(shop.path), "clientInfo": None, "workspaceFolders": None})
    editor.notify("initialized")
    assert conflict_shows(editor, editor.open(shop.path / "pay.py", MINE))


def opened(editor: Editor, shop: Checkout, text: str, **document: object) -> str:
    uri = uri_of(shop.path / "pay.py")
    editor.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "text": text, **document}})
    return uri


@pytest.mark.parametrize("document", [{}, {"languageId": None, "version": None}])
def test_a_document_without_language_and_version(editor: Editor, shop: Checkout, document: dict[str, Any]) -> None:
    uri = opened(editor, shop, NUMBERS, **document)
    assert editor.diagnostics(uri, lambda _: True) == []
    change = {"textDocument": {"uri": uri}, "contentChanges": [{"text": MINE, "range": None, "rangeLength": None}]}
    editor.notify("textDocument/didChange", change)
    assert conflict_shows(editor, uri)
    published = [message["params"] for message in editor.messages if "publishDiagnostics" in str(message.get("method"))]
    assert "version" not in published[-1]


@pytest.mark.parametrize(
    "change",
    [
        {"text": "x", "range": {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}}},
        {"text": "x", "range": {"start": {"line": 0, "character": -4}, "end": {"line": 0, "character": 0}}},
        {"text": "x", "range": {"start": {"line": "two"}}},
        {"text": None},
        {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}},
        "x",
    ],
)
def test_a_text_that_is_not_known_is_not_checked(editor: Editor, shop: Checkout, change: object) -> None:
    uri = editor.open(shop.path / "pay.py", MINE)
    assert conflict_shows(editor, uri)
    mark = editor.mark()
    editor.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]})
    assert editor.diagnostics(uri, is_empty, since=mark) == []
    shown = editor.wait(lambda message: message.get("method") == "window/showMessage", since=mark)["params"]["message"]
    why = "could not be applied: it is not checked until the editor sends its whole text (close and open it)"
    assert shown == f"A change of {uri} {why}."
    edit = {"text": "y", "range": {"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 1}}}
    editor.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": 3}, "contentChanges": [edit]})
    whole = [
        edit,
        {"text": NUMBERS},
        {"text": "mine", "range": {"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 6}}},
    ]
    editor.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": 4}, "contentChanges": whole})
    assert lines_of(editor.diagnostics(uri, version=4)) == CONFLICT


def test_a_whole_text_opens_a_document_whose_opening_was_not_understood(editor: Editor, shop: Checkout) -> None:
    uri = uri_of(shop.path / "pay.py")
    editor.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": 1, "version": "one", "text": []}})
    change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": MINE}]}
    editor.notify("textDocument/didChange", change)
    assert conflict_shows(editor, uri)


def test_a_message_without_the_version_of_json_rpc(editor: Editor, shop: Checkout) -> None:
    editor.send_body(b'{"id": 77, "method": "forksight/status", "params": {}}')
    assert editor.answer_to(77)["branch"] == "main"
