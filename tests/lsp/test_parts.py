"""The parts of the server by themselves: publishing, scheduling, framing, diagnostics, and lsprotocol built late."""

import io
import random
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime

import pytest

from forksight.core.merge.diff import split_lines
from forksight.core.merge.unified_diff import unified
from forksight.core.overlaps.meaning import Cause, Meaning
from forksight.core.overlaps.overlap import FileReport, Kind, Lines, Region, Side
from forksight.core.problems import GitError
from forksight.lsp.diagnostics.overlap_diagnostics import diagnostics_of
from forksight.lsp.diagnostics.publisher import Publisher
from forksight.lsp.diagnostics.worker import Worker
from forksight.lsp.documents.document import line_starts, split
from forksight.lsp.log import Log
from forksight.lsp.wire.plain_json import Json
from forksight.lsp.wire.positions import Encoding
from forksight.lsp.wire.streams import bodies

TODAY = datetime(2025, 11, 21, 15, 0).astimezone()


# ---------------------------------------------------------------------------------------------- publisher


def test_producers_keep_apart() -> None:
    sent: list[Json] = []
    publisher = Publisher(sent.append)
    publisher.show("overlaps", "a", [{"m": 1}], version=1)
    publisher.show("sessions", "a", [{"m": 2}])
    publisher.clear("overlaps", "a")
    publisher.show("sessions", "b", [{"m": 3}])
    publisher.clear_all("sessions", but=["b"])
    assert [(params["uri"], params.get("version"), params["diagnostics"]) for params in sent] == [
        ("a", 1, [{"m": 1}]),
        ("a", 1, [{"m": 1}, {"m": 2}]),
        ("a", 1, [{"m": 2}]),
        ("b", None, [{"m": 3}]),
        ("a", 1, []),
    ]


def test_only_news_is_sent() -> None:
    sent: list[Json] = []
    publisher = Publisher(sent.append)
    publisher.show("overlaps", "a", [])
    publisher.clear("overlaps", "a")
    publisher.show("overlaps", "a", [{"m": 1}])
    publisher.show("overlaps", "a", [{"m": 1}])
    assert len(sent) == 1
    publisher.show("overlaps", "a", [{"m": 1}], version=2, always=True)
    publisher.closed("a")
    publisher.clear("overlaps", "a")
    assert [params.get("version") for params in sent] == [None, 2, None]


# ---------------------------------------------------------------------------------------------- worker


def test_the_newest_request_of_a_key_is_run_once() -> None:
    ran: list[str] = []
    gate, done = threading.Event(), threading.Event()

    def work(key: str) -> None:
        gate.wait(10)
        ran.append(key)
        if key == "last":
            done.set()

    worker = Worker("test", work, lambda *_: None)
    worker.request("first")
    for _ in range(100):
        worker.request("again")
    worker.request("never", 3600)
    worker.request("last", 0.01)
    gate.set()
    assert done.wait(10)
    assert ran == ["first", "again", "last"]
    worker.close()


def test_a_failure_does_not_end_the_worker() -> None:
    failures: list[str] = []
    done = threading.Event()

    def work(key: str) -> None:
        if key == "bad":
            raise ValueError(key)
        done.set()

    worker = Worker("test", work, lambda key, error: failures.append(f"{key}: {error}"))
    worker.request("bad")
    worker.request("good", 0.01)
    assert done.wait(10)
    assert failures == ["bad: bad"]
    assert worker.wait_idle(10)
    worker.close()


def test_a_key_that_takes_long_keeps_no_other_waiting_and_is_worked_on_once_at_a_time() -> None:
    ran: list[str] = []
    begun, gate, quick = threading.Event(), threading.Event(), threading.Event()

    def work(key: str) -> None:
        ran.append(key)
        if key == "slow":
            begun.set()
            assert gate.wait(10)
        else:
            quick.set()

    worker = Worker("test", work, lambda *_: None, threads=3)
    worker.request("slow")
    assert begun.wait(10)
    worker.request("slow")
    worker.request("quick", 0.01)
    assert quick.wait(10)
    assert ran == ["slow", "quick"]
    gate.set()
    assert worker.wait_idle(10)
    assert ran == ["slow", "quick", "slow"]
    worker.close()


def test_every_request_is_worked_on_whatever_comes_before_and_after_it() -> None:
    rng = random.Random(3)
    ran = {f"{number}": threading.Event() for number in range(40)}
    worker = Worker("test", lambda key: ran[key].set(), lambda *_: None, threads=3)
    for _ in range(20):
        for key, event in ran.items():
            event.clear()
            worker.request(key, rng.choice((0.0, 0.0, 0.001, 0.004)))
        assert all(event.wait(40) for event in ran.values())
    assert worker.wait_idle(40)
    worker.close()


