"""Folding rows: the quick way and the whole way agree, whatever stands in a file."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from forksight.adapters.claude.transcripts.index import pack, unpack
from forksight.core.savings.spending import answers
from forksight.core.sessions.session import Tokens
from forksight.core.sessions.transcripts.outline import Outline
from forksight.core.sessions.transcripts.prompts import shorten
from forksight.core.sessions.transcripts.transcript import fold
from tests.sessions.handmade import HandmadeTranscript, at, lines, session_id, tool, uuid


def folded(data: bytes) -> Outline:
    """The outline of a whole file."""
    outline = Outline()
    assert fold(outline, data) == len(data)
    return outline


def conversation() -> HandmadeTranscript:
    """One of each kind of row."""
    handmade = HandmadeTranscript("s", cwd="/r", branch="topic")
    handmade.notes("mode", mode="normal").notes("queue-operation", operation="enqueue", timestamp=at(0))
    handmade.says("u1", "do this, please").answers("a1", tool("Read", file_path="x"), usage=(1, 1, 1, 1))
    handmade.answers("a1b", tool("Read", "t2", file_path="y"), message="msg_a1", usage=(1, 9, 1, 1))
    handmade.result("r1", "text").result("r2", "more", tool="t2").notes("custom-title", customTitle="first")
    handmade.answers("a2").notes("agent-name", agentName="second").notes("ai-title", aiTitle="an idea").says(
        "u2", "go on"
    )
    return handmade.answers("a3", usage=(10, 20, 30, 40))


def test_what_an_outline_tells() -> None:
    outline = folded(conversation().data)
    assert outline.rows == [
        uuid(name) if name[0] != "r" else "" for name in ["u1", "a1", "a1b", "r1", "r2", "a2", "u2", "a3"]
    ]
    assert outline.roots == [0]
    assert outline.turns == [(0, at(1)), (6, at(7))]
    assert outline.messages == {
        "msg_a1": (1, (1, 9, 1, 1), None),
        "msg_a2": (5, (1, 2, 3, 4), None),
        "msg_a3": (7, (10, 20, 30, 40), None),
    }
    assert (outline.queued, outline.block) == (at(0), 5)
    assert (outline.name, outline.generated_title, outline.prompt) == ("second", "an idea", "do this, please")
    assert (outline.cwd, outline.branch, outline.session) == ("/r", "topic", session_id("s"))
    assert (outline.first, outline.last, outline.unreadable) == (at(1), at(8), 0)


def test_the_order_of_keys_does_not_matter() -> None:
    rows = conversation().fork("f", minute=60).says("u3", "mine").answers("a4").rows
    assert folded(lines(rows, shuffled=True)) == folded(lines(rows))


def test_blanks_after_colons_do_not_matter() -> None:
    rows = conversation().rows
    assert folded(b"".join(json.dumps(row).encode() + b"\n" for row in rows)) == folded(lines(rows))


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_a_file_that_grows_is_folded_as_if_it_had_been_whole(size: int) -> None:
    data = conversation().data
    outline, used = Outline(), 0
    for end in (*range(size, len(data), size), len(data)):
        used += fold(outline, data[used:end], more=end < len(data))
    assert outline == folded(data)


def test_a_half_written_row_waits_for_its_rest() -> None:
    data = conversation().data
    cut = data.rindex(b'"usage"')
    outline = Outline()
    used = fold(outline, data[:cut])
    assert used == data.rindex(b"\n", 0, cut) + 1
    assert outline.unreadable == 0
    assert used + fold(outline, data[used:]) == len(data)
    assert outline == folded(data)


def test_a_complete_row_counts_before_its_newline_is_there() -> None:
    data = conversation().data
    outline = Outline()
    assert fold(outline, data[:-1]) == len(data) - 1
    assert fold(outline, b"\n") == 1
    assert outline == folded(data)


@pytest.mark.parametrize(
    ("row", "unreadable"),
    [
        (b'{"type":"user",', 1),
        (b"not json", 1),
        (b"[1, 2]", 1),
        (b'"text"', 1),
        (
            b'{"parentUuid":null,"isSidechain":false,"type":"user","message":{"role":"user","content":[{"tool_use_id":"x"',
            1,
        ),
        (b"\xff\xfe\x00", 1),
        (b"", 0),
        (b"   ", 0),
        (b'{"type":"a-kind-of-tomorrow","uuids":["x"],"message":{"usage":{}}}', 0),
        (b'{"type":"custom-title","customTitle":null}', 0),
        (b'{"type":"custom-title","customTitle":{"a":1}}', 1),
        (b'{"type":"queue-operation","timestamp":17}', 1),
        (b'{"snapshot":7,"type":"file-history-snapshot"}', 1),
        # Deeper than JSON is written, less deep than it is read, in a row that has something else to mend.
        (b'{"type":"user","sessionId":7,"message":{"role":"user","content":' + b"[" * 300 + b"]" * 300 + b"}}", 1),
    ],
)
def test_a_row_that_says_nothing_hides_no_other(row: bytes, unreadable: int) -> None:
    before, _, after = conversation().data.partition(b'{"parentUuid":"')
    outline = folded(before + row + b"\n" + b'{"parentUuid":"' + after)
    plain = folded(conversation().data)
    assert outline.unreadable == unreadable
    assert (outline.rows, outline.messages, outline.name) == (plain.rows, plain.messages, plain.name)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda row: row.update(message="text"), 1),
        (lambda row: row.update(message={"id": 5, "usage": {"input_tokens": 1}}), 1),
        (lambda row: row.update(message={"id": "x", "usage": None}), 0),
        (lambda row: row.update(message={"id": "x", "usage": {"input_tokens": "many"}}), 1),
        (lambda row: row.update(message={"id": "x", "usage": {"input_tokens": 2**70, "output_tokens": 5}}), 1),
        (lambda row: row.update(timestamp=None), 0),
        (lambda row: row.update(timestamp="9999-12-31T23:59:59Z"), 1),
        (lambda row: row.update(requestSessionId=["x"]), 1),
        (lambda row: row.update(forkedFrom="x"), 1),
        (lambda row: row.update(cwd=9, gitBranch=None, sessionId={}), 1),
        (lambda row: row.update(cwd="/r\0"), 1),
        (lambda row: row.update(gitBranch="a\nb"), 1),
    ],
)
def test_values_that_can_not_be_cost_only_themselves(change: Callable[[dict[str, object]], None], wrong: int) -> None:
    handmade = conversation()
    change(handmade.rows[-1])
    outline = folded(lines(handmade.rows))
    assert len(outline.rows) == 8
    assert outline.unreadable == wrong
    assert outline.cwd == "/r"


def test_bytes_that_are_not_utf8_cost_only_themselves() -> None:
    data = conversation().data.replace(b"do this, please", b"do \xff\xfe this")
    outline = folded(data)
    assert outline.unreadable == 0
    assert outline.prompt == "do \ufffd\ufffd this"


def test_text_that_looks_like_keys_is_text() -> None:
    trap = '"uuid":"00000000-0000-4000-8000-000000000000","timestamp":"1999" "usage":{"input_tokens":9} "cwd":"/other" }}\n{"'
    plain, trapped = HandmadeTranscript("s", cwd="/r"), HandmadeTranscript("s", cwd="/r")
    for handmade, text in ((plain, "x"), (trapped, trap)):
        handmade.says("u1", "hello").answers("a1", tool("Write", content=text)).result("r1", text).answers("a2")
    assert folded(trapped.data) == folded(plain.data)


def test_keys_inside_tool_calls_are_not_the_rows_own() -> None:
    nested: dict[str, Any] = {
        "uuid": "n",
        "timestamp": "n",
        "usage": {"input_tokens": 5, "output_tokens": 5},
        "requestSessionId": "n",
    }
    handmade = HandmadeTranscript("s", cwd="/r").says("u1", "hello").answers("a1", tool("Api", **nested))
    handmade.result("r1", "x", toolUseResult={**nested, "message": {"id": "msg_n", "usage": nested["usage"]}})
    outline = folded(handmade.data)
    assert outline.rows == [uuid("u1"), uuid("a1"), ""]
    assert outline.messages == {"msg_a1": (1, (1, 2, 3, 4), None)}


def test_a_row_of_megabytes() -> None:
    handmade = (
        HandmadeTranscript("s", cwd="/r")
        .says("u1", "hello")
        .answers("a1")
        .result("r1", "x\n" * 3_000_000)
        .answers("a2")
    )
    assert len(folded(handmade.data).rows) == 4


def test_the_last_usage_of_a_message_counts_unless_it_was_zeroed() -> None:
    handmade = HandmadeTranscript("s").says("u1", "x").answers("a1", usage=(1, 1, 1, 1))
    handmade.answers("again", message="msg_a1", usage=(1, 5, 1, 1)).answers(
        "zero", message="msg_a1", usage=(0, 0, 0, 0)
    )
    assert folded(handmade.data).messages == {"msg_a1": (1, (1, 5, 1, 1), None)}


@pytest.mark.parametrize(
    ("said", "prompt"),
    [
        (["<command-name>/compact</command-name>", "real words"], "real words"),
        (["[Request interrupted by user]", "real words"], "real words"),
        (["  \n ", "real words"], "real words"),
        (["word " * 40], "word word word word word word word word word word word word word word word…"),
        (["two\n\n  lines"], "two lines"),
        (
            [
                "<command-message>fix</command-message>\n<command-name>/fix</command-name>\n<command-args>1 2</command-args>"
            ],
            "/fix 1 2",
        ),
        (["<command-message>init</command-message>\n<command-name>/init</command-name>"], "/init"),
        (["<command-name>/model</command-name>\n<command-args>opus</command-args>", "real words"], "real words"),
        (["<ide_opened_file>a.py</ide_opened_file>\nreal words"], "real words"),
        (["<ide_selection>\n<b>\n</ide_selection><system-reminder>x</system-reminder>real words"], "real words"),
        (["<ide_opened_file>a.py</ide_opened_file>", "real words"], "real words"),
        (['<teammate-message teammate_id="lead" summary="s">real words</teammate-message>'], "real words"),
        (["<task-notification>done</task-notification>", "real words"], "real words"),
        (["<bash-input>ls</bash-input>", "real words"], "real words"),
        (["<div> is broken"], "<div> is broken"),
    ],
)
def test_the_first_prompt_is_a_persons_words(said: list[str], prompt: str) -> None:
    handmade = HandmadeTranscript("s")
    for number, text in enumerate(said):
        handmade.says(f"u{number}", text)
    assert folded(handmade.data).prompt == prompt


def test_an_outline_survives_being_stored() -> None:
    for handmade in (HandmadeTranscript("s"), conversation(), conversation().fork("f", minute=9, pointer=True)):
        outline = folded(handmade.data)
        assert unpack(pack(outline)) == outline


def test_shortening_keeps_short_lines() -> None:
    assert shorten("short enough") == "short enough"
    assert len(shorten("x" * 500)) <= 80


def test_an_advisor_is_billed_too() -> None:
    handmade = HandmadeTranscript("s").says("u1", "x").answers("a1", usage=(1, 2, 3, 4))
    step = {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": 3, "cache_creation_input_tokens": 4}
    advisor = {"type": "advisor_message", "model": "b", "input_tokens": 100, "output_tokens": 10}
    handmade.rows[-1]["message"]["usage"]["iterations"] = [{"type": "message", **step}, advisor]
    assert folded(handmade.data).messages == {"msg_a1": (1, (101, 12, 3, 4), None)}
    (answer,), _ = answers(handmade.data)
    assert (answer.billed.total, answer.context, answer.advisors) == (120, 10, (("b", Tokens(100, 10)),))


def test_an_answer_without_a_message_id_is_billed_once() -> None:
    handmade = HandmadeTranscript("s").says("u1", "x").answers("a1").answers("a2")
    for row in handmade.rows[1:]:
        del row["message"]["id"]
    copies = lines([*handmade.rows, *handmade.rows])
    assert set(folded(copies).messages) == {answer.id for answer in answers(copies)[0]} == {uuid("a1"), uuid("a2")}


def test_text_that_was_cut_inside_a_character_hides_no_row() -> None:
    handmade = (
        HandmadeTranscript("s").says("u1", "\ud83d cut").answers("a1").notes("custom-title", customTitle="\ud83d")
    )
    outline = folded(b"".join(json.dumps(row).encode() + b"\n" for row in handmade.rows))
    assert (len(outline.rows), outline.prompt, outline.name) == (2, "\ufffd cut", "\ufffd")


@pytest.mark.parametrize(
    ("entrypoints", "exempt"),
    [
        (["claude-desktop"] * 3, True),
        (["claude-desktop", "claude-desktop", "cli"], False),
        (["cli", "claude-desktop", None], False),
    ],
)
def test_only_what_the_desktop_app_wrote_alone_is_exempt(entrypoints: list[str | None], *, exempt: bool) -> None:
    handmade = HandmadeTranscript("s").says("u1", "x").answers("a1").answers("a2")
    for row, entrypoint in zip(handmade.rows, entrypoints, strict=True):
        row["entrypoint"] = entrypoint
    assert folded(handmade.data).exempt_from_cleanup is exempt
