"""What is watched and what an event means; and inotify itself."""

import os
import resource
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from forksight.core.git.snapshot import Worktree
from forksight.core.git.watching import FileEvent, News, parents, places, tops
from forksight.core.ports.system import Watcher
from tests.lsp.events import Heard, inotify

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


@inotify
def test_it_starts_no_process() -> None:
    script = (
        "import sys; sys.addaudithook(lambda event, _: sys.exit(event) if event == 'subprocess.Popen' else None)\n"
        "from forksight.adapters.system.watching.inotify import InotifyWatcher; InotifyWatcher()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@inotify
def test_where_more_than_a_thousand_descriptors_are_open(tmp_path: Path) -> None:
    from forksight.adapters.system.watching.inotify import InotifyWatcher

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1100):  # `select.select` takes none from 1,024 on
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        watcher, heard = InotifyWatcher(), Heard()
        stack.callback(watcher.close)
        watcher.subscribe(heard).replace([str(tmp_path)])
        for name in ("one", "two"):
            (tmp_path / name).write_text("x")
            heard.wait_for_name(name)


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
def test_what_was_changed_is_told_of_by_the_time_that_it_is_asked_for(watcher: Watcher, tmp_path: Path) -> None:
    heard = Heard()
    watch = watcher.subscribe(heard)
    watch.replace([str(tmp_path)])
    for number in range(100):
        (tmp_path / f"{number}").touch()
        watch.catch_up()
        assert heard.events[-1].name == f"{number}"


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
