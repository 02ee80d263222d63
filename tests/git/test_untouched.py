"""Looking never writes: not a byte of the repository or its worktrees differs afterwards, however it ends."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import Checkout

LOOK = """
import itertools, sys
from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.worktrees.discovery import find_common_dir

def look(repository):
    worktrees, _ = repository.worktrees()
    snapshots = [repository.scan(worktree)[0] for worktree in worktrees]
    heads = [snapshot.worktree.head for snapshot in snapshots]
    pairs = list(itertools.permutations(snapshots, 2))
    repository.merge_bases(list(itertools.combinations(heads, 2)))
    repository.tree_changes([(one.tree, other.tree) for one, other in pairs])
    repository.blobs(change.new.oid for snapshot in snapshots for change in snapshot.changes.values() if change.new)
    for worktree in worktrees:
        repository.attributes(worktree, ["app.py"])
        repository.to_git(worktree, "app.py", b"x")
        repository.directories(worktree.head)
    repository.merges(pairs)
    repository.merges_in_turn(worktrees[0].path, heads[1], heads[2:])
    repository.renames([(snapshots[0], snapshot) for snapshot in snapshots])
    repository.virtual_bases([(*snapshots[:2], heads[:2])])
    repository.refs(["*"])
    repository.branches()

if __name__ == "__main__":
    repository = GitRepository(find_common_dir(sys.argv[1]))
    look(repository)
    print("looked", flush=True)
    while len(sys.argv) > 2:
        look(repository)
"""


def trace(folder: Path) -> dict[str, tuple[object, ...]]:
    """Every file below a folder: what kind it is, what is in it, when it was written."""
    state: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        stat = path.lstat()
        content: object = None
        if path.is_symlink():
            content = os.readlink(path)
        elif path.is_file():
            content = hashlib.sha1(path.read_bytes()).hexdigest()
        state[str(path.relative_to(folder))] = (stat.st_mode, stat.st_size, stat.st_mtime_ns, stat.st_ino, content)
    return state


@pytest.fixture
def place(repo: Checkout) -> Checkout:
    """Three worktrees, in every state that a scan could be tempted to tidy up."""
    repo.commit({".gitattributes": "*.txt text\n", "a.txt": "1\n", "lines": "".join(f"{n}\n" for n in range(50))})
    first, second = repo.worktree("one"), repo.worktree("two")
    first.commit({"app.py": "one\n"})
    second.commit({"app.py": "two\n"})
    for number, checkout in enumerate((repo, first, second)):
        checkout.write({"app.py": f"dirty {number}\n", "new.txt": b"1\r\n", "staged": f"{number}\n"})
        checkout.git("add", "staged")
        os.utime(checkout.path / "a.txt", (1, 1))  # git would like to refresh the index
        os.utime(checkout.path / "README", (1, 1))
    (first.path / "lines").rename(first.path / "moved")
    (repo.path / ".git" / "gc.log").write_text("git would warn")
    return repo


def test_a_look_leaves_everything_as_it_was(place: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path.parent / f"{tmp_path.name}-scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    before = trace(place.path.parent)
    subprocess.run([sys.executable, "-c", LOOK, str(place.path)], check=True, stdout=subprocess.DEVNULL)
    assert trace(place.path.parent) == before
    assert list(scratch.iterdir()) == []


def test_status_says_the_same_afterwards(place: Checkout) -> None:
    def said() -> tuple[str, ...]:
        quiet = {"GIT_OPTIONAL_LOCKS": "0"}
        return (
            place.git("status", "--porcelain=v2", "--branch", env=quiet),
            place.git("count-objects", "-v"),
            place.git("for-each-ref"),
            place.git("fsck", "--no-progress", "--dangling"),
        )

    before = said()
    subprocess.run([sys.executable, "-c", LOOK, str(place.path)], check=True, stdout=subprocess.DEVNULL)
    assert said() == before


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_killed_in_the_middle(place: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: int) -> None:
    scratch = tmp_path.parent / f"{tmp_path.name}-scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    before = trace(place.path.parent)
    process = subprocess.Popen(
        [sys.executable, "-c", LOOK, str(place.path), "forever"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"looked\n"
    watched = psutil.Process(process.pid)
    while not any("fast-import" in command for command in _children(watched).values()):
        assert process.poll() is None
    children = list(_children(watched))
    process.send_signal(sent)
    process.communicate()
    psutil.wait_procs(children, timeout=60)
    assert trace(place.path.parent) == before
    subprocess.run([sys.executable, "-c", LOOK, str(place.path)], check=True, stdout=subprocess.DEVNULL)
    assert list(scratch.iterdir()) == [], "the next look sweeps what was left"


def _children(process: psutil.Process) -> dict[psutil.Process, list[str]]:
    """The processes below it and their command lines, as of a moment in which none ended."""
    while True:
        try:
            return {child: child.cmdline() for child in process.children(recursive=True)}
        except psutil.Error:
            continue


def test_the_index_lock_is_never_held(place: Checkout) -> None:
    """A user's git that finds the lock held fails at once: while we look, it must never."""
    process = subprocess.Popen([sys.executable, "-c", LOOK, str(place.path), "forever"], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"looked\n"
        for number in range(60):
            place.write({"mine": f"{number}\n"}).git("add", "mine")
            place.git("commit", "--quiet", "--message", f"{number}", "mine")
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()
