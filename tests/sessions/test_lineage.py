"""Who was forked from whom: families made by hand, also such as the real CLI makes only with other settings or older versions."""

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forksight.core.sessions.booking import Member
from forksight.core.sessions.lineage import Descent, families, links, trace
from forksight.core.sessions.session import Evidence, Rows, Tokens
from forksight.core.sessions.transcripts.outline import Outline
from forksight.core.sessions.transcripts.transcript import fold
from tests.examples import examples
from tests.sessions.handmade import HandmadeTranscript, at, lines, tool, uuid


def member(handmade: HandmadeTranscript) -> Member:
    """A session as the reader hands it over."""
    outline = Outline()
    fold(outline, lines(handmade.rows))
    return Member(handmade.session, outline, {})


def traced(transcripts: Iterable[HandmadeTranscript], recorded: Mapping[str, str] | None = None) -> dict[str, Descent]:
    """What is concluded of all, family by family."""
    members = {transcript.session: member(transcript) for transcript in transcripts}
    descents: dict[str, Descent] = {}
    for family in families({name: links(member.outline) for name, member in members.items()}):
        descents.update(trace([members[name] for name in family], recorded or {}))
    return descents


def parents(descents: Mapping[str, Descent]) -> dict[str, str | None]:
    """Whose fork each is."""
    return {name: descent.parent for name, descent in descents.items()}


def base() -> HandmadeTranscript:
    """A session of two turns, begun as `-p` begins one."""
    handmade = HandmadeTranscript("base").notes("queue-operation", operation="enqueue", timestamp=at(0))
    handmade.says("u1", "one").answers("a1").notes("last-prompt")
    return handmade.says("u2", "two").answers("a2")


STYLES = [
    pytest.param({"paid": True, "queued": True}, id="2.1.330"),
    pytest.param({"paid": True, "queued": False}, id="2.1.330, interactive"),
    pytest.param({"paid": False, "queued": True}, id="2.1.197"),
    pytest.param({"paid": False, "queued": False}, id="2.1.197, interactive, no checkpoints"),
    pytest.param({"paid": False, "queued": False, "pointer": True}, id="branch"),
]


@pytest.mark.parametrize(
    "style", [{"paid": True, "queued": True}, {"paid": True, "queued": False}, {"paid": False, "pointer": True}]
)
def test_a_clock_that_was_put_back_makes_no_fork_of_a_parent(style: dict[str, bool]) -> None:
    """Who names where its rows came from is the younger one."""
    parent = base()
    parent.minute = 100
    parent.says("u3", "on").answers("a3")
    two = parent.fork("two", minute=-500, **style).says("u4", "mine").answers("a4")
    three = two.fork("three", minute=-900, **style).says("u5", "mine").answers("a5")
    for order in ([three, two, parent], [parent, two, three]):
        descents = traced(order)
        assert parents(descents) == {"base": None, "two": "base", "three": "two"}
        assert descents["base"].rows == Rows(6, 0)


@pytest.mark.parametrize("style", STYLES)
def test_forks_of_forks_and_siblings_while_the_parent_goes_on(style: dict[str, bool]) -> None:
    parent = base()
    two = parent.fork("two", minute=10, **style).says("u3", "mine").answers("a3")
    three = two.fork("three", minute=20, **style).says("u4", "mine").answers("a4")
    parent.minute = 30
    parent.says("u5", "on").answers("a5")
    four = parent.fork("four", minute=40, **style).says("u6", "mine").answers("a6")
    descents = traced([four, three, two, parent])
    assert parents(descents) == {"base": None, "two": "base", "three": "two", "four": "base"}
    assert {name: descent.rows for name, descent in descents.items()} == {
        "base": Rows(6, 0),
        "two": Rows(2, 4),
        "three": Rows(2, 6),
        "four": Rows(2, 6),
    }
    assert {name: descent.own.output for name, descent in descents.items()} == {
        "base": 6,
        "two": 2,
        "three": 2,
        "four": 2,
    }
    pointer = style.get("pointer", False)
    assert descents["four"].evidence is (Evidence.FORKED_FROM if pointer else Evidence.ROWS)


@pytest.mark.parametrize("style", STYLES)
def test_a_fork_of_a_session_in_mid_turn_begins_with_words_of_claude_code(style: dict[str, bool]) -> None:
    parent = base().says("u3", "not answered yet")
    two = parent.fork("two", minute=10, **style)
    two.answers("made up", usage=(0, 0, 0, 0), model="<synthetic>").says("u4", "mine").answers("a4")
    parent.answers("a3")
    descents = traced([two, parent])
    assert parents(descents) == {"base": None, "two": "base"}
    assert descents["two"].rows == Rows(own=3, inherited=5)


