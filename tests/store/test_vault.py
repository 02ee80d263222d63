"""Our own copies of transcripts: the same bytes come back, and nothing longer is ever overwritten."""

import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forksight.adapters.store.seal import Seal
from forksight.adapters.store.vault import Vault
from forksight.core.problems import VaultError
from forksight.core.store.copies import baselines_of
from forksight.core.store.ledger import Baseline, Generation
from tests.examples import examples
from tests.permissions import unreadable
from tests.store.records import ROWS, SESSION, keep, session

ROOT = Path(__file__).resolve().parents[2]

KEEPS_COPYING = """
import sys
from forksight.adapters.store.vault import Vault
from tests.store.records import session
vault, number = Vault(sys.argv[1]), 0
while True:
    with open(sys.argv[3], "ab") as stream:
        stream.write(b'{"uuid": "%d"}\\n' % number)
    vault.keep(session(sys.argv[3]), None, None)
    number += 1
    print(number, flush=True)
"""


def restore(vault: Vault, transcript: Path) -> tuple[str, ...]:
    return vault.restore(SESSION, str(transcript.parents[1]))


def archives_of(vault: Vault) -> list[str]:
    return sorted(str(path) for path in Path(vault.folder).glob("*.tar.gz"))


def in_archive(archive: str, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        file = tar.extractfile(name)
        assert file is not None
        return file.read()


def copies_once(process: "subprocess.Popen[str]") -> None:
    """Wait until a program that keeps copying has made one more copy."""
    assert process.stdout is not None
    assert process.stdout.readline().endswith("\n"), "it ended by itself"


def remove(transcript: Path) -> None:
    for path in sorted(transcript.parent.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    transcript.parent.rmdir()


def test_the_same_bytes_come_back_fresh(vault: Vault, transcript: Path) -> None:
    old = time.time() - 40 * 86_400
    os.utime(transcript, (old, old))
    keep(vault, transcript)
    remove(transcript)
    written = restore(vault, transcript)
    assert written[-1] == str(transcript)
    assert transcript.read_bytes() == ROWS
    companion = transcript.parent / SESSION / "subagents" / "agent-1.jsonl"
    assert companion.read_bytes() == b'{"isSidechain": true}\n'
    assert transcript.stat().st_mtime > old + 86_400  # else Claude Code deletes it again at its next start
    assert [path.name for path in transcript.parent.iterdir() if path.name.startswith(".")] == []


def test_a_copy_is_for_this_user_alone(vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    for path in (Path(vault.folder), *Path(vault.folder).iterdir()):
        assert path.stat().st_mode & 0o077 == 0


def test_a_grown_session_renews_the_copy(vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    first = vault.find(SESSION)
    keep(vault, transcript)
    assert vault.find(SESSION) == first
    with transcript.open("ab") as stream:
        stream.write(b'{"uuid": "3"}\n{"half')
    keep(vault, transcript)
    remove(transcript)
    restore(vault, transcript)
    assert transcript.read_bytes() == ROWS + b'{"uuid": "3"}\n'
    assert len(list(Path(vault.folder).iterdir())) == 2  # one archive, one index


def test_a_transcript_that_became_shorter_leaves_the_copy(vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    transcript.write_bytes(ROWS[:14])
    keep(vault, transcript)
    restore(vault, transcript)
    assert transcript.read_bytes() == ROWS


@pytest.mark.parametrize("there", [ROWS + b"more\n", b'{"uuid": "other"}\n', ROWS])
def test_what_is_there_is_not_overwritten(vault: Vault, transcript: Path, there: bytes) -> None:
    keep(vault, transcript)
    transcript.write_bytes(there)
    assert str(transcript) not in restore(vault, transcript)
    assert transcript.read_bytes() == there


@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_a_damaged_copy_puts_nothing_back(vault: Vault, transcript: Path, damage: str) -> None:
    keep(vault, transcript)
    copy = vault.find(SESSION)
    assert copy is not None
    data = bytearray(Path(copy.archive).read_bytes())
    data[len(data) // 2] ^= 0xFF
    Path(copy.archive).write_bytes(data if damage == "flip" else data[: len(data) // 2])
    if damage == "remove":
        Path(copy.archive).unlink()
    remove(transcript)
    with pytest.raises(VaultError, match="can't be put back"):
        restore(vault, transcript)
    assert list(transcript.parent.iterdir()) == []


def test_a_damaged_index_hides_no_other(vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    Path(vault.folder, "broken.json").write_text("{")
    copies, problems = vault.copies()
    assert [copy.session for copy in copies] == [SESSION]
    assert [problem.code for problem in problems] == ["copy-unreadable"]
    assert baselines_of(copies) == (Baseline("payments", 1, (Generation(1, SESSION, "c0ffee", 1.0),)),)


def test_without_a_copy_or_an_original_it_says_so(vault: Vault, transcript: Path) -> None:
    with pytest.raises(VaultError, match="no copy"):
        restore(vault, transcript)
    remove(transcript)
    with pytest.raises(VaultError, match="can't be copied"):
        keep(vault, transcript)
    assert vault.copies() == ((), ())


def test_dropping_leaves_nothing(vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    assert vault.drop(session(str(transcript)))
    assert vault.drop(session(str(transcript)))
    assert list(Path(vault.folder).iterdir()) == []


Damage = Callable[[Vault, Path], object]


def spoil_index(vault: Vault, _: Path) -> None:
    Path(vault.folder, f"{SESSION}.json").write_text("{")


def remove_index(vault: Vault, _: Path) -> None:
    Path(vault.folder, f"{SESSION}.json").unlink()


def forget_key(vault: Vault, _: Path) -> None:
    shutil.rmtree(Seal(str(Path(vault.folder).parents[1])).folder)


@pytest.mark.parametrize("damage", [spoil_index, remove_index, forget_key])
def test_without_its_index_the_full_copy_stays_when_the_transcript_became_shorter(
    vault: Vault, transcript: Path, damage: Damage
) -> None:
    keep(vault, transcript)
    (full,) = archives_of(vault)
    damage(vault, transcript)
    transcript.write_bytes(ROWS[:14])
    keep(vault, transcript)
    assert vault.set_aside() == (full,)
    assert in_archive(full, f"{SESSION}.jsonl") == ROWS
    transcript.write_bytes(ROWS + b'{"uuid": "3"}\n')
    keep(vault, transcript)
    assert vault.set_aside() == ()


def replace_transcript(_: Vault, transcript: Path) -> None:
    transcript.write_bytes(b'{"uuid": "another"}\n' * 9)


def remove_subagent(_: Vault, transcript: Path) -> None:
    (transcript.parent / SESSION / "subagents" / "agent-1.jsonl").unlink()
    transcript.write_bytes(ROWS + b'{"uuid": "3"}\n')


@pytest.mark.parametrize("change", [replace_transcript, remove_subagent])
def test_a_copy_that_the_new_one_does_not_begin_with_is_set_aside(
    vault: Vault, transcript: Path, change: Damage
) -> None:
    keep(vault, transcript)
    (full,) = archives_of(vault)
    change(vault, transcript)
    keep(vault, transcript)
    assert vault.set_aside() == (full,)
    copy = vault.find(SESSION)
    assert copy is not None
    vault.verify(copy)
    assert copy.archive != full


def remove_transcript(_: Vault, transcript: Path) -> None:
    transcript.unlink()


@pytest.mark.parametrize("change", [replace_transcript, remove_subagent, remove_transcript])
def test_a_copy_with_more_than_the_transcript_is_not_dropped(vault: Vault, transcript: Path, change: Damage) -> None:
    keep(vault, transcript)
    change(vault, transcript)
    assert not vault.drop(session(str(transcript)))
    copy = vault.find(SESSION)
    assert copy is not None
    vault.verify(copy)


def test_a_transcript_of_which_the_copy_is_lost_is_copied_again_shorter_or_not(vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    (lost,) = archives_of(vault)
    os.unlink(lost)
    transcript.write_bytes(ROWS[:14])
    keep(vault, transcript)
    (archive,) = archives_of(vault)
    assert in_archive(archive, f"{SESSION}.jsonl") == ROWS[:14]


def test_of_two_that_keep_at_once_a_whole_copy_is_left(vault: Vault, transcript: Path) -> None:
    command = [sys.executable, "-c", KEEPS_COPYING, str(Path(vault.folder).parents[1]), SESSION, str(transcript)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    for _ in range(30):
        for process in running:
            copies_once(process)
        assert vault.find(SESSION) is not None
    for process in running:
        process.kill()
        process.communicate()
    copy = vault.find(SESSION)
    assert copy is not None
    vault.verify(copy)


@pytest.mark.permissions
def test_a_file_that_nobody_can_look_at_is_not_left_out(vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    subagents = transcript.parent / SESSION / "subagents"
    transcript.write_bytes(ROWS + b'{"uuid": "3"}\n')
    subagents.chmod(0o600)
    try:
        with pytest.raises(VaultError, match="Permission denied"):
            keep(vault, transcript)
    finally:
        subagents.chmod(0o700)
    keep(vault, transcript)
    (archive,) = archives_of(vault)
    assert in_archive(archive, f"{SESSION}/subagents/agent-1.jsonl") == b'{"isSidechain": true}\n'


def test_killed_at_any_moment_a_whole_copy_stands(vault: Vault, transcript: Path) -> None:
    command = [sys.executable, "-c", KEEPS_COPYING, str(Path(vault.folder).parents[1]), SESSION, str(transcript)]
    for rounds in (1, 2, 5, 9):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(rounds):
            copies_once(process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        original = transcript.read_bytes()
        transcript.unlink()
        restore(vault, transcript)
        restored = transcript.read_bytes()
        assert restored
        assert original.startswith(restored)
        transcript.write_bytes(original)


@examples(25)
@given(st.binary(max_size=4000), st.binary(max_size=300))
def test_any_bytes_survive(tmp_path_factory: pytest.TempPathFactory, data: bytes, companion: bytes) -> None:
    folder = tmp_path_factory.mktemp("any") / "projects" / "-r"
    (folder / SESSION).mkdir(parents=True)
    (folder / SESSION / "tool.txt").write_bytes(companion)
    path = folder / f"{SESSION}.jsonl"
    path.write_bytes(data + b"\n")
    vault = Vault(str(folder.parent / "git"))
    vault.keep(session(str(path)), None, None)
    path.unlink()
    (folder / SESSION / "tool.txt").unlink()
    vault.restore(SESSION, str(folder.parent))
    assert path.read_bytes() == data + b"\n"
    assert (folder / SESSION / "tool.txt").read_bytes() == companion


def test_a_pipe_in_place_of_a_transcript_is_not_waited_for(vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    transcript.unlink()
    os.mkfifo(transcript)
    with pytest.raises(VaultError, match="not a regular file"):
        keep(vault, transcript)
    with pytest.raises(VaultError, match="not a regular file"):
        restore(vault, transcript)


@pytest.mark.permissions
def test_copies_that_nobody_can_list(vault: Vault, transcript: Path) -> None:
    keep(vault, transcript)
    with unreadable(Path(vault.folder)):
        vault.adopt()
        copies, (problem,) = vault.copies()
    assert (copies, problem.code, problem.path) == ((), "copy-unreadable", vault.folder)
    assert [copy.session for copy in vault.copies()[0]] == [SESSION]
