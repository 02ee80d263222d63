"""From a line to the session that edits it: the quick fix that shows it, and its name on hover."""

import json
import os
import re
import shutil
import time
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo
from tests.lsp.client import BARE, FULL, Editor, Json, uri_of
from tests.lsp.conftest import MINE, edited
from tests.lsp.fixtures import Start
from tests.lsp.overlap_actions import actions, chosen, execute, hover, titles
from tests.waiting import wait_for

OURS = {**FULL, "experimental": {"forksight": {"openTerminal": True}}}


@pytest.fixture
def sessions_repo(shop: Checkout, pay: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionsRepo:
    """Claude Code's folder, in which sessions of `shop` and `pay` can be put; claude is a program that does nothing."""
    config = tmp_path / "claude"
    config.mkdir()
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(config))
    monkeypatch.setenv("FORKSIGHT_CLAUDE", shutil.which("true") or "true")
    return SessionsRepo(shop, config)


def opened(start: Start, shop: Checkout, capabilities: Json) -> tuple[Editor, str]:
    """An editor with `pay.py` in it, as nobody has saved it, in conflict with `feature/pay`."""
    editor = start(shop.path)
    editor.answers["workspace/configuration"] = lambda _: [None]
    editor.answers["client/registerCapability"] = lambda _: None
    editor.answers["window/workDoneProgress/create"] = lambda _: None
    editor.answers["forksight/openTerminal"] = lambda _: {"opened": True}
    editor.initialize(shop.path, capabilities=capabilities, options={"overlaps": {"delay": 0}})
    uri = editor.open(shop.path / "pay.py", MINE)
    editor.diagnostics(uri)
    return editor, uri


def names(text: str, diagnostics: list[Json]) -> bool:
    return text in str(diagnostics)


def have_sessions_read(checkout: Checkout) -> None:
    """Change a repository: the server reads its sessions then, instead of some seconds later."""
    checkout.write({f"notes-{time.monotonic_ns()}": ""})


def shown_session(editor: Editor, uri: str, title: str) -> Json:
    """The first quick fix, once it has this title."""

    def first_title() -> bool:
        return titles(actions(editor, uri, 4))[0] == title

    wait_for(f"the quick fix {title}", first_title)
    return actions(editor, uri, 4)[0]


@pytest.mark.parametrize("capabilities", [FULL, BARE], ids=["full", "bare"])
def test_a_running_session_is_named_and_shown_where_it_runs(
    start: Start, sessions_repo: SessionsRepo, shop: Checkout, pay: Checkout, capabilities: Json
) -> None:
    session = sessions_repo.session("pay by card", cwd=str(pay.path), branch="feature/pay", age=60)
    sessions_repo.session("written later, not running", cwd=str(pay.path), branch="feature/pay")
    sessions_repo.session("here", cwd=str(shop.path))
    sessions_repo.run_in(session, str(pay.path), status="busy")
    editor, uri = opened(start, shop, capabilities)
    fix = shown_session(editor, uri, "Show “pay by card” (working)")
    assert fix["kind"] == "quickfix"
    assert fix["command"]["arguments"] == [{"uri": uri, "session": session}]
    quick_fixes = [action["title"] for action in actions(editor, uri, 4) if action["kind"] == "quickfix"]
    assert quick_fixes == [
        "Show “pay by card” (working)",
        "Open feature/pay's version",
        "Show the difference to feature/pay",
        "Take feature/pay's version of these lines",
    ]
    assert "Ignore overlaps with feature/pay" in titles(actions(editor, uri, 4))
    assert "feature/pay: “pay by card”, working" in str(hover(editor, uri, 4))
    result = execute(editor, fix)
    assert (result["opened"], result["focused"]) == (False, False)
    assert any(f"runs already in {pay.path}" in text for text in editor.shown())


def test_a_session_that_does_not_run_is_resumed(
    start: Start, sessions_repo: SessionsRepo, shop: Checkout, pay: Checkout
) -> None:
    session = sessions_repo.session("pay by card", cwd=str(pay.path), branch="feature/pay")
    sessions_repo.session("long ago", cwd=str(pay.path), branch="feature/pay", age=3600)
    editor, uri = opened(start, shop, OURS)
    execute(editor, shown_session(editor, uri, "Show “pay by card” (not running)"))
    (terminal,) = (
        message["params"] for message in editor.messages if message.get("method") == "forksight/openTerminal"
    )
    assert terminal["cwd"] == str(pay.path)
    assert session in terminal["argv"]


def test_of_worktrees_with_one_text_the_one_that_works_is_shown(
    start: Start, sessions_repo: SessionsRepo, shop: Checkout, pay: Checkout
) -> None:
    texts = (pay.path / "pay.py").read_text()
    others = [shop.worktree(name).write({"pay.py": texts}) for name in ("one", "two")]
    sessions_repo.session("first", cwd=str(pay.path), branch="feature/pay")
    sessions_repo.session("second", cwd=str(others[1].path), branch="two", age=3600)
    running = sessions_repo.session("third", cwd=str(others[0].path), branch="one", age=7200)
    sessions_repo.run_in(running, str(others[0].path), status="idle", pid=os.getpid())
    editor, uri = opened(start, shop, FULL)
    assert shown_session(editor, uri, "Show “third” (your turn)")["command"]["arguments"][0]["session"] == running
    text = str(hover(editor, uri, 4))
    assert "“third”, your turn)" in text
    assert "“first”, not running)" in text
    assert len([action for action in actions(editor, uri, 4) if action["kind"] == "quickfix"]) == 4


