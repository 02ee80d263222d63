"""Where sessions are today: worktrees and whole projects are moved, and some sessions begin where there is no checkout."""

import shutil
from pathlib import Path

import pytest

from forksight.core.git.resolver import Location, PathResolver, Remembered, resolver
from forksight.core.git.snapshot import Worktree
from forksight.core.sessions.session import Node, State
from forksight.features.sessions.at_work import at_work
from forksight.features.sessions.tree import fork_tree
from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo

MAIN = Worktree("/r", "/r/.git", "c", "main", main=True)


def linked(path: str, git_dir: str, branch: str | None, made: float = 10.0) -> Worktree:
    return Worktree(path, f"/r/.git/worktrees/{git_dir}", "c", branch, made=made)


def node_of(sessions_repo: SessionsRepo, session: str, at: Path | None = None) -> Node:
    """A session as the tree shows it, seen by a new process."""
    return next(node for node in fork_tree(sessions_repo.context(at)).nodes if node.id == session)


@pytest.mark.parametrize(
    ("path", "worktree", "today"),
    [
        ("/r/src/a.py", "/r", "/r/src/a.py"),
        ("/old/pay/src/a.py", "/new/pay-2", "/new/pay-2/src/a.py"),
        ("/old/pay", "/new/pay-2", "/new/pay-2"),
        ("/old/payment", None, "/old/payment"),
        ("/r/.claude/worktrees/x/a.py", "/w/x", "/w/x/a.py"),
        ("/new/pay-2/a.py", "/new/pay-2", "/new/pay-2/a.py"),
    ],
)
def test_where_a_path_is(path: str, worktree: str | None, today: str) -> None:
    moved = {"/old/pay": "/new/pay-2", "/r/.claude/worktrees/x": "/w/x"}
    places = PathResolver(frozenset(["/r", "/new/pay-2", "/w/x"]), moved)
    assert places.locate(path) == Location(worktree, today)


def test_a_path_in_its_worktree() -> None:
    assert Location("/w/x", "/w/x/src/a.py").relative == "src/a.py"
    assert Location("/w/x", "/w/x").relative == "."
    assert Location(None, "/w/x").relative is None


@pytest.mark.parametrize(
    ("worktrees", "memory", "today"),
    [
        pytest.param([linked("/n/paid", "pay", "pay")], ("/o/pay", "pay", 20), "/n/paid", id="by name and branch"),
        pytest.param([linked("/n/pay", "pay", "pay")], ("/o/pay", "pay", 20), "/n/pay", id="to another folder"),
        pytest.param([linked("/n/p", "pay", "pay")], ("/o/pay/src/deep", "pay", 20), "/n/p", id="below its top"),
        pytest.param([linked("/n/p", "pay2", "pay")], ("/o/pay", "pay", 20), "/n/p", id="the name was taken"),
        pytest.param([linked("/n/p", "pay", "paid")], ("/o/pay", "pay", 20), "/n/p", id="its branch renamed too"),
        pytest.param([linked("/n/p", "pay", "pay", 30)], ("/o/pay", "pay", 20), None, id="made only later"),
        pytest.param([linked("/n/pay", "pay", "x")], ("/o/pay", "pay", 20), None, id="a namesake with another branch"),
        pytest.param([linked("/n/p", "other", "pay")], ("/o/pay", "pay", 20), None, id="the branch elsewhere"),
        pytest.param(
            [linked("/n/p", "pay", "x"), linked("/n/q", "q", "pay")], ("/o/pay", "pay", 20), None, id="two that may be"
        ),
        pytest.param([linked("/n/p", "pay", "pay")], ("/r/src", "main", 20), None, id="a folder of the main checkout"),
    ],
)
def test_what_tells_that_a_worktree_was_moved(
    worktrees: list[Worktree], memory: tuple[str, str | None, float], today: str | None
) -> None:
    followed = resolver([MAIN, *worktrees], [Remembered(*memory)]).followed(memory[0])
    assert (followed.location.worktree if followed else None) == today


def test_a_project_that_was_moved_with_its_worktrees() -> None:
    main = Worktree("/new/shop", "/new/shop/.git", "c", "main", main=True)
    inner = Worktree("/new/shop/.claude/worktrees/pay", "/new/shop/.git/worktrees/pay", "c", "pay", made=10.0)
    places = resolver([main, inner], [Remembered("/old/shop/.claude/worktrees/pay", "pay", 20.0)])
    assert places.locate("/old/shop/src/a.py") == Location("/new/shop", "/new/shop/src/a.py")


