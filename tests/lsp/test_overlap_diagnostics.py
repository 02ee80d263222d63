"""Overlaps as LSP diagnostics: ranges, texts, severities."""

from dataclasses import replace
from datetime import datetime

import pytest

from forksight.core.overlaps.meaning import Cause, Meaning
from forksight.core.overlaps.overlap import FileReport, Kind, Lines, Region, Side
from forksight.lsp.diagnostics.overlap_diagnostics import diagnostics_of
from forksight.lsp.documents.document import line_starts, split
from forksight.lsp.wire.plain_json import Json
from forksight.lsp.wire.positions import Encoding

TODAY = datetime(2025, 11, 21, 15, 0).astimezone()
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
