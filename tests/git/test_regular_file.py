"""What is no regular file is not opened, and no file is read beyond a limit."""

import ast
import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

import forksight
from forksight.adapters.system.disk.regular_file import LARGEST, open_regular, read_regular, read_text
from forksight.features.overlaps.engine import OverlapEngine
from tests.conftest import Checkout
from tests.overlaps.meetings import changed


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))


IRREGULAR: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "socket": _socket,
    "folder": os.mkdir,
    "endless device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/tty"),
}


@pytest.fixture(params=IRREGULAR)
def irregular(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    IRREGULAR[request.param](tmp_path / "irregular")
    return tmp_path / "irregular"


def test_what_is_no_regular_file_is_refused(irregular: Path) -> None:
    for read in (read_regular, read_text, open_regular):
        with pytest.raises(OSError, match="not a regular file") as refused:
            read(str(irregular))
        assert refused.value.errno == errno.EINVAL


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 10_000)
    assert read_regular(str(file), 10_000) == b"x" * 10_000
    with pytest.raises(OSError, match="larger than") as refused:
        read_regular(str(file), 9_999)
    assert refused.value.errno == errno.EFBIG


def test_links_are_followed_only_where_it_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x\n")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(str(tmp_path / "link")) == b"x\n"
    with pytest.raises(OSError, match="not a regular file"):
        read_regular(str(tmp_path / "link"), follow=False)


def test_a_huge_file_is_named_and_not_compared(repo: Checkout) -> None:
    there = repo.worktree("there")
    repo.write({"app.py": changed("line 2", "mine"), "data": "mine\n"})
    there.write({"app.py": changed("line 2", "theirs")})
    with (there.path / "data").open("wb") as file:
        file.truncate(LARGEST + 1)
    engine = OverlapEngine(repo.open())
    engine.refresh()
    report = engine.overlaps(str(repo.path))
    assert [overlap.path for overlap in report.overlaps] == ["app.py"]
    (problem,) = report.problems
    assert (problem.code, problem.path) == ("not-covered", "data")
    assert "larger than 32 MB" in problem.message


def test_a_pipe_in_place_of_a_worktrees_link_stops_no_scan(repo: Checkout) -> None:
    nested = repo.path / "nested"
    nested.mkdir()
    (nested / "file").write_text("x\n")
    os.mkfifo(nested / ".git")
    repository = repo.open()
    snapshot, _ = repository.scan(repo.seen_by(repository))
    assert not any(path.endswith(".git") for path in snapshot.changes)


# Whoever else opens a file by itself, and why nobody else's pipe or device is behind it.
OPENED = {
    "adapters/git/merge/merge_tree.py": "git's own marks, in a folder that was just made",
    "adapters/git/merge/scratch.py": "written in a folder that was just made",
    "adapters/git/worktrees/exclude_file.py": "looked at once it is open, without waiting",
    "adapters/machine.py": "/proc",
    "adapters/store/archive/removal.py": "/proc",
    "adapters/store/archive/worktree.py": "written in a worktree that was just made",
    "adapters/store/notices.py": "new files in the person's cache; they are read through this door",
    "adapters/store/own_files.py": "a door of its own: this user's files alone",
    "adapters/store/packing.py": "new archives and files; what is packed is looked at first and not waited for",
    "adapters/store/status_files.py": "not waited for, and a few bytes",
    "adapters/system/disk/files.py": "written in a folder that was just made",
    "adapters/system/watching/inotify.py": "/proc",
    "adapters/system/parallel.py": "pipes of its own",
    "adapters/system/peer.py": "/proc",
    "adapters/system/process_space.py": "/etc/machine-id",
    "adapters/system/processes.py": "/proc",
    "adapters/system/disk/regular_file.py": "the door",
    "adapters/teams/team_baselines.py": "a new file, in a folder of this user's own",
    "cli/commands/forks/fork.py": "the file that a person names: it may be a pipe",
}


def test_there_is_no_other_door() -> None:
    """Every module that opens a file without this one is known, with the reason why it may."""
    package = Path(forksight.__file__).parent
    opening = set()
    for module in package.rglob("*.py"):
        calls = [node.func for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Call)]
        named = {func.id for func in calls if isinstance(func, ast.Name)} & {"open"}
        if named | {func.attr for func in calls if isinstance(func, ast.Attribute)} & {"read_text", "read_bytes"}:
            opening.add(str(module.relative_to(package)))
    assert opening == {*OPENED}
