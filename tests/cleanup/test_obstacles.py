"""What can't be removed, or made again, whole: nothing is lost, and what is where is said."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from forksight.adapters.store.archive import worktree
from forksight.core.problems import ForksightError
from forksight.features.cleanup.interrupted import finish_interrupted
from tests.cleanup.confined import forksight
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.forks.sessions_repo import RecordedProgress


def dirty(forks_repo: ForksRepo) -> Forked:
    """A fork with work that is nowhere else, and a folder as a module cache has it."""
    fork = forks_repo.add_fork("feature/pay")
    fork.checkout.write({".gitignore": ".cache/\n", "new.py": "uncommitted\n", ".cache/m@v1/m.go": "package m\n"})
    return fork


def discard(forks_repo: ForksRepo, fork: Forked) -> "subprocess.CompletedProcess[str]":
    return forksight(forks_repo, "clean", "--discard", fork.id)


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    """A path with this mode for a while."""
    before = path.stat().st_mode
    path.chmod(bits)
    try:
        yield
    finally:
        if path.exists():
            path.chmod(before & 0o7777)


@contextmanager
def fixed(path: Path) -> Iterator[None]:
    """A file that nobody may remove for a while."""
    chattr = shutil.which("chattr")
    if chattr is None or subprocess.run([chattr, "+i", str(path)], capture_output=True, check=False).returncode:
        pytest.skip("only root may mark a file as unchangeable, and not on each file system")
    try:
        yield
    finally:
        for place in path.parents[3].rglob(path.name):
            subprocess.run([chattr, "-i", str(place)], check=True)


def test_a_read_only_folder_goes_and_comes_back(forks_repo: ForksRepo) -> None:
    fork = dirty(forks_repo)
    (fork.checkout.path / ".cache/m@v1/m.go").chmod(0o444)
    (fork.checkout.path / ".cache/m@v1").chmod(0o555)
    before = forks_repo.state(fork)
    run = discard(forks_repo, fork)
    assert run.returncode == 0, run.stderr
    assert not fork.checkout.path.exists()
    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before


def foreign(fork: Forked) -> Path:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to somebody else")
    folder = fork.checkout.path / ".cache" / "m@v1"
    os.chown(folder, 65534, 65534)
    folder.chmod(0o755)
    return folder


def test_a_folder_of_somebody_else_keeps_the_worktree(forks_repo: ForksRepo) -> None:
    fork = dirty(forks_repo)
    folder = foreign(fork)
    before = forks_repo.state(fork)
    run = discard(forks_repo, fork)
    assert run.returncode == 2
    assert f"you may not write in {folder}" in run.stderr
    assert forks_repo.state(fork) == before
    assert forks_repo.archived() == ([], "")


def test_git_records_that_can_not_be_written_keep_the_worktree(forks_repo: ForksRepo) -> None:
    fork = dirty(forks_repo)
    before = forks_repo.state(fork)
    with mode(forks_repo.repo.path / ".git" / "worktrees", 0o555):
        run = discard(forks_repo, fork)
    assert run.returncode == 2
    assert "you may not write in" in run.stderr
    assert forks_repo.state(fork) == before


def test_an_unchangeable_file_keeps_the_worktree(forks_repo: ForksRepo) -> None:
    fork = dirty(forks_repo)
    before = forks_repo.state(fork)
    with fixed(fork.checkout.path / ".cache/m@v1/m.go"):
        (problem,) = forks_repo.clean(fork.id, discard=[fork]).problems
    assert "marked as unchangeable" in problem.message
    assert forks_repo.state(fork) == before
    assert forks_repo.archived() == ([], "")


def test_a_mount_keeps_the_worktree(forks_repo: ForksRepo) -> None:
    fork = dirty(forks_repo)
    place = fork.checkout.path / ".cache" / "mounted"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "--bind", str(forks_repo.repo.path), str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount")
    try:
        (problem,) = forks_repo.clean(fork.id, discard=[fork]).problems
        assert f"{place} is mounted there" in problem.message
        assert (forks_repo.repo.path / ".git").exists()
        assert (fork.checkout.path / "new.py").read_text() == "uncommitted\n"
    finally:
        subprocess.run(["umount", str(place)], check=True)


def nothing_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the way comes after it was looked for."""
    monkeypatch.setattr(worktree, "obstacle", lambda _: None)