# ---------------------------------------------------------------------------------------------- log


def test_what_is_wrong_is_shown_once_whatever_it_keeps_from_being_done() -> None:
    logged: list[str] = []
    shown: list[str] = []
    log = Log(lambda params: logged.append(params.message), lambda params: shown.append(params.message))
    for doing in ("check a.py", "check b.py"):
        log.failed(doing, GitError("git could not be started", fix="install git"))
        try:
            raise ValueError(doing)
        except ValueError as error:
            log.failed(doing, error)
    assert shown == [
        "Forksight could not check a.py: git could not be started: install git",
        "Forksight could not check a.py because of an error of its own. It goes on; the log has the details.",
    ]
    assert len(logged) == 4


# ---------------------------------------------------------------------------------------------- framing


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"Content-Length: 2\r\n\r\n{}Content-Length: 3\r\n\r\n[1]", [b"{}", b"[1]"]),
        (b"content-length:2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}", [b"{}"]),
        (b"Content-Length: 5\r\n\r\n{}", []),
        (b"Content-Length: x\r\n\r\n{}", []),
        (b"Content-Length: 99999999999999999999\r\n\r\n{}", []),
        (b"Content-Length: 9999999999999\r\n\r\n{}", []),
        (b"\r\n\r\n", []),
        (b"", []),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", []),
        (b"Content-Length: 2\r\nHost: evil\r\n\r\n{}", []),
    ],
)
def test_bodies(data: bytes, wanted: list[bytes]) -> None:
    assert list(bodies(io.BytesIO(data))) == wanted


# ---------------------------------------------------------------------------------------------- diagnostics

NOON = datetime(2025, 11, 21, 12, 5).astimezone().timestamp()
PAY = Side("/w/pay", "feature/pay", "src/a b.py", Lines(7, 9), uncommitted=True, since=NOON)


def shown(region: Region, text: str, encoding: Encoding = Encoding.UTF16) -> Json:
    lines = split(text)
    (diagnostic,) = diagnostics_of(
        FileReport("a.py", (region,)), lines, line_starts(lines, text), encoding, TODAY, related=True
    )
    return diagnostic


def span(diagnostic: Json) -> tuple[int, int, int, int]:
    start, end = diagnostic["range"]["start"], diagnostic["range"]["end"]
    return start["line"], start["character"], end["line"], end["character"]


@pytest.mark.parametrize(
    ("text", "lines", "wanted"),
    [
        ("one\ntwo\nthree\n", (1, 2), (1, 0, 1, 3)),
        ("one\ntwo\nthree\n", (0, 3), (0, 0, 2, 5)),
        ("one\ntwo\nthree", (2, 3), (2, 0, 2, 5)),
        ("one\r\ntwo\r\n", (1, 2), (1, 0, 1, 3)),
        ("one\ntwo\n", (1, 1), (1, 0, 1, 3)),  # an empty region covers its line
        ("one\ntwo\n", (2, 2), (1, 0, 1, 3)),  # the last one at the end
        ("", (0, 0), (0, 0, 0, 0)),
        ("", (0, 1), (0, 0, 0, 0)),
        ("one\n", (3, 9), (0, 0, 0, 3)),  # the file became shorter meanwhile
        ("a\rb\nc\n", (1, 2), (2, 0, 2, 1)),  # git has two lines, the client three
        ("🦑\n", (0, 1), (0, 0, 0, 2)),
    ],
)
def test_ranges(text: str, lines: tuple[int, int], wanted: tuple[int, int, int, int]) -> None:
    assert span(shown(Region("a.py", Kind.CONFLICT, Lines(*lines), (PAY,)), text)) == wanted


def test_everything_that_is_told() -> None:
    main = Side("/w/main", "main", "a.py", Lines(0, 1))
    region = Region(
        "a.py", Kind.CONFLICT, Lines(0, 1), (PAY, main, Side("origin/main", "origin/main", "a.py", Lines(0, 1)))
    )
    assert shown(region, "x\n") == {
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}},
        "message": "feature/pay and 2 more changed these lines too (partly uncommitted, since 12:05): merging will conflict",
        "severity": 2,
        "code": "conflict",
        "source": "forksight",
        "data": {"others": ["/w/pay", "/w/main", "origin/main"]},
        "relatedInformation": [
            {
                "location": {
                    "uri": "file:///w/pay/src/a%20b.py",
                    "range": {"start": {"line": 7, "character": 0}, "end": {"line": 9, "character": 0}},
                },
                "message": "feature/pay: uncommitted, since 12:05",
            },
            {
                "location": {
                    "uri": "file:///w/main/a.py",
                    "range": {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}},
                },
                "message": "main: committed",
            },
        ],
    }


