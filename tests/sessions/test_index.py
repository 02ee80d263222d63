"""What was read is kept between runs: damaged, busy, of another version or gone, it costs nothing but time."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading

import pytest

from forksight.adapters.claude.transcripts import index
from forksight.adapters.system import parallel
from tests.sessions.conftest import ClaudeFolder
from tests.sessions.handmade import session_id


def test_what_was_seen_of_checkouts_outlives_a_new_index(
    claude_folder: ClaudeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = claude_folder.repo.worktree("topic", "topic")
    claude_folder.base(there.path, "gone").write(claude_folder.projects)
    assert set(claude_folder.read(claude_folder.scope(there.path))) == {"gone"}
    claude_folder.repo.git("worktree", "remove", "--force", str(there.path))
    monkeypatch.setattr("forksight.adapters.claude.transcripts.index._VERSION", 1_000)
    assert set(claude_folder.read(reader=claude_folder.new_reader())) == {"gone"}


def test_a_damaged_index_is_made_again(claude_folder: ClaudeFolder) -> None:
    claude_folder.base().write(claude_folder.projects)
    before = claude_folder.read(reader=claude_folder.new_reader())
    size = claude_folder.index.stat().st_size
    for damage in (
        b"not a database at all " * 100,
        claude_folder.index.read_bytes()[: size // 2],
        b"",
        os.urandom(size),
    ):
        claude_folder.index.write_bytes(damage)
        for sidecar in claude_folder.index.parent.glob("*-*"):
            sidecar.unlink()
        assert claude_folder.read(reader=claude_folder.new_reader()) == before
        assert claude_folder.read(reader=claude_folder.new_reader()) == before


def test_an_index_that_is_busy_for_long_is_done_without(
    claude_folder: ClaudeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_TIMEOUT", 0.01)
    claude_folder.base().write(claude_folder.projects)
    claude_folder.read(reader=claude_folder.new_reader())
    with sqlite3.connect(claude_folder.index, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        claude_folder.base(session="second").write(claude_folder.projects)
        assert set(claude_folder.read(reader=claude_folder.new_reader())) == {"base", "second"}
        other.execute("ROLLBACK")
    other.close()
    assert set(claude_folder.read(reader=claude_folder.new_reader())) == {"base", "second"}


def test_an_index_of_another_version_is_made_again(claude_folder: ClaudeFolder) -> None:
    claude_folder.index.parent.mkdir()
    with sqlite3.connect(claude_folder.index) as connection:
        connection.executescript("CREATE TABLE files (x); CREATE TABLE more (y); PRAGMA user_version = 999")
    connection.close()
    claude_folder.base().write(claude_folder.projects)
    assert set(claude_folder.read()) == {"base"}
    assert set(claude_folder.read(reader=claude_folder.new_reader())) == {"base"}


def test_without_a_place_for_the_index_everything_is_read_each_time(
    claude_folder: ClaudeFolder, folded: list[int]
) -> None:
    claude_folder.index.parent.write_text("in the way")
    handmade = claude_folder.base()
    handmade.write(claude_folder.projects)
    assert set(claude_folder.read()) == {"base"}
    handmade.says("u2", "more").write(claude_folder.projects)
    assert claude_folder.read()["base"].rows.own == 3
    assert claude_folder.read(reader=claude_folder.new_reader())["base"].rows.own == 3
    assert folded


def test_an_index_that_vanishes_is_no_harm(claude_folder: ClaudeFolder) -> None:
    handmade = claude_folder.base()
    handmade.write(claude_folder.projects)
    claude_folder.read()
    shutil.rmtree(claude_folder.index.parent)
    handmade.says("u2", "more").write(claude_folder.projects)
    assert claude_folder.read()["base"].rows.own == 3


READ = """
import sys
from forksight.adapters.claude.transcripts.index import SessionIndex
from forksight.adapters.claude.transcripts.reader import TranscriptReader
from forksight.core.sessions.session import Scope
config, index, repo, times = sys.argv[1:]
for _ in range(int(times)):
    reader = TranscriptReader(config, SessionIndex(index))
    sessions, problems = reader.sessions(Scope(repo + "/.git", (repo,)))
    assert not problems, problems
    print(sorted((session.id, session.parent, session.rows.own, session.own.output) for session in sessions))
"""


def test_several_processes_read_at_once(claude_folder: ClaudeFolder) -> None:
    for number in range(30):
        base = claude_folder.base(session=f"base{number}")
        base.write(claude_folder.projects)
        base.fork(f"fork{number}", minute=50).says(f"u{number}", "mine").write(claude_folder.projects)
    command = [
        sys.executable,
        "-c",
        READ,
        str(claude_folder.config),
        str(claude_folder.index),
        str(claude_folder.repo.path),
        "4",
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = [process.communicate(timeout=240)[0].splitlines() for process in running]
    assert [process.returncode for process in running] == [0] * 4
    assert {line for lines in outputs for line in lines} == {outputs[0][0]}
    assert outputs[0][0].count(session_id("base7")) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is read in several processes")
def test_many_bytes_are_read_in_several_processes(claude_folder: ClaudeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    base = claude_folder.base()
    for number in range(20):
        base.fork(f"fork{number}", minute=50 + number).says(f"u{number}", "mine").answers(f"a{number}").write(
            claude_folder.projects
        )
    base.write(claude_folder.projects)
    alone = claude_folder.read()
    claude_folder.index.unlink()
    monkeypatch.setattr(parallel, "WORTHWHILE", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert claude_folder.read(reader=claude_folder.new_reader()) == alone


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is read in several processes")
def test_a_helper_that_dies_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "WORTHWHILE", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    here = os.getpid()

    def work(item: int) -> int:
        if os.getpid() != here:
            os._exit(9)
        return item * item

    assert sorted(parallel.spread(work, range(10), lambda _: 1)) == [item * item for item in range(10)]
