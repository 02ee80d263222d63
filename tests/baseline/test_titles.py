"""What a baseline's session is called, so that `claude --resume NAME` finds it."""

from dataclasses import replace

import pytest

from forksight.core.baseline.refresh import title
from forksight.core.baseline.titles import former_by_name, hint, nameless
from forksight.core.sessions.session import Evidence, Node, Rows, Session, State, Tokens
from forksight.core.store.ledger import Baseline, Generation

SECOND = title("shop", 2)


def node(identity: str, called: str) -> Node:
    facts = (Evidence.NONE, 0.0, 0.0, 0.0, Rows(), Tokens(), Tokens())
    session = Session(identity, f"/{identity}.jsonl", called, True, "/", None, None, *facts)
    made = Node(identity, called, None, Evidence.NONE, State.IDLE, "/", "main", 0.0, 0.0)
    return replace(made, session=session)


def baseline(current: int) -> Baseline:
    """Its generations are the sessions g1 and g2."""
    return Baseline("shop", current, tuple(Generation(number, f"g{number}", None, 0.0) for number in (1, 2)))


@pytest.mark.parametrize(
    ("current", "nodes", "expected"),
    [
        (1, [node("g1", "mine")], "g1"),
        (1, [node("g1", "shop")], None),
        (2, [node("g1", "shop"), node("g2", SECOND)], None),
        (1, [node("g1", "mine"), node("other", "shop")], None),
        (1, [node("other", "x")], None),
        (1, [replace(node("g1", "mine"), session=None)], None),
    ],
)
def test_the_name_is_given_where_no_other_session_has_it(current: int, nodes: list[Node], expected: str | None) -> None:
    """No two sessions are called alike: Claude Code would find neither."""
    session = nameless(baseline(current), nodes)
    assert (session.id if session else None) == expected


def test_a_person_hears_what_to_do_where_the_name_does_not_lead_to_it() -> None:
    mine, other = node("g1", "mine"), node("0ther-session", "shop")
    assert hint(baseline(1), [node("g1", "shop")]) is None
    assert hint(baseline(1), [mine]) == "Type /rename shop in it, and `claude --resume shop` finds it too."
    assert hint(baseline(1), [mine, other]) == (
        "Another session is called shop (0ther-se), so `claude --resume shop` does not find this one; `forksight fork` does."
    )
    refreshed = [node("g1", "shop"), node("g2", SECOND)]
    assert hint(baseline(2), refreshed) == (
        "`claude --resume shop` still starts from generation 1: Claude Code finds no session by name that began without a terminal. "
        "`forksight fork` starts from generation 2, and so does `claude --resume g2`."
    )
    assert former_by_name(baseline(1), refreshed) is None, "as after a rollback"
