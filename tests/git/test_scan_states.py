"""What a scan says beyond the record: what it leaves out, what it can't tell, and that it stays true as files change."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from forksight.adapters.git.working_tree import dirty_blobs, status
from forksight.core.git.snapshot import Change, Entry
from forksight.core.problems import GitError
from tests.conftest import Checkout
from tests.git.add_all import recorded_by_add, scanned


def test_the_head_and_branch_are_read_anew(repo: Checkout) -> None:
    repository = repo.open()
    worktree = repo.seen_by(repository)
    head = repo.commit({"app.py": "more\n"})
    repo.git("switch", "--quiet", "--create", "topic/größe")
    now = repository.scan(worktree)[0].worktree
    assert (now.head, now.branch, now.main) == (head, "topic/größe", True)
    repo.git("checkout", "--quiet", "--detach")
    assert repository.scan(worktree)[0].worktree.branch is None


def test_since_is_when_the_file_was_written(repo: Checkout) -> None:
    repo.write({"app.py": "x\n", "README": None, "new": "y\n"})
    os.utime(repo.path / "app.py", (1_700_000_000, 1_700_000_000))
    since = scanned(repo).since
    assert since["app.py"] == 1_700_000_000
    assert abs(since["new"] - time.time()) < 60
    assert "README" not in since


def test_one_path_alone_is_as_in_the_whole(repo: Checkout) -> None:
    """Whatever became of it: git is not asked for untracked files where there can be none."""
    base = [
        "edited",
        "staged",
        "staged-and-edited",
        "gone",
        "gone-staged",
        "kept-unstaged",
        "same",
        "mode",
        "hidden",
        "moved",
    ]
    repo.commit({".gitignore": "ignored*\n", **{name: f"{name}\n" for name in [*base, "folder/file", "became-folder"]}})
    repo.write({"staged": "x\n", "staged-and-edited": "x\n", "added": "x\n", "ignored-but-added": "x\n"})
    repo.git("add", "--force", "staged", "staged-and-edited", "added", "ignored-but-added")
    repo.git("rm", "--quiet", "--cached", "kept-unstaged", "gone-staged")
    repo.git("update-index", "--skip-worktree", "hidden")
    repo.write({"edited": "y\n", "staged-and-edited": "y\n", "hidden": "y\n", "gone": None, "gone-staged": None})
    repo.write({"became-folder": None, "became-folder/inside": "y\n", "intended": "y\n", "folder/file": None})
    repo.git("add", "--intent-to-add", "intended")
    (repo.path / "folder").rmdir()
    repo.write({"folder": "y\n", "untracked": "y\n", "new/deep/file": "y\n", "ignored": "y\n"})
    (repo.path / "mode").chmod(0o755)
    (repo.path / "moved").rename(repo.path / "moved-to")
    (repo.path / "link").symlink_to("same")
    repository = repo.open()
    worktree = repo.seen_by(repository)
    whole, _ = repository.scan(worktree)
    paths = [
        *base,
        *whole.changes,
        "folder/file",
        "became-folder",
        "ignored",
        "ignored-but-added",
        "missing",
        "new/deep",
    ]
    assert len(whole.changes) > 14
    for path in paths:
        alone, _ = repository.scan(worktree, path)
        assert alone.changes.get(path) == whole.changes.get(path), path
        assert (alone.tree, alone.worktree) == (whole.tree, whole.worktree)


def test_in_the_middle_of_a_merge(repo: Checkout) -> None:
    other = repo.worktree("other")
    other.commit({"app.py": "theirs\n", "clean": "merged\n"})
    repo.commit({"app.py": "ours\n"})
    repo.write({"README": "dirty\n", "unrelated": "new\n"})
    with pytest.raises(AssertionError):
        repo.git("merge", "other")
    snapshot = scanned(repo)
    assert snapshot.unmerged == {"app.py"}
    assert set(snapshot.changes) == {"README", "unrelated", "clean"}


def test_in_the_middle_of_a_rebase(repo: Checkout) -> None:
    other = repo.worktree("other")
    other.commit({"app.py": "theirs\n"})
    repo.commit({"app.py": "ours\n"})
    with pytest.raises(AssertionError):
        other.git("rebase", "main")
    snapshot = scanned(other)
    assert snapshot.worktree.branch is None
    assert snapshot.worktree.head == repo.git("rev-parse", "HEAD")
    assert snapshot.unmerged == {"app.py"}


def test_nested_worktrees_belong_to_themselves(repo: Checkout) -> None:
    nested = repo.worktree(".claude/worktrees/pay")
    deeper = nested.worktree("sub/deeper")
    for checkout in (repo, nested, deeper):
        checkout.write({f"{checkout.path.name}.txt": "mine\n"})
    assert set(scanned(repo).changes) == {"repo.txt"}
    assert set(scanned(nested).changes) == {"pay.txt"}
    assert set(scanned(deeper).changes) == {"deeper.txt"}


def test_an_embedded_repository_without_commits_is_nothing_yet(repo: Checkout) -> None:
    (repo.path / "inner").mkdir()
    Checkout(repo.path / "inner").write({"file": "x"}).git("init", "--quiet")
    assert scanned(repo).changes == {}


def test_a_worktree_whose_git_file_is_gone_is_not_taken_for_the_one_around_it(repo: Checkout) -> None:
    nested = repo.worktree(".claude/worktrees/pay")
    repository = repo.open()
    worktree = nested.seen_by(repository)
    (nested.path / ".git").unlink()
    with pytest.raises(GitError, match="no worktree any more"):
        repository.scan(worktree)


def test_a_locked_index_is_neither_waited_for_nor_taken(repo: Checkout) -> None:
    repo.write({"app.py": "dirty\n"})
    lock = repo.path / ".git" / "index.lock"
    lock.write_text("the user's own git is at work")
    assert set(scanned(repo).changes) == {"app.py"}
    assert lock.read_text() == "the user's own git is at work"


def test_a_broken_index_is_an_error_with_a_cause(repo: Checkout) -> None:
    repository = repo.open()
    worktree = repo.seen_by(repository)
    (repo.path / ".git" / "index").write_bytes(b"garbage of more than thirty-two bytes, not an index")
    with pytest.raises(GitError, match=r"bad signature|index file corrupt"):
        repository.scan(worktree)


@pytest.mark.permissions
def test_an_unreadable_file_by_its_permissions(repo: Checkout) -> None:
    repo.write({"app.py": "secret\n"})
    os.chmod(repo.path / "app.py", 0)
    _one_unreadable_file(repo, "Permission denied")


def test_a_special_file_in_place_of_a_tracked_one(repo: Checkout) -> None:
    repo.write({"app.py": None})
    os.mkfifo(repo.path / "app.py")
    _one_unreadable_file(repo, "not a regular file")


def _one_unreadable_file(repo: Checkout, why: str) -> None:
    repo.write({"README": "readable\n"})
    repository = repo.open()
    snapshot, problems = repository.scan(repo.seen_by(repository))
    assert [problem.code for problem in problems] == ["file-unreadable"]
    assert why in problems[0].message
    assert problems[0].path == str(repo.path / "app.py")
    assert why in snapshot.not_covered["app.py"]
    assert set(snapshot.changes) == {"README", "app.py"}


def test_what_only_a_program_could_tell(repo: Checkout) -> None:
    repo.commit(
        {
            ".gitattributes": "*.psd filter=lfs -text\n*.utf16 working-tree-encoding=UTF-16\n*.utf8 working-tree-encoding=utf-8\n"
        }
    )
    repo.commit({"old.psd": "pointer\n", "same.psd": "pointer\n", "gone.psd": "pointer\n", "staged.psd": "pointer\n"})
    repo.write({"staged.psd": "new pointer\n"}).git("add", "staged.psd")
    repo.write({"old.psd": "pixels", "gone.psd": None, "new.psd": "pixels", "a.utf16": "x", "a.utf8": "x"})
    os.symlink("old.psd", repo.path / "link.psd")
    snapshot = scanned(repo)
    assert set(snapshot.changes) == {"old.psd", "gone.psd", "new.psd", "staged.psd", "a.utf16", "a.utf8", "link.psd"}
    assert set(snapshot.not_covered) == {"old.psd", "new.psd", "a.utf16"}
    assert "filter=lfs" in snapshot.not_covered["old.psd"]


def test_a_file_that_vanishes_after_git_looked(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write({"app.py": "dirty\n", "new/file": "x", "swapped": "y"})
    parse = status.parse

    def late(output: bytes) -> status.Status:
        repo.write({"app.py": None, "new/file": None, "swapped": None})
        (repo.path / "swapped").mkdir()
        return parse(output)

    monkeypatch.setattr(status, "parse", late)
    repository = repo.open()
    snapshot, problems = repository.scan(repo.seen_by(repository))
    assert not problems
    assert set(snapshot.changes) == {"app.py"}
    assert snapshot.changes["app.py"].new is None


def test_scans_follow_the_files(repo: Checkout) -> None:
    repository = repo.open()
    worktree = repo.seen_by(repository)
    for text in ("one\n", "two\n", "six\n"):  # of one size, within a clock tick
        repo.write({"app.py": text})
        snapshot, _ = repository.scan(worktree)
        assert snapshot.changes == recorded_by_add(repo)
        entry = snapshot.changes["app.py"].new
        assert entry is not None
        assert repository.blobs([entry.oid]) == {entry.oid: text.encode()}


def test_an_unchanged_file_is_not_read_again(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write({"app.py": "one\n"})
    long_ago = time.time() - 3600
    os.utime(repo.path / "app.py", (long_ago, long_ago))
    # A change time can't be set: let the clock be an hour later instead.
    monkeypatch.setattr(time, "time_ns", lambda now=time.time_ns: now() + 3600 * 10**9)
    repository = repo.open()
    worktree = repo.seen_by(repository)
    first, _ = repository.scan(worktree)
    monkeypatch.setattr(dirty_blobs, "read_regular", lambda *_, **__: pytest.fail("it was read again"))
    assert repository.scan(worktree)[0] == first


def test_the_bytes_of_the_last_two_scans_are_there(repo: Checkout) -> None:
    repository = repo.open()
    worktree = repo.seen_by(repository)
    seen: list[Entry] = []
    for text in ("one\n", "two\n", "three\n"):
        repo.write({"app.py": text})
        entry = repository.scan(worktree)[0].changes["app.py"].new
        assert entry is not None
        seen.append(entry)
    assert list(repository.blobs(entry.oid for entry in seen).values()) == [b"two\n", b"three\n"]


def test_a_big_file_is_read_again_when_asked_for(repo: Checkout) -> None:
    big = b"x" * 3_000_000
    repo.write({"big": big})
    repository = repo.open()
    entry = repository.scan(repo.seen_by(repository))[0].changes["big"].new
    assert entry is not None
    assert repository.blobs([entry.oid])[entry.oid] == big
    repo.write({"big": b"y" * 3_000_000})
    assert repository.blobs([entry.oid]) == {}, "its bytes are not what was seen any more"


def test_identical_dirty_files_in_two_worktrees(repo: Checkout) -> None:
    other = repo.worktree("other")
    repository = repo.open()
    entries = []
    for checkout in (repo, other):
        checkout.write({"app.py": "the same\n"})
        entries.append(repository.scan(checkout.seen_by(repository))[0].changes["app.py"].new)
    assert entries[0] == entries[1]
    assert entries[0] is not None
    for _ in range(2):
        repo.git("checkout", "--quiet", "app.py")
        repository.scan(repo.seen_by(repository))
    assert repository.blobs([entries[0].oid]) == {entries[0].oid: b"the same\n"}, "the other worktree still has it"


def test_a_removed_and_committed_file_is_no_change(repo: Checkout) -> None:
    repo.commit({"README": None})
    assert scanned(repo).changes == {}


def test_the_repository_settings_count(repo: Checkout, tmp_path: Path) -> None:
    """A setting that comes later, through an include on a branch's name, is seen by the next scan."""
    repository = repo.open()
    (tmp_path / "crlf").write_text("[core]\n\tautocrlf = true\n")
    repo.git("config", "includeIf.onbranch:windows.path", str(tmp_path / "crlf"))
    repo.write({"win": b"1\r\n"})
    worktree = repo.seen_by(repository)
    raw = repository.scan(worktree)[0].changes
    repo.git("switch", "--quiet", "--create", "windows")
    assert repository.scan(worktree)[0].changes == recorded_by_add(repo) != raw