def test_a_removal_that_stops_half_way_puts_everything_back(
    forks_repo: ForksRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork = dirty(forks_repo)
    before = forks_repo.state(fork)
    nothing_in_the_way(monkeypatch)
    with fixed(fork.checkout.path / ".cache/m@v1/m.go"):
        (problem,) = forks_repo.clean(fork.id, discard=[fork]).problems
        (remains,) = forks_repo.repo.path.parent.glob(".forksight-*/removing")
        assert str(remains) in problem.message
        assert {**forks_repo.state(fork), "leftovers": []} == before
        assert forks_repo.archived() == ([], "")


def test_what_can_not_be_put_back_either_stays_archived(forks_repo: ForksRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    fork = dirty(forks_repo)
    before = forks_repo.state(fork)
    nothing_in_the_way(monkeypatch)

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with fixed(fork.checkout.path / ".cache/m@v1/m.go"), monkeypatch.context() as full:
        full.setattr(worktree, "bring_back", fails)
        (problem,) = forks_repo.clean(fork.id, discard=[fork]).problems
    assert problem.code == "half-done"
    assert "its archive is whole and stays" in problem.message
    assert not fork.checkout.path.exists()
    forks_repo.finish_interrupted()
    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before


@pytest.fixture
def packed_refs_lock(forks_repo: ForksRepo) -> Path:
    """The lock that a killed git leaves while it deletes a ref: until it is removed, git can make refs and delete none."""
    lock = forks_repo.repo.path / ".git" / "packed-refs.lock"
    forks_repo.repo.git("config", "core.packedRefsTimeout", "0")
    return lock


def test_an_archive_that_can_not_be_removed_once_the_fork_is_back_goes_later(
    forks_repo: ForksRepo, packed_refs_lock: Path
) -> None:
    fork = dirty(forks_repo)
    fork.checkout.commit({"a": "a\n"}, "own")
    before = forks_repo.state(fork)
    assert forks_repo.clean(fork.id, discard=[fork]).problems == ()
    packed_refs_lock.touch()
    run = forksight(forks_repo, "restore", fork.id)
    assert run.returncode == 0, run.stderr
    assert f"{packed_refs_lock}`; then `forksight clean` goes on" in run.stderr
    assert "is back in" in run.stdout
    refs = {**forks_repo.state(fork), "refs": before["refs"]}
    assert refs == before
    (problem,) = finish_interrupted(forks_repo.context(), RecordedProgress())
    assert f"What was interrupted in {fork.checkout.path} could be neither completed nor undone" in problem.message
    assert str(packed_refs_lock) in problem.message
    packed_refs_lock.unlink()
    forks_repo.finish_interrupted()
    assert forks_repo.state(fork) == before
    assert forks_repo.archived() == ([], "")


def test_an_archive_of_what_was_taken_back_goes_later(forks_repo: ForksRepo, packed_refs_lock: Path) -> None:
    fork = dirty(forks_repo)
    fork.checkout.commit({"a": "a\n"}, "own")
    before = forks_repo.state(fork)
    packed_refs_lock.touch()  # the branch can't be deleted, so that the fork stays; nor can the refs of its archive
    (problem,) = forks_repo.clean(fork.id, discard=[fork]).problems
    assert str(packed_refs_lock) in problem.message
    assert {**forks_repo.state(fork), "refs": before["refs"]} == before
    (problem,) = finish_interrupted(forks_repo.context(), RecordedProgress())
    assert str(packed_refs_lock) in problem.message
    packed_refs_lock.unlink()
    forks_repo.finish_interrupted()
    assert forks_repo.state(fork) == before
    assert forks_repo.archived() == ([], "")


@pytest.mark.parametrize("missing", ["transcript", "worktree", "branch"])
def test_an_archive_stays_until_all_of_it_is_back(forks_repo: ForksRepo, missing: str) -> None:
    fork = dirty(forks_repo)
    fork.checkout.commit({"a": "a\n"}, "own")
    assert forks_repo.clean(fork.id, discard=[fork]).problems == ()
    context = forks_repo.context()
    (archive,) = context.ledger.view()[0].archives
    assert archive.branch is not None
    assert archive.worktree is not None
    returning: dict[str, Callable[[], None]] = {
        "branch": partial(context.archives.return_branch, archive.branch),
        "worktree": partial(context.archives.return_worktree, archive.file, archive.worktree),
        "transcript": partial(context.archives.return_transcript, archive.file, archive.session, archive.transcript),
    }
    for part, bring_back in returning.items():
        if part != missing:
            bring_back()
    with pytest.raises(ForksightError):
        context.archives.check_returned(archive.file)
    returning[missing]()
    context.archives.check_returned(archive.file)
