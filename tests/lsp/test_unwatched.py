"""A repository is followed where watches run out, a scan fails, or something changes during one."""

import threading

import pytest

from forksight.core.git.watching import FileEvent
from forksight.core.ports.system import Watcher
from forksight.core.problems import GitError
from forksight.features.overlaps.engine import OverlapEngine
from forksight.features.overlaps.follow import Everything, Follower
from tests.conftest import Checkout
from tests.lsp.events import Heard, inotify
from tests.lsp.fixtures import NUMBERS
from tests.waiting import wait_for


def follow(checkout: Checkout, watcher: Watcher | None) -> tuple[Follower, OverlapEngine, Heard]:
    repository = checkout.open()
    engine = OverlapEngine(repository)
    heard = Heard()
    failures: list[Exception] = []
    follower = Follower(
        repository,
        engine,
        watcher,
        changed=lambda: heard([FileEvent("", str(len(engine.changes(str(checkout.path)))), is_dir=False)]),
        failed=failures.append,
    )
    follower.start()
    return follower, engine, heard


@pytest.mark.parametrize("watched", [True, False])
@inotify
def test_what_can_not_be_watched_is_polled_and_told_once(checkout: Checkout, watched: bool) -> None:
    from forksight.adapters.system.watching.inotify import InotifyWatcher

    checkout.commit({"pay.py": NUMBERS, "deep/er/file": "x\n"})
    watcher = InotifyWatcher(capacity=1) if watched else None
    follower, _, heard = follow(checkout, watcher)
    try:
        heard.wait(lambda event: event.name == "0")
        checkout.write({"deep/er/file": "changed\n"})
        heard.wait(lambda event: event.name == "1")
        (problem,) = follower.problems
        assert problem.code == "watch-limit"
        assert ("max_user_watches" if watched else "max_user_instances") in problem.message
    finally:
        follower.close()
        if watcher:
            watcher.close()


def test_until_something_is_watched_nothing_counts_as_seen(checkout: Checkout) -> None:
    checkout.commit({"pay.py": NUMBERS})
    repository = checkout.open()
    known: list[tuple[bool, frozenset[str | None]]] = []
    failures: list[Exception] = []

    def note() -> None:
        known.append((follower.scanned.is_set(), follower.unseen()))

    follower = Follower(repository, OverlapEngine(repository), None, changed=note, failed=failures.append)
    follower.start()
    try:
        wait_for("all to be seen", lambda: not follower.unseen())
        assert known[0] == (True, frozenset([Everything])), "what came after the first scan, no event tells"
    finally:
        follower.close()


@inotify
def test_a_failing_scan_does_not_end_the_following(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    from forksight.adapters.system.watching.inotify import InotifyWatcher

    checkout.commit({"pay.py": NUMBERS})
    watcher = InotifyWatcher()
    follower, _, heard = follow(checkout, watcher)
    try:
        heard.wait(lambda event: event.name == "0")
        done = threading.Event()
        follower.submit(lambda: 1 / 0)  # type: ignore[arg-type]  # it raises
        follower.submit(done.set)
        assert done.wait(60)
        checkout.write({"pay.py": "x\n"})
        heard.wait(lambda event: event.name == "1")
    finally:
        follower.close()
        watcher.close()


@inotify
def test_what_is_heard_during_a_scan_is_taken_as_of_after_it(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worktree comes to its new place after git was asked where it is, and before its entry is watched as a lost one's."""
    from forksight.adapters.system.watching.inotify import InotifyWatcher

    checkout.commit({"pay.py": NUMBERS})
    pay, to = checkout.worktree("pay"), checkout.path.parent / "moved"
    watcher = InotifyWatcher()
    follower, engine, heard = follow(checkout, watcher)
    look = engine._repository.worktrees

    def look_too_early() -> object:
        listed = look()
        if not to.exists():
            return listed
        monkeypatch.undo()
        checkout.git("worktree", "repair", str(to))
        wait_for("the event", lambda: [event for event in follower._meanwhile or () if event.name == "gitdir"])
        return listed

    try:
        heard.wait(lambda event: event.name == "0")
        wait_for("the watches", lambda: str(pay.path) in follower._places.directories)
        monkeypatch.setattr("forksight.core.git.watching._LISTED", set())  # it is also looked for by its name
        monkeypatch.setattr(engine._repository, "worktrees", look_too_early)
        pay.path.rename(to)
        wait_for("the worktree", lambda: str(to) in {worktree.path for worktree in engine.worktrees()})
    finally:
        follower.close()
        watcher.close()


@inotify
def test_what_could_not_be_read_is_asked_again(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    from forksight.adapters.system.watching.inotify import InotifyWatcher

    checkout.commit({"pay.py": NUMBERS})
    watcher = InotifyWatcher()
    follower, engine, heard = follow(checkout, watcher)
    refresh = engine.refresh
    refused: list[object] = []

    def fail_once(changed: object = None) -> bool:
        if not refused:
            refused.append(changed)
            raise GitError("git failed")
        return refresh()

    try:
        heard.wait(lambda event: event.name == "0")
        wait_for("the watches", lambda: str(checkout.path) in follower._places.directories)
        for _ in range(2):  # between these the follower scans what it watches only from now on
            done = threading.Event()
            follower.submit(done.set)
            assert done.wait(60)
        monkeypatch.setattr(engine, "refresh", fail_once)
        checkout.write({"pay.py": "x\n"})  # nothing else happens from now on
        wait_for("the change", lambda: engine.changes(str(checkout.path)))
        assert refused
    finally:
        follower.close()
        watcher.close()


@inotify
def test_ignored_folders_are_not_watched(checkout: Checkout) -> None:
    from forksight.adapters.system.watching.inotify import InotifyWatcher

    checkout.commit({".gitignore": "node_modules/\n", "src/a.py": "x\n"})
    others = [checkout.worktree(f"w{number}") for number in range(5)]
    for other in (checkout, *others):
        for number in range(100):
            (other.path / f"node_modules/{number}/lib").mkdir(parents=True)
    watcher = InotifyWatcher()
    follower, _, heard = follow(checkout, watcher)
    try:
        heard.wait(lambda event: event.name == "0")
        checkout.write({"node_modules/7/lib/x": "x\n", "src/a.py": "changed\n"})
        heard.wait(lambda event: event.name == "1")
        assert watcher.count < 10 * len((checkout, *others))
    finally:
        follower.close()
        watcher.close()
