"""What is done to a new worktree besides git."""

import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from forksight.adapters.system.disk.files import DiskFiles
from forksight.core.problems import ForksightError
from tests.conftest import Checkout
from tests.processes import has_ended
from tests.waiting import wait_for


def tree(tmp_path: Path) -> tuple[Path, Path]:
    source, target = tmp_path / "main", tmp_path / "copy"
    for folder in (source, target):
        folder.mkdir()
    return source, target


def never() -> bool:
    return False


def test_copies_what_is_not_there(tmp_path: Path) -> None:
    source, target = tree(tmp_path)
    (source / "deep" / "er").mkdir(parents=True)
    (source / "deep" / "er" / "run.sh").write_text("new")
    (source / "deep" / "er" / "run.sh").chmod(0o755)
    (source / ".env").write_text("theirs")
    (target / ".env").write_text("mine")
    (source / "link").symlink_to("nowhere")
    assert DiskFiles().copy(str(source), str(target), ["deep/er/run.sh", ".env", "link", "gone"]) == ()
    assert (target / "deep" / "er" / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (target / ".env").read_text() == "mine"
    assert (target / "link").readlink() == Path("nowhere")


def test_nothing_is_written_outside_the_worktree(tmp_path: Path) -> None:
    source, target = tree(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (source / "config").mkdir()
    (source / "config" / "secret").write_text("x")
    (target / "config").symlink_to(outside)
    (problem,) = DiskFiles().copy(str(source), str(target), ["config/secret"])
    assert problem.code == "not-copied"
    assert list(outside.iterdir()) == []
    problems = DiskFiles().link(str(source), str(target), ["config", "../outside", "/etc", ".git/hooks", "."])
    assert [problem.code for problem in problems] == ["not-linked"] * 4
    assert list(outside.iterdir()) == []


COPIES = """
import os, shutil, signal, sys
from forksight.adapters.system.disk.files import DiskFiles
from forksight.core.problems import ForksightError
source, target, deadly = sys.argv[1:]
if deadly == "dies":
    os.utime = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)  # written, and not yet in its place
try:
    print([problem.message for problem in DiskFiles().copy(source, target, ["small", "large", "other"])])
except ForksightError as error:
    print(error.sentence)
print(sorted(os.listdir(target)))
"""


def three_files(source: Path) -> None:
    for name, size in (("small", 10), ("large", 3_000_000), ("other", 10)):
        (source / name).write_bytes(b"x" * size)


def test_a_file_that_is_too_large_is_left_out_whole(tmp_path: Path) -> None:
    def small_files_only() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    source, target = tree(tmp_path)
    three_files(source)
    command = [sys.executable, "-c", COPIES, str(source), str(target), ""]
    done = subprocess.run(command, preexec_fn=small_files_only, capture_output=True, text=True, check=True)
    lines, left = done.stdout.splitlines()
    assert f"large was not copied into {target}" in lines
    assert left == "['other', 'small']"


@pytest.mark.skipif(sys.platform != "linux", reason="a small disk is made in a namespace of Linux'")
def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    source, target = tree(tmp_path)
    three_files(source)
    script = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'
    on_a_small_disk = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(target)]
    if shutil.which("unshare") is None or subprocess.run([*on_a_small_disk, "true"], check=False).returncode:
        pytest.skip("no user namespaces here")
    command = [*on_a_small_disk, sys.executable, "-c", COPIES, str(source), str(target), ""]
    lines, left = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert lines == f"{target}/large could not be made (No space left on device): free some space and try again"
    assert left == "['small']"


def test_a_copy_that_is_killed_leaves_nothing_in_place_and_no_work(repo: Checkout, tmp_path: Path) -> None:
    source = tmp_path / "main"
    source.mkdir()
    three_files(source)
    command = [sys.executable, "-c", COPIES, str(source), str(repo.path), "dies"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (repo.path / "small").exists()
    assert repo.git("status", "--porcelain") == ""
    assert DiskFiles().copy(str(source), str(repo.path), ["small"]) == ()
    assert repo.git("status", "--porcelain") == "?? small"
    assert not (repo.path / ".forksight-copying").exists()


def test_links_folders_that_exist(tmp_path: Path) -> None:
    source, target = tree(tmp_path)
    (source / "node_modules").mkdir()
    (source / "packages" / "a" / "node_modules").mkdir(parents=True)
    names = ["node_modules", "packages/a/node_modules/", "missing"]
    assert DiskFiles().linkable(str(source), names) == (("node_modules", "packages/a/node_modules"), ())
    assert DiskFiles().link(str(source), str(target), names) == ()
    assert (target / "node_modules").readlink() == source / "node_modules"
    assert (target / "packages" / "a" / "node_modules").is_dir()
    assert DiskFiles().link(str(source), str(target), names) == ()


def test_the_set_up_commands_output_is_handed_on(tmp_path: Path) -> None:
    said: list[str] = []
    DiskFiles().set_up("pwd; echo to stderr >&2; printf last", str(tmp_path), said.append, never)
    assert said == [str(tmp_path), "to stderr", "last"]


def test_a_failing_set_up_says_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(ForksightError, match="exit status 3: no such package"):
        DiskFiles().set_up("echo starting; echo no such package; exit 3", str(tmp_path), lambda _: None, never)


def test_what_a_set_up_says_is_readable_without_a_terminal(tmp_path: Path) -> None:
    said: list[str] = []
    command = r"printf '\033]0;title\007\033[1;31mred\033[0m\n10%%\r100%%\r\n'"
    DiskFiles().set_up(command, str(tmp_path), said.append, never)
    assert said == ["red", "100%"]


def test_a_line_without_an_end_is_handed_on_in_pieces(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(ForksightError) as failed:
        DiskFiles().set_up("head -c 1000000 /dev/zero | tr '\\0' x; exit 1", str(tmp_path), said.append, never)
    assert "".join(said) == "x" * 1_000_000
    assert max(map(len, said)) < 200_000
    assert len(failed.value.sentence) < 600


def test_a_set_up_that_is_killed(tmp_path: Path) -> None:
    with pytest.raises(ForksightError, match="killed by signal 9"):
        DiskFiles().set_up("kill -9 $$", str(tmp_path), lambda _: None, never)


def test_a_set_up_that_is_stopped_ends_with_all_it_started(tmp_path: Path) -> None:
    stop = threading.Event()
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        stop.set()

    begun = time.monotonic()
    with pytest.raises(ForksightError, match="was stopped"):
        DiskFiles().set_up("(sleep 120; touch late) & echo $!; wait", str(tmp_path), hear, stop.is_set)
    assert time.monotonic() - begun < 100
    wait_for("the end of what it started", lambda: has_ended(int(said[0])))
    assert not (tmp_path / "late").exists()


def test_a_daemon_that_is_left_behind_is_not_waited_for(tmp_path: Path) -> None:
    begun = time.monotonic()
    DiskFiles().set_up("sleep 60 & echo done", str(tmp_path), lambda _: None, never)
    assert time.monotonic() - begun < 50
