"""Settings as clients send them: at once, when asked, late, wrong, never."""

import pytest

from tests.conftest import Checkout
from tests.lsp.client import BARE, FULL, LATER, Editor, insert, is_empty, lines_of
from tests.lsp.conftest import MINE
from tests.lsp.fixtures import Start


def test_a_bad_setting_is_one_message_and_its_default(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, options={"overlaps": {"delay": -5, "scope": "everything"}, "colour": "blue"})
    uri = editor.open(shop.path / "pay.py", MINE)
    assert lines_of(editor.diagnostics(uri)) == [(4, 4, "conflict")]
    (shown,) = editor.shown()
    for name in ("forksight.overlaps.delay", "forksight.overlaps.scope", "forksight.colour"):
        assert name in shown


@pytest.mark.parametrize("options", [None, [], "text", {"overlaps": None}, {"forksight": {}}])
def test_odd_options_are_survived(start: Start, shop: Checkout, pay: Checkout, options: object) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, options=options)
    assert editor.diagnostics(editor.open(shop.path / "pay.py", MINE))


def test_settings_are_pulled_from_a_client_that_has_them(start: Start, shop: Checkout, pay: Checkout) -> None:
    settings = {"overlaps": {"ignore": ["feature/*"]}}
    editor = start(shop.path)
    editor.answers["workspace/configuration"] = lambda params: [settings] * len(params["items"])
    editor.initialize(shop.path)
    uri = editor.open(shop.path / "pay.py", MINE)
    assert editor.diagnostics(uri, is_empty, version=0) == []
    registered = editor.wait(lambda message: message.get("method") == "client/registerCapability")
    assert registered["params"]["registrations"][0]["method"] == "workspace/didChangeConfiguration"
    settings["overlaps"] = {"ignore": []}
    editor.notify("workspace/didChangeConfiguration", {"settings": None})
    assert editor.diagnostics(uri)


def test_settings_that_a_client_tells_late_are_put_in_force(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    editor.answers["workspace/configuration"] = lambda _: LATER
    editor.initialize(shop.path)
    uri = editor.open(shop.path / "pay.py", MINE)
    assert editor.diagnostics(uri)
    asked = editor.wait(lambda message: message.get("method") == "workspace/configuration")
    editor.send(
        {"id": asked["id"], "result": [{"overlaps": {"ignore": ["feature/*"]}}] * len(asked["params"]["items"])}
    )
    assert editor.diagnostics(uri, is_empty) == []
    assert editor.shown() == []


def test_changed_settings(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    uri = editor.open(shop.path / "pay.py", MINE)
    editor.diagnostics(uri)

    def configure(**overlaps: object) -> int:
        mark = editor.mark()
        editor.notify("workspace/didChangeConfiguration", {"settings": {"forksight": {"overlaps": overlaps}}})
        return mark

    editor.diagnostics(uri, is_empty, since=configure(enabled=False))
    version = editor.change(uri, insert(0, 0, "x"))
    editor.diagnostics(uri, since=configure(enabled=True), version=version)
    editor.diagnostics(uri, is_empty, since=configure(ignore=[str(pay.path)]))
    editor.diagnostics(uri, since=configure(ignore=["unrelated"]))
    mark = configure(delay=-1)
    assert (
        "delay"
        in editor.wait(lambda message: message.get("method") == "window/showMessage", since=mark)["params"]["message"]
    )


def test_a_client_that_never_answers(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, capabilities=FULL)  # and refuses every request
    assert editor.diagnostics(editor.open(shop.path / "pay.py", MINE))
    assert editor.shown() == []


def test_trace_is_honoured(start: Start, shop: Checkout, pay: Checkout) -> None:
    logged = {}
    for trace in ("off", "verbose"):
        editor = start(shop.path)
        editor.initialize(shop.path, capabilities=BARE, options={"trace": trace})
        editor.diagnostics(editor.open(shop.path / "pay.py", MINE))
        if trace == "verbose":
            editor.wait(lambda message: message.get("method") == "window/logMessage")
        editor.leave()
        logged[trace] = [message for message in editor.messages if message.get("method") == "window/logMessage"]
    assert logged["off"] == []
    assert logged["verbose"]