def test_a_fork_in_a_worktree_that_git_moved(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    fork = sessions_repo.fork("topic").proposal.fork
    assert fork is not None
    sessions_repo.fork_of(baseline_id, fork.launch, fork.worktree, "topic")
    moved = sessions_repo.repo.path.parent / "elsewhere"
    sessions_repo.repo.git("worktree", "move", fork.worktree, str(moved))
    sessions_repo.repo.git("branch", "--move", "topic", "renamed")
    node = node_of(sessions_repo, fork.launch)
    assert (node.state, node.worktree) == (State.IDLE, str(moved))


def test_a_fork_in_a_project_that_was_moved(sessions_repo: SessionsRepo, baseline_id: str, tmp_path: Path) -> None:
    fork = sessions_repo.fork("topic").proposal.fork
    assert fork is not None
    sessions_repo.fork_of(baseline_id, fork.launch, fork.worktree, "topic")
    shutil.move(sessions_repo.repo.path, tmp_path / "moved")
    repo = Checkout(tmp_path.resolve() / "moved")
    repo.git("worktree", "repair", str(repo.path / ".claude/worktrees/topic"))
    shown = node_of(sessions_repo, fork.launch, repo.path)
    assert (shown.state, shown.worktree) == (State.IDLE, f"{repo.path}/.claude/worktrees/topic")
    baseline = node_of(sessions_repo, baseline_id, repo.path)
    assert (baseline.state, baseline.worktree) == (State.IDLE, str(repo.path))


def test_a_worktree_that_was_removed_is_not_taken_for_a_new_one(sessions_repo: SessionsRepo) -> None:
    pay = sessions_repo.repo.worktree("pay")
    session = sessions_repo.session(cwd=str(pay.path), branch="pay", age=100)
    assert node_of(sessions_repo, session).state is State.IDLE
    sessions_repo.repo.git("worktree", "remove", str(pay.path))
    sessions_repo.repo.git("worktree", "add", "--quiet", str(sessions_repo.repo.path.parent / "again/pay"), "pay")
    assert node_of(sessions_repo, session).state is State.ORPHANED


def test_sessions_around_a_bare_repository(sessions_repo: SessionsRepo, tmp_path: Path) -> None:
    root = tmp_path.resolve() / "project"
    sessions_repo.repo.git("clone", "--quiet", "--bare", str(sessions_repo.repo.path), str(root / ".bare"))
    (root / ".git").write_text("gitdir: ./.bare\n")
    main = Checkout(root / "main")
    Checkout(root).git("worktree", "add", "--quiet", "main")
    around = [sessions_repo.session(cwd=str(place)) for place in (root, root / ".bare")]
    stranger = tmp_path.resolve() / "project" / "other"
    Checkout(root).git("init", "--quiet", "other")
    theirs = sessions_repo.session(cwd=str(stranger))
    for place in (root, main.path):
        seen = {node.id: (node.state, node.worktree) for node in fork_tree(sessions_repo.context(place)).nodes}
        assert seen == {around[0]: (State.IDLE, str(root)), around[1]: (State.IDLE, f"{root}/.bare")}
    assert theirs not in seen
    inside = sessions_repo.session("main work", cwd=str(main.path))
    assert sessions_repo.cli("baseline", "set", inside, "--name", "here", at=root).returncode == 0
    for command in ("tree", "matrix", "clean", "savings", "baseline list", "fork new --dry-run", "doctor"):
        assert sessions_repo.cli(*command.split(), at=root).returncode < 2, command


def test_a_session_in_a_very_long_path(sessions_repo: SessionsRepo) -> None:
    """Claude Code cuts the name of its folder at 200 characters, and adds a hash."""
    deep = sessions_repo.repo.path / ("a" * 120) / ("b" * 120)
    place = Checkout(deep / "pay")
    sessions_repo.repo.git("worktree", "add", "--quiet", "-b", "pay", str(place.path))
    session = sessions_repo.session(cwd=str(place.path), branch="pay")
    assert len(sessions_repo.transcript(session).parent.name) < 210
    node = node_of(sessions_repo, session)
    assert (node.state, node.worktree) == (State.IDLE, str(place.path))


# ---------------------------------------------------------------------------------------------- known again by what was seen


@pytest.mark.parametrize("below", ["", "/src/deep"])
def test_a_session_in_no_ledger_whose_worktree_was_moved(
    sessions_repo: SessionsRepo, tmp_path: Path, below: str
) -> None:
    pay = sessions_repo.repo.worktree("pay")
    session = sessions_repo.session(cwd=f"{pay.path}{below}", branch="pay")
    assert node_of(sessions_repo, session).worktree == str(pay.path)
    moved = tmp_path.resolve() / "elsewhere"
    sessions_repo.repo.git("worktree", "move", str(pay.path), str(moved))
    sessions_repo.repo.git("branch", "--move", "pay", "payments")
    node = node_of(sessions_repo, session)
    assert (node.state, node.worktree, node.branch) == (State.IDLE, str(moved), "payments")
    (moved / below.lstrip("/")).mkdir(parents=True, exist_ok=True)
    assert sessions_repo.resume(session).launch.cwd == f"{moved}{below}"
    assert sessions_repo.resume("payments").launch.session == session


@pytest.mark.parametrize("worktree", ["../pay", ".claude/worktrees/pay"])
def test_a_project_that_was_moved_as_a_whole(sessions_repo: SessionsRepo, tmp_path: Path, worktree: str) -> None:
    """Its folder is the same folder, whatever its path: what was seen in it before is seen in it now."""
    path = (sessions_repo.repo.path / worktree).resolve()
    sessions_repo.repo.git("worktree", "add", "--quiet", "-b", "pay", str(path))
    (sessions_repo.repo.path / "src").mkdir()
    own = sessions_repo.session("own", cwd=str(sessions_repo.repo.path))
    below = sessions_repo.session("below", cwd=str(sessions_repo.repo.path / "src"))
    beside = sessions_repo.session("beside", cwd=str(path), branch="pay")
    assert {node_of(sessions_repo, session).state for session in (own, below, beside)} == {State.IDLE}
    moved = Checkout(tmp_path.resolve() / "moved")
    shutil.move(sessions_repo.repo.path, moved.path)
    path = moved.path / worktree if worktree.startswith(".claude") else path
    moved.git("worktree", "repair", str(path))
    seen = {session: node_of(sessions_repo, session, moved.path) for session in (own, below, beside)}
    assert {node.state for node in seen.values()} == {State.IDLE}
    assert [seen[session].worktree for session in (own, below, beside)] == [str(moved.path)] * 2 + [str(path)]
    assert sessions_repo.resume(below, at=moved.path).launch.cwd == str(moved.path / "src")


def test_a_worktree_of_a_moved_project_that_nobody_repaired(sessions_repo: SessionsRepo, tmp_path: Path) -> None:
    inner = sessions_repo.repo.worktree(".claude/worktrees/pay", "pay")
    session = sessions_repo.session(cwd=str(inner.path), branch="pay")
    assert node_of(sessions_repo, session).state is State.IDLE
    shutil.move(sessions_repo.repo.path, tmp_path / "moved")
    node = node_of(sessions_repo, session, tmp_path.resolve() / "moved")
    assert (node.state, node.worktree) == (State.ORPHANED, str(inner.path))


def test_a_copy_of_a_project_has_none_of_its_sessions(sessions_repo: SessionsRepo, tmp_path: Path) -> None:
    session = sessions_repo.session()
    assert node_of(sessions_repo, session).state is State.IDLE
    shutil.copytree(sessions_repo.repo.path, tmp_path / "copy")
    assert fork_tree(sessions_repo.context(tmp_path.resolve() / "copy")).nodes == ()
    shutil.rmtree(sessions_repo.repo.path)
    assert fork_tree(sessions_repo.context(tmp_path.resolve() / "copy")).nodes == ()


def test_a_worktree_made_where_another_one_was_moved_away(sessions_repo: SessionsRepo, tmp_path: Path) -> None:
    pay = sessions_repo.repo.worktree("pay")
    session = sessions_repo.session(cwd=str(pay.path), branch="pay")
    assert node_of(sessions_repo, session).worktree == str(pay.path)
    sessions_repo.repo.git("worktree", "move", str(pay.path), str(tmp_path / "first"))
    sessions_repo.repo.git("worktree", "add", "--quiet", "-b", "again", str(pay.path))
    later = sessions_repo.session(cwd=str(pay.path), branch="again")
    assert node_of(sessions_repo, later).worktree == str(pay.path)
    sessions_repo.repo.git("worktree", "move", str(pay.path), str(tmp_path / "second"))
    assert node_of(sessions_repo, later).worktree == str(tmp_path.resolve() / "second")


def test_a_live_session_whose_worktree_is_moved_under_it(sessions_repo: SessionsRepo, tmp_path: Path) -> None:
    pay = sessions_repo.repo.worktree("pay")
    session = sessions_repo.session(cwd=str(pay.path), branch="pay")
    node_of(sessions_repo, session)
    sessions_repo.run_in(session, str(pay.path))
    sessions_repo.repo.git("worktree", "move", str(pay.path), str(tmp_path / "moved"))
    context, moved = sessions_repo.context(), str(tmp_path.resolve() / "moved")
    working = at_work(context, [moved], context.sessions.live()[0])
    assert [process.session for process in working[moved]] == [session]


def test_a_very_long_path_that_was_moved(sessions_repo: SessionsRepo, tmp_path: Path) -> None:
    place = Checkout(sessions_repo.repo.path / ("a" * 120) / ("b" * 120) / "pay")
    sessions_repo.repo.git("worktree", "add", "--quiet", "-b", "pay", str(place.path))
    session = sessions_repo.session(cwd=f"{place.path}/src", branch="pay")
    assert node_of(sessions_repo, session).worktree == str(place.path)
    sessions_repo.repo.git("worktree", "move", str(place.path), str(tmp_path / "pay"))
    node = node_of(sessions_repo, session)
    assert (node.state, node.worktree) == (State.IDLE, str(tmp_path.resolve() / "pay"))