def test_an_interactive_fork_is_told_by_the_snapshot_of_its_own_prompt() -> None:
    parent = (
        HandmadeTranscript("base")
        .notes("file-history-snapshot", messageId=uuid("u1"), snapshot={"timestamp": at(1)})
        .says("u1", "x")
    )
    parent.answers("a1").says("u2", "y").answers("a2")
    two = parent.fork("two", minute=10, paid=False, queued=False)
    notes = [("u1", at(1)), ("u3", at(11))]
    for name, stamp in reversed(notes):
        snapshot = {"type": "file-history-snapshot", "messageId": uuid(name), "snapshot": {"timestamp": stamp}}
        two.rows.insert(0, snapshot)
    two.says("u3", "mine").answers("a3")
    assert parents(traced([parent, two])) == {"base": None, "two": "base"}
    (alone,) = traced([two]).values()
    assert (alone.parent, alone.evidence, alone.rows) == (None, Evidence.ROWS, Rows(2, 4))


@pytest.mark.parametrize("style", STYLES[:3])
def test_a_deleted_parent_is_nobody_and_no_sibling_takes_its_place(style: dict[str, bool]) -> None:
    parent = base()
    two = parent.fork("two", minute=10, **style).says("u3", "mine").answers("a3")
    three = parent.fork("three", minute=20, **style).says("u4", "mine").answers("a4")
    descents = traced([two, three])
    assert parents(descents) == {"two": None, "three": None}
    if style["queued"]:
        assert {descents[name].rows for name in descents} == {Rows(2, 4)}
    assert sum((descent.own for descent in descents.values()), Tokens()).output == 2 * 4
    assert descents["two"].own.output == 2 * 3, "what the deleted session paid is booked to the oldest that has it"


def test_a_deleted_session_between_two_is_not_skipped() -> None:
    parent = base()
    two = parent.fork("two", minute=10).says("u3", "mine").answers("a3")
    three = two.fork("three", minute=20).says("u4", "mine").answers("a4")
    assert parents(traced([parent, three])) == {"base": None, "three": None}


def test_the_ledger_has_the_last_word() -> None:
    parent = base()
    two = parent.fork("two", minute=10).says("u3", "mine").answers("a3")
    descents = traced([parent, two], {"two": "elsewhere"})
    assert (descents["two"].parent, descents["two"].evidence, descents["two"].rows) == (
        "elsewhere",
        Evidence.LEDGER,
        Rows(2, 4),
    )


def test_nobody_is_their_own_ancestor() -> None:
    parent = base()
    two = parent.fork("two", minute=10).says("u3", "mine").answers("a3")
    descents = traced([parent, two], {"base": "two", "two": "base"})
    assert None in parents(descents).values()
    assert parents(traced([parent], {"base": "base"})) == {"base": None}


def test_two_sessions_that_point_at_each_other() -> None:
    parent = base()
    two = parent.fork("two", minute=10, pointer=True).says("u3", "mine")
    for row in parent.rows:
        if "uuid" in row:
            row["forkedFrom"] = {"sessionId": "two"}
    assert None in parents(traced([parent, two])).values()


def test_a_session_that_begins_behind_what_claude_code_wrote_is_nobodys_fork() -> None:
    snapshot = {"messageId": uuid("u2"), "snapshot": {"timestamp": at(2)}}
    cleared = HandmadeTranscript("cleared").notes("file-history-snapshot", **snapshot)
    cleared.says("u1", "<local-command-caveat>").says("u2", "<command-name>/clear</command-name>")
    cleared.says("u3", "hello").answers("a1")
    queued = HandmadeTranscript("queued").notes("queue-operation", operation="enqueue", timestamp=at(2))
    queued.says("u4", "<local-command-caveat>").says("u5", "hello").answers("a2")
    for descent in traced([cleared, queued]).values():
        assert (descent.parent, descent.evidence, descent.rows.inherited) == (None, Evidence.NONE, 0)


def test_a_fork_that_never_said_anything() -> None:
    parent = base()
    two = parent.fork("two", minute=10)
    descents = traced([parent, two])
    assert descents["two"].parent == "base"
    assert descents["two"].rows == Rows(0, 4)
    assert descents["two"].own == Tokens()


def test_sessions_that_share_nothing_stay_strangers() -> None:
    other = HandmadeTranscript("other").says("v1", "x").answers("b1")
    assert parents(traced([base(), other])) == {"base": None, "other": None}
    assert {descent.evidence for descent in traced([base(), other]).values()} == {Evidence.NONE}


