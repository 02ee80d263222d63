"""What a baseline's sessions are called, so that `claude --resume NAME` finds the current generation."""

from dataclasses import replace

import pytest

from forksight.core.baseline.refresh import title
from forksight.core.baseline.titles import hint, renames
from forksight.core.sessions.session import Evidence, Node, Rows, Session, State, Tokens
from forksight.core.store.ledger import Baseline, Generation
from forksight.features.baseline.rollback import roll_back
from tests.forks.sessions_repo import SessionsRepo

FIRST, SECOND = title("shop", 1), title("shop", 2)


def node(identity: str, called: str, *, named: bool = True) -> Node:
    facts = (Evidence.NONE, 0.0, 0.0, 0.0, Rows(), Tokens(), Tokens())
    session = Session(identity, f"/{identity}.jsonl", called, named, "/", None, None, *facts)
    made = Node(identity, called, None, Evidence.NONE, State.IDLE, "/", "main", 0.0, 0.0)
    return replace(made, session=session)


def baseline(current: int) -> Baseline:
    """Its generations are the sessions g1 and g2."""
    return Baseline("shop", current, tuple(Generation(number, f"g{number}", None, 0.0) for number in (1, 2)))


@pytest.mark.parametrize(
    ("current", "nodes", "expected"),
    [
        (1, [node("g1", "learn it", named=False)], [("g1", "shop")]),
        (1, [node("g1", "mine")], []),
        (1, [node("g1", "shop")], []),
        (2, [node("g1", "shop"), node("g2", SECOND)], [("g1", FIRST), ("g2", "shop")]),
        (2, [node("g1", "shop"), node("g2", "mine")], []),
        (1, [node("g1", FIRST), node("g2", "shop")], [("g2", SECOND), ("g1", "shop")]),
        (2, [node("g1", FIRST), node("g2", "shop")], []),
        (2, [node("g1", "mine"), node("g2", SECOND)], []),
        (1, [node("g1", "learn it", named=False), node("other", "shop")], []),
        (2, [node("g1", "shop"), node("g2", SECOND), node("other", "shop")], []),
        (1, [node("other", "x")], []),
        (1, [replace(node("g1", "learn it", named=False), session=None)], []),
    ],
)
def test_the_name_goes_to_the_current_generation_alone(
    current: int, nodes: list[Node], expected: list[tuple[str, str]]
) -> None:
    """A title that a person gave stays; nothing is called like a session that is no generation."""
    assert [(rename.node.id, rename.title) for rename in renames(baseline(current), nodes)] == expected


def test_a_person_hears_what_to_do_where_the_name_does_not_lead_to_it() -> None:
    mine, other = node("g1", "mine"), node("0ther-session", "shop")
    assert hint(baseline(1), [node("g1", "shop")]) is None
    assert (
        hint(baseline(1), [mine])
        == "Type /rename claude_baseline in it, and `claude --resume claude_baseline` finds it too."
    )
    assert hint(baseline(1), [mine, other]) == (
        "Another session is called claude_baseline (0ther-se), so `claude --resume claude_baseline` does not find this one; `forksight fork` does."
    )


def test_rolling_back_moves_the_name_back_and_says_where_it_can_not(sessions_repo: SessionsRepo) -> None:
    """The claude of that repository does nothing."""
    sessions = [sessions_repo.session(title("payments", 1)), sessions_repo.session("payments")]
    context = sessions_repo.context()
    context.ledger.create()
    made = Baseline("payments", 2, tuple(Generation(n, session, None, 1.0) for n, session in enumerate(sessions, 1)))
    context.ledger.save_baseline(made, replacing=None)
    _, report = roll_back(context, None)
    assert [problem.message for problem in report.problems] == [
        "“payments” keeps its title, since claude did not rename the session: this version does not know how."
    ]
