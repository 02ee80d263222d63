"""Documents: changes, columns, URIs, and how text is stored."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from forksight.lsp.documents.document import changed, line_starts, opened, split
from forksight.lsp.documents.file_encoding import FileEncoding, detect_file_encoding
from forksight.lsp.wire.positions import Encoding, index, width
from forksight.lsp.wire.uris import path_of, sendable, sent, uri_of
from tests.conftest import Checkout
from tests.lsp.client import Editor, is_empty
from tests.lsp.fixtures import NUMBERS

TEXTS = st.text(st.sampled_from("ab \n\r\t\f\u2028é\u0301🦑\x1c"), max_size=30)
CODECS = {Encoding.UTF8: ("utf-8", 1), Encoding.UTF16: ("utf-16-le", 2), Encoding.UTF32: ("utf-32-le", 4)}


def naive_lines(text: str) -> list[str]:
    """The lines of a text with their endings, by the specification's words."""
    lines, start, at = [], 0, 0
    while at < len(text):
        at += 2 if text.startswith("\r\n", at) else 1
        if text[at - 1] in "\r\n":
            lines.append(text[start:at])
            start = at
    return [*lines, text[start:]] if start < len(text) else lines


def naive_place(text: str, encoding: Encoding, offset: int) -> types.Position:
    """The position of an index into a text."""
    codec, unit = CODECS[encoding]
    before = naive_lines(text[:offset])
    if not before:
        return types.Position(0, 0)
    if before[-1][-1] in "\r\n" and not text.startswith("\r\n", offset - 1):
        return types.Position(len(before), 0)
    return types.Position(len(before) - 1, len(before[-1].rstrip("\r\n").encode(codec)) // unit)


@given(TEXTS)
def test_lines_are_split_as_lsp_has_it(text: str) -> None:
    assert split(text) == naive_lines(text)


@given(TEXTS, TEXTS, st.sampled_from(list(Encoding)), st.data())
def test_changes(text: str, new: str, encoding: Encoding, data: st.DataObject) -> None:
    places = [at for at in range(len(text) + 1) if not text.startswith("\r\n", at - 1) or at == 0]
    start, end = sorted(data.draw(st.sampled_from(places)) for _ in range(2))
    where = types.Range(naive_place(text, encoding, start), naive_place(text, encoding, end))
    change = types.TextDocumentContentChangePartial(range=where, text=new)
    document = changed(opened("file:///a", 1, text), [change], 2, encoding)
    assert document.text == text[:start] + new + text[end:]
    assert list(document.lines) == naive_lines(document.text)
    assert document.version == 2


@pytest.mark.parametrize(
    ("start", "end", "after"),
    [
        ((0, 99), (0, 99), "oneX\ntwo"),  # beyond the line: its end
        ((9, 0), (9, 9), "one\ntwoX"),  # beyond the text: its end
        ((1, 0), (0, 1), "one\nXtwo"),  # backwards: nothing is replaced
        ((0, 1), (1, 1), "oXwo"),
    ],
)
def test_places_that_do_not_exist(start: tuple[int, int], end: tuple[int, int], after: str) -> None:
    where = types.Range(types.Position(*start), types.Position(*end))
    change = types.TextDocumentContentChangePartial(range=where, text="X")
    assert changed(opened("file:///a", 1, "one\ntwo"), [change], 2, Encoding.UTF16).text == after


def test_several_changes_count_one_after_another() -> None:
    first = types.TextDocumentContentChangeWholeDocument(text="a\nb\n")
    second = types.TextDocumentContentChangePartial(
        range=types.Range(types.Position(1, 0), types.Position(1, 1)), text="B"
    )
    assert changed(opened("file:///a", 1, "old"), [first, second], 2, Encoding.UTF8).text == "a\nB\n"


@given(st.text(max_size=20), st.sampled_from(list(Encoding)), st.integers(0, 20))
def test_columns_there_and_back(line: str, encoding: Encoding, at: int) -> None:
    codec, unit = CODECS[encoding]
    at = min(at, len(line))
    column = width(line[:at], encoding)
    assert column == len(line[:at].encode(codec, "surrogatepass")) // unit
    assert index(line, column, encoding) == at


def test_a_column_within_a_character() -> None:
    assert index("a🦑b", 2, Encoding.UTF16) == 1
    assert index("a🦑b", 3, Encoding.UTF8) == 1
    assert index("a🦑b", 99, Encoding.UTF16) == 3


def test_git_counts_lines_by_newlines_alone() -> None:
    text = "one\rtwo\nthree\r\nfour"
    document = opened("file:///a", 1, text)
    assert line_starts(document.lines, text) == [0, 2, 3]
    plain = "one\r\ntwo\n"
    assert line_starts(opened("file:///a", 1, plain).lines, plain) is None


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b.py", "/a/b.py"),
        ("file:///a%20b/%C3%A9.py", "/a b/é.py"),
        ("file:///a/b%23c?d#e", "/a/b#c?d#e"),
        ("FILE:///a", "/a"),
        ("file://localhost/a", "/a"),
        ("file:///a/../b//c", "/b/c"),
        ("file:/a/b", "/a/b"),
        ("file:///%FF", os.fsdecode(b"/\xff")),
        ("file:///a%00b", None),
        ("file://server/a", None),
        ("untitled:Untitled-1", None),
        ("git:/a/b", None),
        ("vscode-notebook-cell:/a.ipynb#W0", None),
        ("file:relative", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_paths_of_uris(uri: str, path: str | None) -> None:
    assert path_of(uri) == path


@pytest.mark.parametrize("path", ["/a b/é#?.py", "/🦑", os.fsdecode(b"/\xff\xfe"), "/a%20b", "/it's (1)"])
def test_uris_of_paths(path: str) -> None:
    assert path_of(uri_of(path)) == path
    assert uri_of(path).isascii()
    assert " " not in uri_of(path)


@pytest.mark.parametrize("name", ["/a b", "é🦑", os.fsdecode(b"/\xff"), "file:odd", os.fsdecode(b"file:%25\xe9"), ""])
def test_names_are_sent_and_taken_back(name: str) -> None:
    sendable(name).encode()
    assert sent(sendable(name)) == name


@pytest.mark.parametrize(
    ("disk", "shown"),
    [
        (b"plain\n", "plain\n"),
        ("é🦑\n".encode(), "é🦑\n"),
        (b"\xef\xbb\xbfbom\n", "bom\n"),
        (b"\xef\xbb\xbfbom\n", "\ufeffbom\n"),
        (b"dos\r\nfile\r\n", "dos\r\nfile\r\n"),
        (b"dos\r\nfile\r\n", "dos\nfile\n"),
        (b"caf\xe9\nbar\n", "café\nbar\n"),
        (b"\x93quoted\x94\n", "“quoted”\n"),
        (b"caf\xe9\nb\xff\xfer\n", "caf\ufffd\nb\ufffd\ufffdr\n"),
        (b"", ""),
    ],
)
def test_what_an_editor_shows_is_stored_as_it_was(disk: bytes, shown: str) -> None:
    assert detect_file_encoding(shown, disk).to_bytes(shown) == disk


def test_stored_after_an_edit() -> None:
    file_encoding = detect_file_encoding("caf\ufffd\nbar\n", b"caf\xe9\nbar\n")
    assert file_encoding.to_bytes("caf\ufffd\nnew é\n") == b"caf\xe9\nnew \xc3\xa9\n"
    assert detect_file_encoding("café\n", b"caf\xe9\n").to_bytes("🦑 café\n") == "🦑 café\n".encode()
    assert detect_file_encoding("a\n", b"a\r\nb\r\n").to_bytes("a\nc\n") == b"a\r\nc\r\n"
    assert (
        detect_file_encoding("opened with unsaved changes", b"\xef\xbb\xbfother\n").to_bytes("x\n")
        == b"\xef\xbb\xbfx\n"
    )
    assert FileEncoding().to_bytes("\ud800") == b"\xed\xa0\x80"


def test_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    assert detect_file_encoding("x", None) == FileEncoding()
    assert FileEncoding("latin-1").to_text(b"caf\xe9") == "café"
    assert FileEncoding().to_text(b"caf\xe9") is None


@pytest.mark.parametrize("kind", ["pipe", "endless device", "folder"])
def test_a_document_that_is_no_regular_file_keeps_no_other_waiting(
    editor: Editor, shop: Checkout, pay: Checkout, kind: str
) -> None:
    secret = shop.path / "secret.env"
    if kind == "pipe":
        os.mkfifo(secret)
    elif kind == "folder":
        secret.mkdir()
    else:
        secret.symlink_to("/dev/zero")
    editor.open(secret, "KEY=1\n")
    uri = editor.open(shop.path / "pay.py", NUMBERS.replace("line 5\n", "mine\n"))
    editor.diagnostics(uri, bool)
    mark = editor.mark()
    pay.write({"pay.py": NUMBERS})
    editor.diagnostics(uri, is_empty, since=mark)
