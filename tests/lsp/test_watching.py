"""What is watched and what an event means; inotify itself; and what happens when watches run out."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from forksight.core.git.snapshot import Worktree
from forksight.core.git.watching import FileEvent, News, parents, places, tops
from forksight.core.ports.system import Watcher
from forksight.core.problems import GitError
from forksight.features.overlaps.engine import OverlapEngine
from forksight.features.overlaps.follow import Follower
from tests.conftest import Checkout
from tests.lsp.conftest import NUMBERS
from tests.waiting import wait_for

MAIN = Worktree("/r", "/r/.git", "c1", "main", main=True)
PAY = Worktree("/w/pay", "/r/.git/worktrees/pay", "c2", "feature/pay")
NESTED = Worktree("/r/.claude/worktrees/in", "/r/.git/worktrees/in", "c3", "in")
HERE, THERE = News(frozenset({"/r"})), News(frozenset({"/w/pay"}))
ALL, NOTHING = News(everything=True, directories=True), News()

PLACES = places(
    "/r/.git",
    [MAIN, PAY, NESTED],
    {"/r": ["src", ".claude/worktrees/in"], "/w/pay": ["src"], "/r/.claude/worktrees/in": []},
    ["refs/heads", "refs/heads/feature"],
    [PAY.git_dir, NESTED.git_dir, "/r/.git/worktrees/new"],
    lost=["/somewhere/else/lost"],
    compares_refs=False,
)


@pytest.mark.parametrize(
    ("directory", "name", "is_dir", "news"),
    [
        ("/r", "a.py", False, HERE),
        ("/r/.git/worktrees/new", "gitdir", False, ALL),
        ("/r/.git/worktrees/new", "index.lock", False, NOTHING),
        ("/r/src", "a.py", False, HERE),
        ("/w/pay/src", "b.py", False, THERE),
        ("/r/.claude/worktrees/in", "a.py", False, News(frozenset({"/r/.claude/worktrees/in"}))),
        ("/r", "new", True, News(frozenset({"/r"}), directories=True)),
        ("/r", ".gitignore", False, News(frozenset({"/r"}), directories=True)),
        ("/r", ".git", True, NOTHING),
        ("/w/pay", "", True, ALL),
        ("/w/pay/src", "", True, News(frozenset({"/w/pay"}), directories=True)),
        ("/r/.git/worktrees/pay", "HEAD", False, THERE),
        ("/r/.git/worktrees/pay", "gitdir", False, News(everything=True)),
        ("/r/.git/worktrees/pay", "locked", False, News(everything=True)),
        ("/r/.git/worktrees/pay", "index", False, THERE),
        ("/r/.git/worktrees/pay", "index.lock", False, NOTHING),
        ("/r/.git/worktrees/pay", "rebase-merge", True, THERE),
        ("/r/.git/worktrees/pay", "COMMIT_EDITMSG", False, NOTHING),
        ("/r/.git", "HEAD", False, HERE),
        ("/r/.git", "packed-refs", False, ALL),
        ("/r/.git", "worktrees", True, ALL),
        ("/r/.git", "FETCH_HEAD", False, NOTHING),
        ("/r/.git/worktrees", "new", True, ALL),
        ("/r/.git/info", "exclude", False, ALL),
        ("/r/.git/reftable", "tables.list", False, ALL),
        ("/r/.git/refs/heads", "main", False, HERE),
        ("/r/.git/refs/heads", "main.lock", False, NOTHING),
        ("/r/.git/refs/heads/feature", "pay", False, THERE),
        ("/r/.git/refs/heads", "nobody", False, NOTHING),
        ("/r/.git/refs/heads", "newdir", True, News(directories=True)),
        ("", "", True, ALL),
        ("/somewhere/else", "x", False, NOTHING),
        ("/somewhere/else", "lost", True, ALL),
        ("/somewhere/else/lost", ".git", False, ALL),
        ("/somewhere/else/lost", "a.py", False, NOTHING),
    ],
)
def test_what_an_event_means(directory: str, name: str, is_dir: bool, news: News) -> None:
    assert PLACES.news(FileEvent(directory, name, is_dir)) == news


def test_what_is_watched_first() -> None:
    watched = list(PLACES.directories)
    assert watched.index("/r/.git/worktrees/pay") < watched.index("/r/src")
    assert "/r/.claude/worktrees/in" in watched
    assert len(watched) == len(set(watched))


def test_folders_of_paths() -> None:
    assert parents(["a.py", "src/x/y.py", "src/z.py"]) == {"src", "src/x"}
    assert tops(["/a/c", "/a-b", "/a", "/b/c", "/b/c/d"]) == ["/a", "/a-b", "/b/c"]


# ---------------------------------------------------------------------------------------------- inotify

inotify = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")


@inotify
def test_it_starts_no_process() -> None:
    script = (
        "import sys; sys.addaudithook(lambda event, _: sys.exit(event) if event == 'subprocess.Popen' else None)\n"
        "from forksight.adapters.system.watching.inotify import InotifyWatcher; InotifyWatcher()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


class Heard:
    """Events, and waiting for them."""

    def __init__(self) -> None:
        self.events: list[FileEvent] = []
        self._news = threading.Condition()

    def __call__(self, events: Sequence[FileEvent]) -> None:
        with self._news:
            self.events += events
            self._news.notify_all()

    def wait(self, wanted: Callable[[FileEvent], bool]) -> FileEvent:
        with self._news:
            assert self._news.wait_for(lambda: any(map(wanted, self.events)), 10), self.events
        return next(filter(wanted, self.events))


@pytest.fixture
def watcher() -> Iterator["Watcher"]:
    from forksight.adapters.system.watching.inotify import InotifyWatcher

    made = InotifyWatcher(capacity=20)
    yield made
    made.close()


@inotify
def test_only_the_directories_asked_for(watcher: Watcher, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    heard = Heard()
    watch = watcher.subscribe(heard)
    assert not watch.replace([str(tmp_path)])
    (tmp_path / "deep/unseen").write_text("x")
    (tmp_path / "seen").write_text("x")
    heard.wait(lambda event: event.name == "seen")
    assert {event.name for event in heard.events} == {"seen"}
    watch.replace([str(tmp_path / "deep")])
    (tmp_path / "unseen").write_text("x")
    (tmp_path / "deep/now seen").write_text("x")
    heard.wait(lambda event: event.name == "now seen")
    assert "unseen" not in {event.name for event in heard.events}


@inotify
def test_a_directory_that_is_replaced_is_watched_again(watcher: Watcher, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    heard = Heard()
    watch = watcher.subscribe(heard)
    watch.replace([str(tmp_path), str(folder)])
    folder.rename(tmp_path / "moved")
    heard.wait(lambda event: event.directory == str(folder) and not event.name)
    folder.mkdir()
    watch.replace([str(tmp_path), str(folder)])
    (folder / "file").write_text("x")
    heard.wait(lambda event: event.name == "file")


@inotify
def test_what_lies_in_a_directory_that_is_replaced_is_watched_again(watcher: Watcher, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    heard = Heard()
    watch = watcher.subscribe(heard)
    watched = [str(tmp_path), str(folder), str(folder / "deep")]
    watch.replace(watched)
    folder.rename(tmp_path / "moved")
    (folder / "deep").mkdir(parents=True)
    heard.wait(lambda event: event.directory == str(folder) and not event.name)
    watch.replace(watched)
    (folder / "deep" / "file").write_text("x")
    heard.wait(lambda event: event.name == "file")


@inotify
def test_two_subscribers_of_one_directory(watcher: Watcher, tmp_path: Path) -> None:
    first, second = Heard(), Heard()
    subscription, two = watcher.subscribe(first), watcher.subscribe(second)
    subscription.replace([str(tmp_path)])
    two.replace([str(tmp_path)])
    subscription.close()
    (tmp_path / "file").write_text("x")
    second.wait(lambda event: event.name == "file")
    assert first.events == []
    assert subscription.replace([str(tmp_path)]) == frozenset()  # closed is closed


@inotify
def test_reading_is_no_change(watcher: Watcher, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    heard = Heard()
    watcher.subscribe(heard).replace([str(tmp_path)])
    (tmp_path / "file").read_text()
    os.listdir(tmp_path)
    (tmp_path / "end").write_text("x")
    heard.wait(lambda event: event.name == "end")
    assert {event.name for event in heard.events} == {"end"}


@inotify
def test_at_the_limit_the_first_ones_are_watched(watcher: Watcher, tmp_path: Path) -> None:
    folders = [tmp_path / f"{number:02}" for number in range(25)]
    for folder in folders[:-1]:
        folder.mkdir()
    watch = watcher.subscribe(Heard())
    assert set(watch.replace([str(folder) for folder in folders])) == {str(folder) for folder in folders[20:24]}


# ---------------------------------------------------------------------------------------------- following without watches


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


@inotify
def test_a_failing_scan_does_not_end_the_following(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    from forksight.adapters.system.watching.inotify import InotifyWatcher

    checkout.commit({"pay.py": NUMBERS})
    watcher = InotifyWatcher()
    follower, _, heard = follow(checkout, watcher)
    try:
        heard.wait(lambda event: event.name == "0")
        done = threading.Event()
        follower.submit(lambda: 1 / 0)  # type: ignore[arg-type,return-value]  # it raises
        follower.submit(done.set)
        assert done.wait(10)
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
    refresh, refused = engine.refresh, []

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
