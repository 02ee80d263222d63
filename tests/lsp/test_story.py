"""The main job, end to end: the real server, real worktrees, text that nobody has saved."""

import re
from pathlib import Path

import pytest

from tests.conftest import MOMENT, Checkout
from tests.lsp.client import FULL, OLD, Editor, Json, insert, is_empty, lines_of, uri_of
from tests.lsp.conftest import edited
from tests.lsp.fixtures import NUMBERS, Start


def test_a_person_sees_the_other_worktree_on_the_very_lines(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    uri = editor.open(shop.path / "pay.py")
    assert editor.diagnostics(uri, is_empty, version=0) == []

    version = editor.change(uri, insert(4, 6, " (mine)"))
    (warning,) = editor.diagnostics(uri, version=version)
    assert lines_of([warning]) == [(4, 4, "conflict")]
    assert warning["range"]["end"]["character"] == len("line 5 (mine)")
    assert warning["severity"] == 2
    assert warning["source"] == "forksight"
    assert re.fullmatch(
        rf"feature/pay changed these lines too \(uncommitted, since {MOMENT}\): merging will conflict",
        warning["message"],
    )
    (related,) = warning["relatedInformation"]
    assert related["location"]["uri"] == uri_of(pay.path / "pay.py")
    assert related["location"]["range"]["start"] == {"line": 4, "character": 0}
    assert related["message"].startswith("feature/pay: uncommitted, since ")

    version = editor.change(uri, insert(0, 0, "typed above\n"))
    assert lines_of(editor.diagnostics(uri, version=version)) == [(5, 5, "conflict")]

    mark = editor.mark()
    pay.write({"pay.py": NUMBERS})
    assert editor.diagnostics(uri, is_empty, since=mark) == []


def test_the_status_counts_what_nobody_has_saved(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    ours = {**FULL, "experimental": {"forksight": {}}}
    editor.initialize(shop.path, capabilities=ours, options={"overlaps": {"delay": 0}})
    uri = editor.open(shop.path / "pay.py")

    def counted(since: int, conflicts: int) -> Json:
        def wanted(message: Json) -> bool:
            if message.get("method") != "forksight/status":
                return False
            overlaps: Json | None = message["params"]["overlaps"]
            return overlaps is not None and bool(overlaps["conflicts"] == conflicts)

        counts: Json = editor.wait(wanted, since=since, what="a status")["params"]["overlaps"]
        return counts

    counted(0, 0)
    mark = editor.mark()
    editor.change(uri, insert(4, 6, " (mine)"))
    one_conflict = {"conflicts": 1, "files": 1, "breaks": 0, "text": "1 conflict with feature/pay in pay.py"}
    assert counted(mark, 1) == one_conflict
    status = editor.request("forksight/status", {"textDocument": {"uri": uri}})
    assert status["overlaps"] == one_conflict
    assert status["text"] == "main · 1 conflict"
    mark = editor.mark()
    editor.close(uri)  # what was not saved is gone
    assert counted(mark, 0) == {"conflicts": 0, "files": 0, "breaks": 0, "text": ""}


def test_the_same_edit_is_a_hint_and_a_clean_merge_is_silent(editor: Editor, shop: Checkout) -> None:
    uri = editor.open(shop.path / "pay.py", edited(5, "line five, as pay has it\n"))
    (hint,) = editor.diagnostics(uri, version=0)
    assert (hint["severity"], hint["code"]) == (4, "identical")
    version = editor.change(uri, {"text": edited(12, "far away\n")})
    assert editor.diagnostics(uri, lambda _: True, version=version) == []


def test_worktrees_with_the_same_text_share_a_diagnostic(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    text = (pay.path / "pay.py").read_text()
    for name in ("one", "two"):
        shop.worktree(name).write({"pay.py": text})
    other = shop.worktree("zz-other").write({"pay.py": edited(5, "something else\n")})
    uri = editor.open(shop.path / "pay.py", edited(5, "mine\n"))

    def both(diagnostics: list[Json]) -> bool:  # for a moment the others' files are gone, while they are written
        names = sorted(diagnostic["message"].partition(" changed")[0] for diagnostic in diagnostics)
        return names == ["feature/pay and 2 more", "zz-other"]

    assert lines_of(editor.diagnostics(uri, both)) == [(4, 4, "conflict")] * 2
    mark = editor.mark()
    other.write({"pay.py": NUMBERS})
    assert len(editor.diagnostics(uri, lambda diagnostics: len(diagnostics) == 1, since=mark)) == 1


def test_a_version_that_is_still_the_newest_is_always_published(editor: Editor, shop: Checkout) -> None:
    uri = editor.open(shop.path / "cart.py", version=7)
    editor.diagnostics(uri, is_empty, version=7)
    version = editor.change(uri, insert(0, 0, "x"))
    editor.diagnostics(uri, is_empty, version=version)


def test_a_version_that_does_not_rise(editor: Editor, shop: Checkout) -> None:
    """Messages come in order: a client that counts oddly has changed its text all the same."""
    uri = editor.open(shop.path / "pay.py", version=7)
    editor.diagnostics(uri, is_empty, version=7)
    document = {"uri": uri, "version": 3}
    editor.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [insert(4, 0, "mine ")]})
    assert lines_of(editor.diagnostics(uri, version=3)) == [(4, 4, "conflict")]


def test_a_burst_of_typing_ends_with_the_last_version(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, options={"overlaps": {"delay": 100}})
    uri = editor.open(shop.path / "pay.py")
    editor.diagnostics(uri, is_empty, version=0)
    for column in range(30):
        version = editor.change(uri, insert(4, column, "x"))
    assert lines_of(editor.diagnostics(uri, version=version)) == [(4, 4, "conflict")]
    versions = [params["version"] for params in editor.published(uri)]
    assert versions == sorted(versions)
    assert len(versions) < 10  # the quiet is waited for


def test_committed_there(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    uri = editor.open(shop.path / "pay.py", edited(5, "mine\n"))
    editor.diagnostics(uri)
    mark = editor.mark()
    pay.commit(message="pay")
    (warning,) = editor.diagnostics(uri, lambda diagnostics: "uncommitted" not in str(diagnostics), since=mark)
    assert warning["message"] == "feature/pay changed these lines too (committed): merging will conflict"


@pytest.mark.parametrize(
    ("theirs", "code", "words"), [(None, "modify-delete", "deleted this file"), (b"\0\1", "binary", "binary")]
)
def test_conflicts_without_lines_are_on_the_first(
    editor: Editor, shop: Checkout, pay: Checkout, theirs: bytes | None, code: str, words: str
) -> None:
    pay.write({"cart.py": theirs})
    uri = editor.open(shop.path / "cart.py", edited(9, "mine\n"))
    (warning,) = editor.diagnostics(uri)
    assert lines_of([warning]) == [(0, 0, code)]
    assert words in warning["message"]


def test_a_file_that_becomes_another_one_while_it_is_typed(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    mine = NUMBERS.replace("line 5\n", "mine\n")
    shop.write({"pay.py": None, "moved.py": mine})
    uri = editor.open(shop.path / "moved.py")
    editor.diagnostics(uri, lambda diagnostics: "feature/pay" in str(diagnostics))
    for text in (NUMBERS.replace("line ", "all new "), mine):  # git takes it for a renamed pay.py no more, then again
        mark = editor.mark()
        version = editor.change(uri, {"text": text})
        editor.diagnostics(uri, bool if text == mine else is_empty, version=version, since=mark)


def test_lines_deleted_here_are_shown_where_they_were(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    pay.write({"pay.py": NUMBERS.replace("line 20\n", "line twenty\n"), "cart.py": edited(5, "their five\n")})
    end = editor.open(shop.path / "pay.py", NUMBERS.replace("line 20\n", ""))
    assert lines_of(editor.diagnostics(end)) == [(18, 18, "conflict")]  # the last line there is
    middle = editor.open(shop.path / "cart.py", NUMBERS.replace("line 5\n", ""))
    assert lines_of(editor.diagnostics(middle)) == [(4, 4, "conflict")]


ENCODINGS = {"utf-8": 4, "utf-16": 2, "utf-32": 1}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_columns_are_counted_as_agreed(start: Start, shop: Checkout, pay: Checkout, encoding: str) -> None:
    editor = start(shop.path)
    capabilities = editor.initialize(shop.path, options={"overlaps": {"delay": 0}}, encodings=[encoding])
    assert capabilities["positionEncoding"] == encoding
    uri = editor.open(shop.path / "pay.py", edited(5, "🦑🦑 five\n"))
    squid = ENCODINGS[encoding]
    (warning,) = editor.diagnostics(uri)
    assert warning["range"]["end"]["character"] == 2 * squid + 5
    version = editor.change(
        uri,
        {"range": {"start": {"line": 4, "character": squid}, "end": {"line": 4, "character": 2 * squid}}, "text": "é"},
    )
    (warning,) = editor.diagnostics(uri, version=version)
    assert warning["range"]["end"]["character"] == squid + {"utf-8": 2}.get(encoding, 1) + 5


def test_crlf_that_git_normalises(start: Start, shop: Checkout) -> None:
    shop.commit({".gitattributes": "* text=auto\n"}, "rules")
    shop.worktree("win").write({"pay.py": edited(5, "theirs\n").replace("\n", "\r\n")})
    editor = start(shop.path)
    editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
    uri = editor.open(shop.path / "pay.py", NUMBERS.replace("\n", "\r\n"))
    editor.diagnostics(uri, is_empty, version=0)
    version = editor.change(uri, insert(4, 0, "mine "))
    (warning,) = editor.diagnostics(uri, version=version)
    assert lines_of([warning]) == [(4, 4, "conflict")]
    assert warning["range"]["end"]["character"] == len("mine line 5")


def test_closing_clears_and_changed_files_are_covered(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    uri = editor.open(shop.path / "pay.py", edited(5, "mine, unsaved\n"))
    editor.diagnostics(uri)
    mark = editor.mark()
    editor.close(uri)
    editor.diagnostics(uri, is_empty, since=mark)

    mark = editor.mark()
    shop.write({"pay.py": edited(5, "mine, saved\n")})  # by somebody else's editor
    (warning,) = editor.diagnostics(uri, since=mark)
    assert lines_of([warning]) == [(4, 4, "conflict")]
    assert "version" not in editor.published(uri, mark)[-1]

    mark = editor.mark()
    editor.open(shop.path / "pay.py")
    editor.diagnostics(uri, version=0, since=mark)
    editor.close(uri)
    mark = editor.mark()
    shop.write({"pay.py": NUMBERS})
    editor.diagnostics(uri, is_empty, since=mark)


def test_scope_open_leaves_closed_files_alone(start: Start, shop: Checkout, pay: Checkout) -> None:
    shop.write({"pay.py": edited(5, "mine, saved\n")})
    editor = start(shop.path)
    editor.initialize(shop.path, options={"overlaps": {"delay": 0, "scope": "open"}})
    uri = editor.open(shop.path / "pay.py")
    editor.diagnostics(uri, version=0)
    mark = editor.mark()
    editor.close(uri)
    editor.diagnostics(uri, is_empty, since=mark)
    other = editor.open(shop.path / "cart.py", edited(5, "x"))
    editor.diagnostics(other, lambda _: True)
    assert editor.published(uri, mark)[-1]["diagnostics"] == []


def test_the_uri_that_the_client_used(start: Start, shop: Checkout, pay: Checkout, tmp_path: Path) -> None:
    link = tmp_path / "a link"
    link.symlink_to(shop.path)
    shop.write({"pay.py": edited(5, "mine\n"), "cart.py": edited(5, "mine\n")})
    pay.write({"cart.py": edited(5, "theirs\n")})
    editor = start(shop.path)
    editor.initialize(link, options={"overlaps": {"delay": 0}})
    uri = editor.open(uri_of(link / "pay.py").replace("pay", "%70ay"), (shop.path / "pay.py").read_text())
    assert "%70ay" in uri
    assert lines_of(editor.diagnostics(uri)) == [(4, 4, "conflict")]
    closed = uri_of(link / "cart.py")
    assert lines_of(editor.diagnostics(closed)) == [(4, 4, "conflict")]
    assert not editor.published(uri_of(shop.path / "pay.py"))


def test_a_file_that_is_open_twice(start: Start, shop: Checkout, pay: Checkout, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(shop.path)
    editor = start(shop.path)
    editor.initialize(shop.path, options={"overlaps": {"delay": 0}})
    uris = [editor.open(uri_of(top / "pay.py"), edited(5, "mine\n")) for top in (shop.path, tmp_path / "link")]
    for uri in uris:
        editor.diagnostics(uri)
    for uri in uris:
        version = editor.change(uri, insert(0, 0, "x\n"))
        assert lines_of(editor.diagnostics(uri, version=version)) == [(5, 5, "conflict")]
        assert all(shown["diagnostics"] for shown in editor.published(uri))


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "git:/repo/pay.py?HEAD", "file://server/share/x", "no uri at all"]
)
def test_what_is_no_file_is_left_alone(editor: Editor, shop: Checkout, uri: str) -> None:
    editor.open(uri, "text\n")
    editor.change(uri, insert(0, 0, "x"))
    editor.save(uri)
    other = editor.open(shop.path / "cart.py")
    editor.diagnostics(other, lambda _: True)
    assert not editor.published(uri)
    editor.close(uri)
    assert editor.shown() == []


def test_outside_of_any_repository(start: Start, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("x\n")
    editor = start(tmp_path)
    editor.initialize(tmp_path, options={"overlaps": {"delay": 0}})
    uri = editor.open(tmp_path / "note.txt")
    editor.change(uri, insert(0, 0, "y"))
    question = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
    assert editor.request("textDocument/hover", question) is None
    assert editor.leave() == 0
    assert editor.shown() == []
    assert not editor.published(uri)


def test_an_old_client_gets_plain_messages(start: Start, shop: Checkout, pay: Checkout) -> None:
    editor = start(shop.path)
    editor.initialize(shop.path, capabilities=OLD, options={"forksight": {"overlaps": {"delay": 0}}})
    uri = editor.open(shop.path / "pay.py", edited(5, "mine\n"))
    (warning,) = editor.diagnostics(uri)
    assert "relatedInformation" not in warning
    assert "feature/pay" in warning["message"]
    requests = [message["method"] for message in editor.messages if "id" in message and "method" in message]
    assert requests == []


def test_another_worktrees_save_is_seen_without_the_clients_help(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    uri = editor.open(shop.path / "pay.py", edited(9, "mine\n"))
    editor.diagnostics(uri, is_empty)
    settle(editor, shop, pay)
    mark = editor.mark()
    pay.write({"pay.py": edited(9, "theirs\n")})
    (warning,) = editor.diagnostics(uri, since=mark)
    assert warning["code"] == "conflict"


def settle(editor: Editor, shop: Checkout, pay: Checkout) -> None:
    """Wait until the server watches: a probe of ours has come back."""
    uri = editor.open(shop.path / "cart.py", edited(5, "probe\n"))
    pay.write({"cart.py": edited(5, "answer\n")})
    editor.diagnostics(uri)
    mark = editor.mark()
    pay.write({"cart.py": NUMBERS})
    editor.diagnostics(uri, is_empty, since=mark)
