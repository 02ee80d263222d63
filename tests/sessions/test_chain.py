"""What was rewound is neither known to a session nor inherited, though it stays in the file and was billed."""

import pytest

from forksight.core.savings.spending import answers
from forksight.core.sessions.activity import activity
from forksight.core.sessions.transcripts.chain import Link, kept_rows
from tests.sessions.handmade import HandmadeTranscript, lines, tool, uuid


def rewound() -> HandmadeTranscript:
    """Two parallel reads, then an attempt that was taken back with `/rewind`, then another one."""
    handmade = HandmadeTranscript("s", cwd="/r").says("u1", "look")
    handmade.answers("a1", tool("Read", "t1", file_path="x"), message="msg_1")
    handmade.answers("a2", tool("Read", "t2", file_path="y"), message="msg_1")
    for name, call in (("r1", "a1"), ("r2", "a2")):
        file = {"type": "text", "file": {"filePath": f"/r/{name}"}}
        handmade.result(name, "text", tool=f"t{name[1]}", toolUseResult=file).rows[-1]["parentUuid"] = uuid(call)
    handmade.answers("a3").says("u2", "try").answers(
        "a4", tool("Bash", "t4", command="false"), tool("Edit", "t5", file_path="e")
    )
    handmade.result("r4", "Exit code 1", tool="t4", failed=True).answers("a5", usage=(0, 1000, 0, 0))
    handmade.says("u3", "rather this").rows[-1]["parentUuid"] = uuid("a3")
    return handmade.answers("a6", usage=(0, 7, 0, 0))


def test_what_was_rewound_did_not_happen() -> None:
    happened, unreadable = activity(lines(rewound().rows).splitlines(keepends=True))
    assert unreadable == 0
    assert (len(happened.prompts), happened.tool_calls, happened.failed, happened.edits) == (2, 2, (), ())
    assert set(happened.files_read) == {"/r/r1", "/r/r2"}


def test_what_was_rewound_stays_billed_and_is_no_context() -> None:
    billed, _ = answers(lines(rewound().rows))
    assert {answer.id for answer in billed} == {"msg_1", "msg_a3", "msg_a4", "msg_a5", "msg_a6"}
    assert {answer.id for answer in billed if not answer.kept} == {"msg_a4", "msg_a5"}


def test_a_row_that_a_compaction_copies_counts_once() -> None:
    handmade = rewound()
    twice = [*handmade.rows, *(row for row in handmade.rows if row["uuid"] in (uuid("r1"), uuid("a6")))]
    assert activity(lines(twice).splitlines())[0] == activity(lines(handmade.rows).splitlines())[0]


def test_a_compaction_keeps_what_it_sums_up() -> None:
    handmade = rewound().says("b", "compacted").says("s", "so far")
    handmade.rows[-2] |= {
        "type": "system",
        "parentUuid": None,
        "logicalParentUuid": uuid("a6"),
        "subtype": "compact_boundary",
    }
    happened, _ = activity(lines(handmade.rows).splitlines())
    assert (happened.tool_calls, len(happened.compactions)) == (2, 1)


def test_files_that_are_mentioned_are_read() -> None:
    content = {"type": "text", "file": {"filePath": "/r/mentioned"}}
    handmade = HandmadeTranscript("s", cwd="/r").says("u1", "see @mentioned")
    handmade.says("f", "").rows[-1] |= {"type": "attachment", "attachment": {"type": "file", "content": content}}
    assert set(activity(lines(handmade.answers("a1").rows).splitlines())[0].files_read) == {"/r/mentioned"}


@pytest.mark.parametrize("lost", ["a1", "a3", "u1"])
def test_a_row_that_can_not_be_read_does_not_hide_those_before_it(lost: str) -> None:
    handmade = rewound()
    rows = [row for row in handmade.rows if row["uuid"] != uuid(lost)]
    happened, _ = activity(lines(rows).splitlines())
    assert set(happened.files_read) == {"/r/r1", "/r/r2"}


def test_parents_may_go_in_a_circle() -> None:
    assert kept_rows([Link("a", "b"), Link("b", "a")]) == {"a", "b"}
    assert kept_rows([]) == frozenset()
