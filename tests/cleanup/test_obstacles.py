"""What can't be removed, or made again, whole: nothing is lost, and what is where is said."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forksight.adapters.store.archive import worktree
from forksight.core.problems import ForksightError
from tests.cleanup.yard import Forked, Yard

# Root may write everywhere: without these capabilities it is a user like others.
_CAPABILITIES = "-dac_override,-dac_read_search,-fowner"
_CONFINED = ["setpriv", f"--bounding-set={_CAPABILITIES}", "--inh-caps=-all"] if os.geteuid() == 0 else []


def dirty(yard: Yard) -> Forked:
    """A fork with work that is nowhere else, and a folder as a module cache has it."""
    fork = yard.fork("feature/pay")
    fork.checkout.write({".gitignore": ".cache/\n", "new.py": "uncommitted\n", ".cache/m@v1/m.go": "package m\n"})
    return fork


def clean(yard: Yard, fork: Forked, *options: str) -> "subprocess.CompletedProcess[str]":
    """`forksight clean` as a user that can't write everywhere."""
    command = [*_CONFINED, sys.executable, "-m", "forksight", "-C", str(yard.repo.path), "clean", *options]
    return subprocess.run(command, env={**os.environ, **yard.stage.env}, capture_output=True, text=True, check=False)


def discard(yard: Yard, fork: Forked) -> "subprocess.CompletedProcess[str]":
    return clean(yard, fork, "--discard", fork.id)


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


def test_a_read_only_folder_goes_and_comes_back(yard: Yard) -> None:
    fork = dirty(yard)
    (fork.checkout.path / ".cache/m@v1/m.go").chmod(0o444)
    (fork.checkout.path / ".cache/m@v1").chmod(0o555)
    before = yard.world(fork)
    run = discard(yard, fork)
    assert run.returncode == 0, run.stderr
    assert not fork.checkout.path.exists()
    yard.restore(fork)
    assert yard.world(fork) == before


def foreign(fork: Forked) -> Path:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to somebody else")
    folder = fork.checkout.path / ".cache" / "m@v1"
    os.chown(folder, 65534, 65534)
    folder.chmod(0o755)
    return folder


def test_a_folder_of_somebody_else_keeps_the_worktree(yard: Yard) -> None:
    fork = dirty(yard)
    folder = foreign(fork)
    before = yard.world(fork)
    run = discard(yard, fork)
    assert run.returncode == 2
    assert f"you may not write in {folder}" in run.stderr
    assert yard.world(fork) == before
    assert yard.archived() == ([], "")


def test_git_records_that_can_not_be_written_keep_the_worktree(yard: Yard) -> None:
    fork = dirty(yard)
    before = yard.world(fork)
    with mode(yard.repo.path / ".git" / "worktrees", 0o555):
        run = discard(yard, fork)
    assert run.returncode == 2
    assert "you may not write in" in run.stderr
    assert yard.world(fork) == before


def test_an_unchangeable_file_keeps_the_worktree(yard: Yard) -> None:
    fork = dirty(yard)
    before = yard.world(fork)
    with fixed(fork.checkout.path / ".cache/m@v1/m.go"):
        (problem,) = yard.clean(fork.id, discard=[fork]).problems
    assert "marked as unchangeable" in problem.message
    assert yard.world(fork) == before
    assert yard.archived() == ([], "")


def test_a_mount_keeps_the_worktree(yard: Yard) -> None:
    fork = dirty(yard)
    place = fork.checkout.path / ".cache" / "mounted"
    place.mkdir()
    mounted = subprocess.run(["mount", "--bind", str(yard.repo.path), str(place)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("only root may mount")
    try:
        (problem,) = yard.clean(fork.id, discard=[fork]).problems
        assert f"{place} is mounted there" in problem.message
        assert (yard.repo.path / ".git").exists()
        assert (fork.checkout.path / "new.py").read_text() == "uncommitted\n"
    finally:
        subprocess.run(["umount", str(place)], check=True)


def nothing_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the way comes after it was looked for."""
    monkeypatch.setattr(worktree, "obstacle", lambda _: None)


def test_a_removal_that_stops_half_way_puts_everything_back(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    fork = dirty(yard)
    before = yard.world(fork)
    nothing_in_the_way(monkeypatch)
    with fixed(fork.checkout.path / ".cache/m@v1/m.go"):
        (problem,) = yard.clean(fork.id, discard=[fork]).problems
        (remains,) = yard.repo.path.parent.glob(".forksight-*/removing")
        assert str(remains) in problem.message
        assert {**yard.world(fork), "leftovers": []} == before
        assert yard.archived() == ([], "")


def test_what_can_not_be_put_back_either_stays_archived(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    fork = dirty(yard)
    before = yard.world(fork)
    nothing_in_the_way(monkeypatch)

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with fixed(fork.checkout.path / ".cache/m@v1/m.go"), monkeypatch.context() as full:
        full.setattr(worktree, "bring_back", fails)
        (problem,) = yard.clean(fork.id, discard=[fork]).problems
    assert problem.code == "half-done"
    assert "its archive is whole and stays" in problem.message
    assert not fork.checkout.path.exists()
    yard.finish_interrupted()
    yard.restore(fork)
    assert yard.world(fork) == before


@pytest.mark.parametrize("missing", ["transcript", "worktree", "branch"])
def test_an_archive_stays_until_all_of_it_is_back(yard: Yard, missing: str) -> None:
    fork = dirty(yard)
    fork.checkout.commit({"a": "a\n"}, "own")
    assert yard.clean(fork.id, discard=[fork]).problems == ()
    context = yard.stage.context()
    (archive,) = context.ledger.view()[0].archives
    returning: dict[str, Callable[[], None]] = {
        "branch": lambda: context.archives.return_branch(archive.branch),  # type: ignore[arg-type]
        "worktree": lambda: context.archives.return_worktree(archive.file, archive.worktree),  # type: ignore[arg-type]
        "transcript": lambda: context.archives.return_transcript(archive.file, archive.session, archive.transcript),
    }
    for part, bring_back in returning.items():
        if part != missing:
            bring_back()
    with pytest.raises(ForksightError):
        context.archives.check_returned(archive.file)
    returning[missing]()
    context.archives.check_returned(archive.file)
