"""The first file's plan, made of its own path in each worktree: what the whole scans say too, or nothing."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from forksight.core.git.snapshot import Snapshot, Worktree
from forksight.core.overlaps.check import check_text
from forksight.core.problems import Problem
from forksight.features.overlaps.engine import OverlapEngine
from tests.conftest import Checkout
from tests.overlaps.meetings import changed

PATIENCE = 120  # seconds; whoever waits this long waits for what will not come
MINE = changed("line 2", "mine")


def edited(there: Checkout) -> None:
    there.write({"app.py": changed("line 2", "theirs"), "new.py": "new = 1\n"})


def committed(there: Checkout) -> None:
    edited(there)
    there.commit()


def edited_elsewhere(there: Checkout) -> None:
    there.write({"app.py": changed("line 8", "theirs")})


def untouched(there: Checkout) -> None:
    there.commit({"new.py": "new = 1\n"})


@pytest.mark.parametrize("change", [edited, committed, edited_elsewhere, untouched])
def test_what_the_whole_scans_say(repo: Checkout, change: Callable[[Checkout], None]) -> None:
    change(repo.worktree("there"))
    repo.write({"app.py": MINE, "other.py": "other = 1\n"})
    engine = OverlapEngine(repo.open())
    first = engine.first_plan(str(repo.path / "app.py"))
    assert first is not None
    worktree, plan = first
    assert worktree.path == str(repo.path)
    assert engine.worktrees() == ()
    engine.refresh()
    later = engine.file_plan(worktree.path, "app.py")
    regions = check_text(plan, MINE.encode()).regions
    assert regions == check_text(later, MINE.encode()).regions
    assert bool(regions) is (change in (edited, committed))
    assert (plan.mode, plan.problems) == (later.mode, later.problems)


def renamed(there: Checkout) -> None:
    (there.path / "app.py").rename(there.path / "moved.py")


def deleted(there: Checkout) -> None:
    (there.path / "app.py").unlink()


def replaced_by_a_folder(there: Checkout) -> None:
    deleted(there)
    there.write({"app.py/inside.py": "inside = 1\n"})


def unrelated(there: Checkout) -> None:
    there.git("checkout", "--quiet", "--orphan", "apart")
    there.commit({"app.py": MINE})


@pytest.mark.parametrize("change", [renamed, deleted, replaced_by_a_folder, unrelated])
def test_nothing_where_the_path_alone_does_not_decide(repo: Checkout, change: Callable[[Checkout], None]) -> None:
    change(repo.worktree("there"))
    repo.write({"app.py": MINE})
    assert OverlapEngine(repo.open()).first_plan(str(repo.path / "app.py")) is None


def test_nothing_of_a_file_that_is_new_here(repo: Checkout) -> None:
    repo.worktree("there").write({"fresh.py": "theirs = 1\n"})
    repo.write({"fresh.py": "mine = 1\n"})
    assert OverlapEngine(repo.open()).first_plan(str(repo.path / "fresh.py")) is None


def test_one_file_goes_before_the_first_scan_and_none_after_it(repo: Checkout) -> None:
    edited(repo.worktree("there"))
    engine = OverlapEngine(repo.open())
    file = str(repo.path / "app.py")
    assert engine.first_plan(file) is not None
    assert engine.first_plan(file) is None
    scanned = OverlapEngine(repo.open())
    scanned.refresh()
    assert scanned.first_plan(file) is None


def test_whole_scans_wait_for_it(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    edited(repo.worktree("there"))
    repository = repo.open()
    scan = repository.scan
    looking, may_look, whole = threading.Event(), threading.Event(), threading.Event()

    def watched(worktree: Worktree, path: str | None = None) -> tuple[Snapshot, tuple[Problem, ...]]:
        if path is None:
            whole.set()
        else:
            looking.set()
            assert may_look.wait(PATIENCE)
            assert not whole.is_set()
        return scan(worktree, path)

    monkeypatch.setattr(repository, "scan", watched)
    engine = OverlapEngine(repository)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(engine.first_plan, str(repo.path / "app.py"))
        try:
            assert looking.wait(PATIENCE)
            refreshed = pool.submit(engine.refresh)
        finally:
            may_look.set()
        assert first.result(PATIENCE) is not None
        assert refreshed.result(PATIENCE) is True
    assert whole.is_set()