def test_subagents_are_booked_to_their_session() -> None:
    parent = base()
    extra = {"msg_sub": (0, (7, 7, 7, 7), None)}
    descents = trace([Member("base", member(parent).outline, extra)], {})
    assert descents["base"].own == Tokens(9, 11, 13, 15)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, bool, bool]]:
    """Steps: who is forked (or goes on, if the second is false), and whether the fork names its payers."""
    steps = draw(st.integers(1, 12))
    return [(draw(st.integers(0, 20)), draw(st.booleans()), draw(st.booleans())) for _ in range(steps)]


@given(histories())
@examples(150)
def test_any_history_is_told_rightly(history: list[tuple[int, bool, bool]]) -> None:
    sessions = [base()]
    truth: dict[str, str | None] = {"base": None}
    for number, (which, forks, paid) in enumerate(history, 1):
        chosen = sessions[which % len(sessions)]
        if forks:
            name = f"s{number}"
            truth[name] = chosen.session
            child = chosen.fork(name, minute=100.0 * number, paid=paid)
            sessions.append(child.says(f"u{name}", "mine").answers(f"a{name}"))
        else:
            chosen.minute = 100.0 * number
            chosen.says(f"u{number}+", "on").answers(f"a{number}+")
    descents = traced(sessions)
    assert parents(descents) == truth
    messages = {
        row["message"]["id"] for handmade in sessions for row in handmade.rows if row.get("type") == "assistant"
    }
    assert sum((descent.own for descent in descents.values()), Tokens()) == Tokens(
        *(count * len(messages) for count in (1, 2, 3, 4))
    )
    for handmade in sessions:
        held = {row["message"]["id"] for row in handmade.rows if row.get("type") == "assistant"}
        descent = descents[handmade.session]
        assert descent.own.input + descent.inherited.input == len(held)


def compacted_first(parent: HandmadeTranscript, session: str, minute: float) -> HandmadeTranscript:
    """An interactive fork by 2.1.197 that was compacted first: of its parent's rows it has only the last one."""
    child = HandmadeTranscript(session, minute=minute)
    child.notes("file-history-snapshot", messageId=uuid(f"{session}-go"), snapshot={"timestamp": at(minute + 3)})
    child.says(f"{session}-boundary", "compacted").says(f"{session}-summary", "so far").rows[1] |= {
        "type": "system",
        "logicalParentUuid": parent.rows[-1]["uuid"],
    }
    child.rows.append({**parent.rows[-1], "parentUuid": uuid(f"{session}-summary"), "sessionId": session})
    return child.says(f"{session}-go", "go").answers(f"{session}-did")


def test_a_fork_that_begins_with_a_compaction_of_its_own() -> None:
    parent = base()
    two = compacted_first(parent, "two", 10)
    three = compacted_first(two, "three", 20)
    four = two.fork("four", minute=30, paid=False).says("u4", "mine").answers("a4")
    parent.minute = 40
    parent.says("u5", "on").answers("a5")
    descents = trace([member(handmade) for handmade in (four, three, two, parent)], {})
    assert parents(descents) == {"base": None, "two": "base", "three": "two", "four": "two"}
    assert [descents[name].rows for name in ("two", "three", "four")] == [Rows(4, 1), Rows(4, 1), Rows(2, 5)]
    assert {name: descent.own.output for name, descent in descents.items()} == {
        "base": 6,
        "two": 2,
        "three": 2,
        "four": 2,
    }


def test_a_first_answer_may_be_written_before_all_that_led_to_it() -> None:
    parent = base()
    two = parent.fork("two", minute=10, paid=False, queued=False).says("u3", "mine").answers("a3")
    two.rows.insert(0, two.rows.pop())
    snapshot = {"type": "file-history-snapshot", "messageId": uuid("u3"), "snapshot": {"timestamp": at(11)}}
    two.rows.insert(1, snapshot)
    descents = traced([two, parent])
    assert parents(descents) == {"base": None, "two": "base"}
    assert descents["two"].rows == Rows(2, 4)
    assert descents["two"].own.output == 2


def test_what_claude_code_says_in_the_place_of_an_interrupted_tool_is_the_forks_own() -> None:
    parent = base().says("u3", "work").answers("a3", tool("Bash"))
    two = parent.fork("two", minute=10)
    two.result("made up", "interrupted", failed=True, toolDenialKind="interrupted").says("u4", "mine").answers("a4")
    parent.result("r3", "done")
    assert traced([two, parent])["two"].rows == Rows(3, 6)