def test_titles_of_strangers(start: Start, sessions_repo: SessionsRepo, shop: Checkout, pay: Checkout) -> None:
    sessions_repo.session("a\n# b\x1b[31m\u202e <b>" + "long " * 100, cwd=str(pay.path), branch="feature/pay")
    editor, uri = opened(start, shop, FULL)
    wait_for("the quick fix", lambda: actions(editor, uri, 4)[0]["title"].startswith("Show “a # b"))
    title = actions(editor, uri, 4)[0]["title"]
    assert title.isprintable()
    assert len(title) < 110
    (warning,) = editor.diagnostics(uri, lambda diagnostics: "“a # b" in str(diagnostics))
    assert warning["message"].isprintable()
    assert len(warning["message"]) < 170
    text = str(hover(editor, uri, 4))
    assert "<b>" not in text
    assert "\x1b" not in text


def test_without_a_session_there_is_none_to_show(
    start: Start, sessions_repo: SessionsRepo, shop: Checkout, pay: Checkout
) -> None:
    sessions_repo.session("here", cwd=str(shop.path))
    seen = sessions_repo.session(
        "elsewhere", cwd=str(shop.worktree("elsewhere").write({"cart.py": edited(5, "x\n")}).path)
    )
    sessions_repo.run_in(seen, str(shop.path.parent / "elsewhere"))
    editor, uri = opened(start, shop, FULL)
    cart = editor.open(shop.path / "cart.py", MINE)
    editor.diagnostics(cart)
    shown = "Show “elsewhere” (your turn)"
    wait_for("a look at the sessions", lambda: shown in titles(actions(editor, cart, 4)))
    assert chosen(actions(editor, cart, 4), shown)["command"]["arguments"][0]["uri"] == uri_of(shop.path / "cart.py")
    assert not any("“" in title for title in titles(actions(editor, uri, 4)))


def test_the_warning_names_the_session_once_it_is_known(
    start: Start, sessions_repo: SessionsRepo, shop: Checkout, pay: Checkout
) -> None:
    """Open and closed files; the first warnings wait for no session, and what it does now is not among the words."""
    session = sessions_repo.session("pay by card", cwd=str(pay.path), branch="feature/pay")
    for checkout, text in ((shop, "here\n"), (pay, "there\n")):
        checkout.write({"cart.py": edited(9, text)})
    editor, uri = opened(start, shop, FULL)
    said = r"feature/pay \(“pay by card”\) changed these lines too \(uncommitted, since .*\): merging will conflict"
    for document in (uri, uri_of(shop.path / "cart.py")):
        (warning,) = editor.diagnostics(document, lambda diagnostics: "“" in str(diagnostics))
        assert re.fullmatch(said, warning["message"])
    first = next(shown["diagnostics"] for shown in editor.published(uri) if shown["diagnostics"])
    assert "feature/pay changed" in first[0]["message"]

    mark = editor.mark()
    sessions_repo.run_in(session, str(pay.path), status="busy")
    have_sessions_read(shop)
    shown_session(editor, uri, "Show “pay by card” (working)")
    assert editor.published(uri, mark) == []
    for title, named in (("pay later", "feature/pay (“pay later”) changed"), ("feature/pay", "feature/pay changed")):
        mark = editor.mark()
        with sessions_repo.transcript(session).open("a") as stream:
            stream.write(json.dumps({"type": "custom-title", "customTitle": title, "sessionId": session}) + "\n")
        have_sessions_read(shop)
        editor.diagnostics(uri, partial(names, named), since=mark)


def test_a_warning_names_none_of_two_sessions_that_share_a_worktree(
    start: Start, sessions_repo: SessionsRepo, shop: Checkout, pay: Checkout
) -> None:
    """It would change with each turn."""
    editor, uri = opened(start, shop, FULL)
    names = ("first", "second")
    sessions = [sessions_repo.session(name, cwd=str(pay.path), branch="feature/pay") for name in names]
    have_sessions_read(shop)
    editor.diagnostics(uri, lambda diagnostics: "feature/pay (“" in str(diagnostics))
    mark = editor.mark()
    with sessions_repo.another_process() as pid:
        sessions_repo.run_in(sessions[0], str(pay.path))
        sessions_repo.run_in(sessions[1], str(pay.path), pid=pid)
        have_sessions_read(shop)
        editor.diagnostics(uri, lambda diagnostics: "feature/pay changed" in str(diagnostics), since=mark)


def test_a_break_leads_to_the_session_that_makes_it(
    start: Start, sessions_repo: SessionsRepo, shop: Checkout, pay: Checkout
) -> None:
    charge = "def charge(amount):\n    return amount\n"
    shop.commit({"lib.py": charge, "app.py": "from lib import charge\n"}, "lib")
    pay.git("merge", "--quiet", shop.git("rev-parse", "HEAD").strip())
    pay.write({"lib.py": charge.replace("amount)", "amount, account)")})
    sessions_repo.run_in(
        sessions_repo.session("pay by card", cwd=str(pay.path), branch="feature/pay"), str(pay.path), status="busy"
    )
    editor, _ = opened(start, shop, FULL)
    uri = editor.open(shop.path / "app.py", "from lib import charge\n\n\n\ncharge(1)\n")
    editor.diagnostics(uri, lambda diagnostics: [known["code"] for known in diagnostics] == ["semantic-signature"])
    shown_session(editor, uri, "Show “pay by card” (working)")
    text = hover(editor, uri, 4)
    assert text is not None
    assert "feature/pay: “pay by card”, working" in text
    assert "+def charge(amount, account):" in text
