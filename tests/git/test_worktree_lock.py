"""A lock of a worktree is left behind only if its process is known to have ended: others can't be seen from here."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from forksight.adapters.git.worktrees.lock import is_left_behind, lock
from forksight.adapters.system.disk import shared
from tests.processes import ended_pid
from tests.waiting import wait_for


def mounted(monkeypatch: pytest.MonkeyPatch, place: Path, kind: str) -> None:
    """Have a folder be on a file system of this kind."""
    mounts = [*psutil.disk_partitions(all=True), SimpleNamespace(mountpoint=str(place), fstype=kind)]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: mounts)


@pytest.mark.parametrize(
    ("kind", "alive"),
    [
        ("ext4", False),
        ("overlay", False),
        ("fuse.gocryptfs", False),
        ("nfs4", None),
        ("virtiofs", None),
        ("9p", None),
        ("fuse.sshfs", None),
    ],
)
def test_on_a_shared_file_system_nobody_can_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, alive: bool | None
) -> None:
    reason = f"claude session x (pid {ended_pid()} start 1)"
    mounted(monkeypatch, tmp_path, kind)
    assert lock(reason, str(tmp_path / "repo")).alive is alive
    assert is_left_behind(reason, str(tmp_path / "repo")) is (alive is False)


@pytest.mark.parametrize(("kind", "alive"), [("ext4", None), ("overlay", False)])
def test_in_a_container_only_its_own_files_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, alive: bool | None
) -> None:
    monkeypatch.setattr(shared, "in_container", lambda: True)
    mounted(monkeypatch, tmp_path, kind)
    assert lock(f"claude session x (pid {ended_pid()} start 1)", str(tmp_path)).alive is alive


def test_a_process_of_a_container_is_seen_by_its_id_there(tmp_path: Path) -> None:
    inside = ["sh", "-c", "cut -d' ' -f22 /proc/self/stat; exec sleep 3600"]
    try:
        container = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *inside], stdout=subprocess.PIPE, text=True
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    assert container.stdout is not None
    if not container.stdout.readline():
        pytest.skip("this user may make no process id namespace")
    (child,) = psutil.Process(container.pid).children()
    ticks = Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    reason = f"claude session x (pid 1 start {ticks})"
    try:
        assert lock(reason, str(tmp_path)).alive is True
        assert not is_left_behind(reason, str(tmp_path))
    finally:
        container.kill()
        container.wait()
    wait_for("the end of the container", lambda: lock(reason, str(tmp_path)).alive is False)


@pytest.mark.parametrize("reason", ["", "on a stick", "claude session x", "mine (pid {dead} start 1)"])
def test_a_lock_that_claude_code_did_not_leave_counts(tmp_path: Path, reason: str) -> None:
    assert not is_left_behind(reason.format(dead=ended_pid()), str(tmp_path))
