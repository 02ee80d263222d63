"""What is on the board and where, without a terminal."""

from dataclasses import replace

import pytest

from forksight.app.workbench import Forksight
from forksight.cli.dashboard.frame import frame
from forksight.cli.dashboard.keys import keys
from forksight.core.dashboard import view as views
from forksight.core.dashboard.board import WINDOW, Board, Facts, board, checkouts
from forksight.core.dashboard.view import Page, View
from forksight.core.git.snapshot import Worktree
from forksight.core.overlaps.overlap import Kind, Matrix, Pair, PairFile
from forksight.core.sessions.session import Evidence, LiveProcess, Mark, Node, State, Tokens
from forksight.core.sessions.standing import Standing
from forksight.features.dashboard.live_board import board_now
from forksight.features.dashboard.recent_tokens import RecentTokens
from forksight.features.overlaps.configured_engine import configured_engine
from forksight.features.sessions.tree import fork_tree
from tests.cleanup.forks_repo import bytes_below
from tests.dashboard.conftest import PAY, SEARCH, BusyRepo
from tests.sessions.handmade import HandmadeTranscript

NOW = 1_000_000.0
DAY = 86_400.0


def node(name: str, state: State = State.IDLE, *, worktree: str | None = None, ago: float = 60.0) -> Node:
    live = LiveProcess(7, name, "/w", state) if state.live else None
    place = worktree or f"/w/{name}"
    return Node(name, name, None, Evidence.NONE, state, place, name, NOW - DAY, NOW - ago, live=live)


def worktree(name: str, *, main: bool = False) -> Worktree:
    return Worktree(f"/w/{name}", "", "c" * 40, name, main)


def made(*nodes: Node, pairs: tuple[Pair, ...] = (), worktrees: tuple[Worktree, ...] = ()) -> Board:
    places = checkouts(Matrix(worktrees, pairs), [Standing("/w/a", "a", 2, "main", 3, 0)])
    return board(Facts("/w/main/.git", "/w/main", NOW, nodes, {}, places, abandoned_after=7.0))


def ids(shown: Board) -> list[str]:
    return [row.id for row in shown.rows]


def test_whoever_waits_for_a_person_comes_first() -> None:
    shown = made(node("idle"), node("b", State.LIVE_BUSY), node("turn", State.LIVE_IDLE), node("w", State.LIVE_WAITING))
    assert ids(shown) == ["w", "b", "turn", "idle"]
    assert shown.left_out == 0


def test_of_sessions_that_do_not_run_only_those_in_use_are_shown() -> None:
    old, baseline = node("old", ago=8 * DAY), replace(node("base"), baseline=Mark("base", 1, current=True))
    gone, archived = node("gone", State.ORPHANED), node("archived", State.ARCHIVED)
    earlier = node("earlier", worktree="/w/here", ago=300)
    attempt = replace(node("attempt"), attempt=True)
    shown = made(old, baseline, gone, archived, earlier, node("here"), attempt)
    assert ids(shown) == ["here"]
    assert shown.left_out == 5  # an archived one is not there any more


def test_a_conflict_shows_both_sides_with_and_without_a_session() -> None:
    files = (PairFile("x.py", Kind.CONFLICT), PairFile("y.py", Kind.SEMANTIC_GONE, "total"))
    trees = worktree("main", main=True), worktree("a"), worktree("b")
    shown = made(node("a", ago=30 * DAY), worktrees=trees, pairs=(Pair(1, 2, files),))
    assert ids(shown) == ["a", "worktree:/w/b"]
    assert shown.conflicts == 1
    a, b = shown.rows
    assert [(other.label, other.conflicts, other.breaks) for other in a.opponents] == [("b", ("x.py",), ("y.py",))]
    assert [other.label for other in b.opponents] == ["a"]
    assert a.checkout is not None
    assert a.checkout.standing == Standing("/w/a", "a", 2, "main", 3, 0)


def test_the_selected_row_stays_selected_wherever_it_goes() -> None:
    a, b, c = node("a", State.LIVE_BUSY), node("b", State.LIVE_IDLE), node("c")
    before = made(a, b, c)
    view = views.select(View(), before, 1)
    after = made(a, b, node("c", State.LIVE_WAITING))
    assert views.selected(views.keep(view, after, before), after) == after.rows[2]
    assert views.keep(view, made(a, c), before).selected == "c"  # what is in its place now
    assert views.selected(views.keep(view, made(), before), made()) is None


def test_a_frame_fills_any_screen_exactly() -> None:
    shown = made(*(node(f"session number {number}", State.LIVE_BUSY) for number in range(40)))
    for width, height in ((80, 24), (175, 50), (20, 5), (60, 12), (1, 1)):
        for view in (
            View(),
            View("session number 30"),
            View(page=Page("t", ("x" * 300,) * 99)),
            View(message="m" * 99),
        ):
            lines = frame(shown, view, width, height).renderables
            assert len(lines) == height
            assert all(getattr(line, "cell_len", 0) <= max(width, 1) for line in lines), (width, height)


def test_keys_that_come_together_are_told_apart() -> None:
    assert list(keys(b"j\x1b[A\x1bOBxq")) == ["down", "up", "down", "quit"]
    assert list(keys(b"\x1b")) == ["back"]
    assert list(keys(b"\x1b[200~\xff\xc3\r")) == ["go"]


def test_tokens_of_the_last_minutes(busy_repo: BusyRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Forksight().open(str(busy_repo.repo.path))
    recent = RecentTokens(context)
    nodes = fork_tree(context).nodes
    now = context.clock.now()
    assert recent.spent(nodes, now) == {PAY: 4200, SEARCH: 4200}
    grown = [replace(node, own=replace(node.own, output=node.own.output + 100)) for node in nodes]
    assert recent.spent(grown, now + WINDOW - 1) == {PAY: 4300, SEARCH: 4300}
    assert recent.spent(grown, now + WINDOW + 1) == {PAY: 100, SEARCH: 100}
    assert recent.spent(grown, now + 3 * WINDOW) == {}


def test_what_a_fork_inherited_is_not_its_spending(busy_repo: BusyRepo) -> None:
    base = (
        HandmadeTranscript(PAY, str(busy_repo.pay.path), "feature/pay").says("p", "x").answers("q", usage=(1, 2, 3, 4))
    )
    base.write(busy_repo.config / "projects")
    fork = base.fork(SEARCH, minute=1)
    fork.cwd = str(busy_repo.search.path)
    fork.says("own", "y").answers("mine", usage=(5, 0, 0, 0)).write(busy_repo.config / "projects")
    context = Forksight().open(str(busy_repo.repo.path))
    nodes = [node for node in fork_tree(context).nodes if node.id == SEARCH]
    assert nodes[0].own == Tokens(5, 0, 0, 0)
    assert RecentTokens(context).spent(nodes, context.clock.now()) == {SEARCH: 5}


def test_looking_writes_nothing_into_the_repository(busy_repo: BusyRepo) -> None:
    before = bytes_below(busy_repo.repo.path / ".git", ())
    context = Forksight().open(str(busy_repo.repo.path))
    assert board_now(context, configured_engine(context)).conflicts == 1
    context.ledger.stamp()
    assert bytes_below(busy_repo.repo.path / ".git", ()) == before