_CAUSES = {
    Kind.SEMANTIC_GONE: Cause.REMOVED,
    Kind.SEMANTIC_SIGNATURE: Cause.SIGNATURE,
    Kind.SEMANTIC_TWICE: Cause.TWICE,
    Kind.SEMANTIC_ABSTRACT: Cause.ABSTRACT,
}


@pytest.mark.parametrize("kind", list(Kind))
def test_only_identical_edits_are_hints(kind: Kind) -> None:
    meaning = Meaning(_CAUSES[kind], "total", "b.py", changed_here=False) if kind.semantic else None
    diagnostic = shown(Region("a.py", kind, Lines(0, 1), (PAY,), meaning=meaning), "x\n")
    assert diagnostic["code"] == kind.value
    assert diagnostic["severity"] == (4 if kind is Kind.IDENTICAL else 2)
    assert diagnostic["message"].startswith("feature/pay ")
    assert ("merging will conflict" in diagnostic["message"]) is kind.stops_merge
    assert diagnostic["relatedInformation"]


def test_nothing_points_at_a_file_that_is_not_there() -> None:
    there = Side("/w/main", "main", "a.py", Lines(0, 1))
    region = Region("a.py", Kind.RENAME, Lines(0, 1), (replace(there, gone=True), there))
    (only,) = shown(region, "x\n")["relatedInformation"]
    assert only["location"]["uri"] == "file:///w/main/a.py"


# ---------------------------------------------------------------------------------------------- unified diff


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\n", "a\nb\n"),
        ("a\nb\n", "b\n"),
        ("", "a\n"),
        ("a\n", ""),
        ("a", "a\n"),
        ("a\nb", "a\nB"),
        ("".join(f"{n}\n" for n in range(40)), "".join(f"{n}\n" for n in range(40) if n not in (3, 9, 30)) + "end\n"),
        ("same\n", "same\n"),
    ],
)
def test_a_difference_can_be_applied(ours: str, theirs: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("patch")
    (folder / "file").write_text(ours)
    text = unified(split_lines(ours.encode()), split_lines(theirs.encode()), "a/file", "b/file")
    if text:
        subprocess.run(["git", "apply", "--unidiff-zero", "-"], cwd=folder, input=text, text=True, check=True)
    assert (folder / "file").read_text() == theirs


# ---------------------------------------------------------------------------------------------- lsprotocol, built late

COMPARED = """
import sys, attrs
{lean}
from lsprotocol import converters, types
converter = converters.get_converter()  # resolves what types name each other by
for name, cls in sorted(types.ALL_TYPES_MAP.items()):
    if isinstance(cls, type) and attrs.has(cls):
        print(name, [(f.name, str(f.type), str(f.default), f.alias) for f in attrs.fields(cls)])
message = {{"jsonrpc": "2.0", "id": 1, "method": "textDocument/codeAction", "params": {{
    "textDocument": {{"uri": "file:///a"}}, "range": {{"start": {{"line": 0, "character": 0}}, "end": {{"line": 0, "character": 1}}}},
    "context": {{"diagnostics": [{{"range": {{"start": {{"line": 0, "character": 0}}, "end": {{"line": 0, "character": 1}}}}, "message": "m",
        "code": 3, "data": {{"x": [1]}}, "severity": 2}}], "only": ["quickfix", "mine"], "triggerKind": 1}}}}}}
request = converter.structure(message, types.CodeActionRequest)
print(request)
assert converter.unstructure(request) == message
assert request == converter.structure(message, types.CodeActionRequest)
try:
    types.Position(line="x", character=0)
except Exception as error:
    print(type(error).__name__)
"""


def test_lsprotocol_built_late_is_lsprotocol() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", COMPARED.format(lean=lean)], capture_output=True, text=True, check=True)
        for lean in ("", "from forksight.lsp.wire import lazy_types")
    ]
    assert len(runs[0].stdout.splitlines()) > 500
    assert runs[1].stdout == runs[0].stdout


def test_most_of_lsprotocol_is_never_built() -> None:
    code = """
from forksight.lsp.wire import lazy_types
from forksight.lsp.assembly import create_server
from forksight.app import Forksight
from lsprotocol import types
create_server(Forksight())
built = [c for c in vars(types).values() if isinstance(c, type) and isinstance(vars(c).get("__attrs_attrs__"), tuple)]
print(len(built))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 50