def test_status_lines_of_a_later_git_are_left_out() -> None:
    seen = status.parse(b"# branch.oid abc\0# branch.head main\0# stash 3\0! ignored\0x new kind\0? file\0")
    assert (seen.head, seen.branch, seen.untracked, seen.tracked) == ("abc", "main", ["file"], {})


def test_every_worktree_of_a_repository_is_scanned_by_many_threads(repo: Checkout) -> None:
    checkouts = [repo.worktree(f"w{number}") for number in range(6)]
    for checkout in checkouts:
        checkout.write({"app.py": f"{checkout.path.name}\n", "only": checkout.path.name})
    repository = repo.open()
    worktrees, problems = repository.worktrees()
    with ThreadPoolExecutor(8) as pool:
        snapshots = [snapshot for snapshot, _ in pool.map(repository.scan, worktrees * 3)]
    assert not problems
    by_path = {snapshot.worktree.path: snapshot for snapshot in snapshots}
    for checkout in checkouts:
        assert by_path[str(checkout.path)].changes == recorded_by_add(checkout)
    expected = {change.new.oid for snapshot in snapshots for change in snapshot.changes.values() if change.new}
    assert repository.blobs(expected).keys() == expected


def test_git_is_asked_once_for_a_scan(repo: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty worktrees are read in the time that fifty processes take: no second one without need."""
    repository = repo.open()
    worktree = repo.seen_by(repository)
    repository.scan(worktree)
    repo.write({"app.py": "dirty\n", "new": "x"})
    spawned: list[object] = []
    popen = subprocess.Popen.__init__

    def counted(self: "subprocess.Popen[bytes]", *arguments: Any, **options: Any) -> None:
        spawned.append(arguments)
        popen(self, *arguments, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", counted)
    snapshot, _ = repository.scan(worktree)
    assert len(spawned) == 1
    assert snapshot.changes["new"] == Change(None, Entry(0o100644, "c1b0730e0133447badcfd47fd144e254807b06e1"))
