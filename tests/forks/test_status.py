"""What a status bar shows."""

import time
from typing import Any

import pytest

from forksight.core.baseline.staleness import baseline_for, stale_reasons
from forksight.core.claude.settings import Expiry
from forksight.core.overlaps.overlap import Conflicts
from forksight.core.sessions.session import Evidence, ForkTree, LiveProcess, Mark, Node, Rows, State
from forksight.core.sessions.tree import Forks, count_forks, is_fork, shared_worktrees, working_here
from forksight.core.status import Freshness, Level, Status
from forksight.core.store.ledger import Baseline, Generation, LedgerView

DAY = 86_400.0
BASELINE = Baseline("payments", 1, (Generation(1, "base", None, 0.0),))


def node(identity: str, **changes: Any) -> Node:
    fields: dict[str, Any] = {
        "title": identity,
        "parent": None,
        "evidence": Evidence.NONE,
        "state": State.IDLE,
        "worktree": "/w",
        "branch": "main",
        "started": 0.0,
        "last_active": 0.0,
    }
    return Node(id=identity, **{**fields, **changes})


def tree(*nodes: Node) -> ForkTree:
    return ForkTree("/r/.git", nodes)


def live(identity: str, **changes: Any) -> Node:
    return node(identity, state=State.LIVE_IDLE, live=LiveProcess(1, identity, "/w", State.LIVE_IDLE), **changes)


def waiting(identity: str) -> Node:
    process = LiveProcess(1, identity, "/w", State.LIVE_WAITING, "permission prompt")
    return node(identity, state=process.state, live=process)


def test_the_fork_of_a_worktree_is_the_live_or_last_active_one() -> None:
    old, new = node("old", parent="base", last_active=1.0), node("new", parent="base", last_active=2.0)
    lost = node("lost", rows=Rows(1, 5), last_active=3.0)  # its parent is gone
    base, elsewhere = node("base", last_active=9.0), node("far", parent="base", worktree="/x", last_active=9.0)
    assert working_here(tree(base, old, new, elsewhere), "/w") == base
    assert working_here(tree(base, old, new, elsewhere), "/w", forks=True) == new
    assert working_here(tree(old, new, lost), "/w", forks=True) == lost
    running = live("running", parent="base")
    assert working_here(tree(running, new), "/w", forks=True) == running
    refreshed = node("refreshed", parent="base", baseline=Mark("payments", 2, True), last_active=9.0)
    assert working_here(tree(base, new, refreshed), "/w", forks=True) == new
    gone = node("gone", parent="base", state=State.ORPHANED)
    assert working_here(tree(base, gone), "/w", forks=True) is None


def test_a_fork_began_as_a_copy_for_a_task() -> None:
    assert is_fork(node("fork", parent="base"))
    assert is_fork(node("its parent is gone", rows=Rows(1, 5)))
    assert not is_fork(node("refresh attempt", parent="base", attempt=True))
    assert not is_fork(node("base", rows=Rows(5, 0)))


def test_active_and_abandoned_forks() -> None:
    now = 100 * DAY
    nodes = [
        node("base"),
        node("recent", parent="base", last_active=now - DAY),
        node("old", parent="base", last_active=now - 9 * DAY),
        node("pending", parent="base", state=State.PENDING, last_active=now - 9 * DAY),
        live("running", parent="base", last_active=now - 9 * DAY),
        node("orphan", parent="base", state=State.ORPHANED, last_active=now),
        node("archived", parent="base", state=State.ARCHIVED),
        node("second generation", parent="base", baseline=Mark("payments", 2, True)),
    ]
    assert count_forks(tree(*nodes), now, 7) == Forks(active=3, abandoned=2)


def test_which_baseline_belongs_to_a_worktree() -> None:
    view = LedgerView((BASELINE, Baseline("search", 1, (Generation(1, "other", None, 0.0),))))
    deep = node("deep", parent="middle")
    family = tree(node("base"), node("middle", parent="base"), deep)
    assert baseline_for(view, family, deep) == BASELINE
    assert baseline_for(view, family, None) is None  # there are two
    assert baseline_for(LedgerView((BASELINE,)), family, None) == BASELINE
    circle = node("a", parent="a")
    assert baseline_for(view, tree(circle), circle) is None


def test_why_a_baseline_is_stale() -> None:
    now = time.time()
    fresh = node("base", last_active=now - DAY)
    assert stale_reasons(BASELINE, fresh, Expiry(now, 20), now=now, days=7) == ()
    old = node("base", last_active=now - 8.5 * DAY)
    assert stale_reasons(BASELINE, old, Expiry(now, 1), now=now, days=7) == (
        "it learned nothing for 8 days",
        "Claude Code deletes its transcript in 1 day",
    )
    assert "transcript is not there any more" in stale_reasons(BASELINE, None, None, now=1.0, days=7)[0]


def test_only_live_sessions_share_a_worktree() -> None:
    assert shared_worktrees(tree(live("a"), node("b"), live("c", worktree="/x"))) == {}
    first, second = live("a"), live("b")
    assert shared_worktrees(tree(first, second)) == {"/w": (first, second)}


@pytest.mark.parametrize(
    ("changes", "level", "text"),
    [
        ({}, Level.OK, "main"),
        ({"branch": None}, Level.OK, "detached"),
        ({"overlaps": Conflicts(1, 1)}, Level.WARNING, "main · 1 conflict"),
        ({"overlaps": Conflicts(0, 3)}, Level.OK, "main"),
        ({"baseline": Freshness(BASELINE, ("it is old",))}, Level.WARNING, "main · baseline stale"),
        ({"shared": (live("a"), live("b"))}, Level.WARNING, "main · 2 sessions here"),
        ({"fork": live("a")}, Level.OK, "main"),
        ({"fork": waiting("a"), "waiting": (waiting("a"),)}, Level.WARNING, "main · waits for a permission"),
        (
            {"fork": waiting("a"), "waiting": (waiting("a"), waiting("b"))},
            Level.WARNING,
            "main · waits for a permission, and 1 other",
        ),
        ({"waiting": (waiting("b"),), "working": 2}, Level.WARNING, "main · 1 session waits · 2 working"),
        ({"waiting": (waiting("b"), waiting("c"))}, Level.WARNING, "main · 2 sessions wait"),
        ({"troubles": ("the fork x is empty",)}, Level.ERROR, "main"),
    ],
)
def test_how_much_attention_it_wants(changes: dict[str, Any], level: Level, text: str) -> None:
    fields: dict[str, Any] = {
        "branch": "main",
        "fork": None,
        "baseline": None,
        "overlaps": Conflicts(),
        "forks": Forks(),
    }
    now = Status(worktree="/w", **{**fields, **changes})
    assert (now.level, now.text) == (level, text)
    assert "/w" in now.tooltip
    for trouble in now.troubles:
        assert trouble in now.tooltip
