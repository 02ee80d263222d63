"""The nudge: one calm sentence when forks get out of hand, in status and tree, and before another one is made."""

import json

from forksight.core.overlaps.overlap import Conflicts
from forksight.core.sessions.nudge import nudge, nudge_before
from forksight.core.sessions.session import Evidence, ForkTree, Node, Rows, State
from forksight.features.sessions.settle import settled_tree
from forksight.features.status import status
from tests.cleanup.forks_repo import ForksRepo
from tests.forks.sessions_repo import DAY

NOW = 1_000_000_000.0


def node(
    name: str,
    parent: str | None = "base",
    *,
    branch: str | None = None,
    started: float = 0,
    last: float = 0,
    state: State = State.IDLE,
) -> Node:
    """A session; `started` and `last` active so many days ago."""
    moments = NOW - started * DAY, NOW - last * DAY
    return Node(
        name,
        name,
        parent,
        Evidence.ROWS,
        state,
        f"/w/{name}",
        branch or name,
        *moments,
        rows=Rows(4, 4 if parent else 0),
    )


def say(*nodes: Node, most: int = 2, deepest: int = 2) -> str | None:
    problem = nudge(ForkTree("/r", (node("base", None, started=9), *nodes)), NOW, most=most, deepest=deepest, days=7)
    return None if problem is None else problem.code


def test_too_many() -> None:
    assert say(node("a"), node("b")) is None
    assert say(node("a"), node("b"), node("c")) == "too-many-forks"
    assert say(node("a"), node("b"), node("old", last=8)) is None
    assert say(node("a"), node("b"), node("away", state=State.ARCHIVED)) is None
    advice = nudge(ForkTree("/r", (*map(node, "abc"), node("old", last=8))), NOW, most=2, deepest=9, days=7)
    assert advice is not None
    assert advice.message == (
        "3 forks are active, and more than 2 are hard to keep track of; `forksight clean` shows 1 more that is abandoned."
    )


def test_too_deep() -> None:
    chain = [node("a", started=3, last=1), node("b", "a", started=2, last=1), node("c", "b", started=1)]
    assert say(*chain[:2], most=9) is None
    assert say(*chain, most=9) == "too-deep-forks"
    assert say(*chain, most=9, deepest=3) is None


def test_a_fork_where_going_on_would_do() -> None:
    before = node("a", branch="pay", started=3, last=2)
    assert say(before, node("b", "a", branch="pay", started=1)) == "sequential-fork"
    assert say(before, node("b", "a", branch="other", started=1)) is None
    beside = node("a", branch="pay", started=3, last=0.5)
    assert say(beside, node("b", "a", branch="pay", started=1)) is None
    assert say(node("b", "base", branch="pay", started=1), node("base", None, branch="pay", started=3, last=2)) is None


def test_before_another_one() -> None:
    tree = ForkTree("/r", (node("base", None), node("a"), node("b", "a")))
    assert nudge_before(tree, "base", NOW, most=3, deepest=1, days=7) is None
    many = nudge_before(tree, "base", NOW, most=2, deepest=1, days=7)
    assert many is not None
    assert (many.code, many.message) == (
        "too-many-forks",
        "This will be fork number 3, and more than 2 are hard to keep track of.",
    )
    deep = nudge_before(tree, "b", NOW, most=3, deepest=2, days=7)
    assert deep is not None
    assert deep.code == "too-deep-forks"


def test_where_it_is_said(forks_repo: ForksRepo) -> None:
    forks_repo.mark(forks_repo.parent)
    for number in range(6):
        forks_repo.add_fork(f"fork-{number}", age=60)
    context = forks_repo.context()
    assert "6 forks are active" in status(context, settled_tree(context), context.here, Conflicts()).tooltip
    document = json.loads(forks_repo.cli("tree", "--json").stdout)
    assert "too-many-forks" in [problem["code"] for problem in document["problems"]]
    assert "note: 6 forks are active" in forks_repo.cli("tree").stderr
    proposal = forks_repo.propose("another")
    assert "too-many-forks" in [warning.code for warning in proposal.warnings]
    calm = forks_repo.context(forks={"maxActive": 10})
    assert "are active, and" not in status(calm, settled_tree(calm), calm.here, Conflicts()).tooltip
