"""What was computed without a file's bytes, or without what the index knows, is never taken for the answer, nor remembered."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from forksight.adapters.claude.transcripts import current_entries, index
from forksight.adapters.claude.transcripts.reader import TranscriptReader
from forksight.core.sessions.session import Session
from tests.permissions import unreadable
from tests.sessions.conftest import ClaudeFolder
from tests.sessions.handmade import named, session_id


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """An index that another process is writing to."""
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    connection.close()


@contextmanager
def out_of_reach(path: Path) -> Iterator[None]:
    """An index that nobody has open, and that can't be opened for a while."""
    aside = path.with_suffix(".aside")
    path.rename(aside)
    path.mkdir()
    try:
        yield
    finally:
        path.rmdir()
        aside.rename(path)


def from_scratch(claude_folder: ClaudeFolder) -> dict[str, Session]:
    """What a reader says that knows nothing."""
    claude_folder.index.unlink()
    return claude_folder.read(reader=claude_folder.new_reader())


def told(claude_folder: ClaudeFolder, reader: TranscriptReader) -> tuple[set[str], list[tuple[str, str | None]]]:
    """The names of the sessions, and the codes and paths of the problems."""
    sessions, problems = reader.sessions(claude_folder.scope())
    return set(named(sessions)), [(problem.code, problem.path) for problem in problems]


def test_two_readers_in_turn_count_each_row_once(claude_folder: ClaudeFolder) -> None:
    handmade = claude_folder.base()
    handmade.write(claude_folder.projects)
    first, second = claude_folder.new_reader(), claude_folder.new_reader()
    claude_folder.read(reader=first)
    handmade.says("u2", "more").answers("a2").write(claude_folder.projects)
    claude_folder.read(reader=second)
    handmade.says("u3", "still more").answers("a3").write(claude_folder.projects)
    again = claude_folder.read(reader=first)
    assert again["base"].rows.own == 6
    assert again == from_scratch(claude_folder)


def test_what_could_not_be_kept_is_read_again(claude_folder: ClaudeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_TIMEOUT", 0.01)
    monkeypatch.setattr(index, "_RETRY_AFTER", 0.0)
    base = claude_folder.base()
    base.write(claude_folder.projects)
    fork = base.fork("fork", minute=50).says("u2", "mine")
    fork.write(claude_folder.projects)
    claude_folder.read()
    base.says("u3", "more").answers("a3").write(claude_folder.projects)
    with locked(claude_folder.index):
        assert claude_folder.read()["base"].rows.own == 4
    fork.answers("a2").write(claude_folder.projects)
    after = claude_folder.read()
    assert after["base"].rows.own == 4
    assert after == from_scratch(claude_folder)


@pytest.mark.permissions
def test_a_session_that_cannot_be_read_is_told_and_not_taken_for_empty(claude_folder: ClaudeFolder) -> None:
    base = claude_folder.base()
    path = base.write(claude_folder.projects)
    fork = base.fork("fork", minute=50).says("u2", "mine")
    fork.write(claude_folder.projects)
    claude_folder.read()
    claude_folder.index.unlink()
    fork.answers("a2").write(claude_folder.projects)
    with unreadable(path):
        for reader in (claude_folder.reader, claude_folder.new_reader()):
            assert told(claude_folder, reader) == ({"fork"}, [("transcript-unreadable", str(path))])
    whole = claude_folder.read()
    assert (whole["fork"].parent, whole["fork"].rows.inherited) == ("base", 2)
    assert claude_folder.read(reader=claude_folder.new_reader()) == whole == from_scratch(claude_folder)


@pytest.mark.permissions
def test_what_a_subagent_used_counts_once_it_can_be_read(claude_folder: ClaudeFolder) -> None:
    path = claude_folder.base().write(claude_folder.projects)
    agent = claude_folder.base(session="agent").write(claude_folder.projects)
    inside = path.with_suffix("") / "subagents" / "agent-1.jsonl"
    inside.parent.mkdir(parents=True)
    agent.rename(inside)
    with unreadable(inside):
        for reader in (claude_folder.reader, claude_folder.new_reader()):
            assert told(claude_folder, reader) == ({"base"}, [("transcript-unreadable", str(inside))])
    for reader in (claude_folder.reader, claude_folder.new_reader()):
        assert claude_folder.read(reader=reader)["base"].own.output == 4


@pytest.mark.permissions
def test_subagents_that_cannot_be_looked_at_are_told(claude_folder: ClaudeFolder) -> None:
    path = claude_folder.base().write(claude_folder.projects)
    inside = path.with_suffix("") / "subagents" / "agent-1.jsonl"
    inside.parent.mkdir(parents=True)
    inside.write_bytes(claude_folder.base(session="agent").data)
    inside.parent.chmod(0o600)
    try:
        sessions, problems = told(claude_folder, claude_folder.reader)
    finally:
        inside.parent.chmod(0o700)
    assert (sessions, problems) == ({"base"}, [("transcript-unreadable", str(inside))])
    assert claude_folder.read()["base"].own.output == 4


def test_a_transcript_that_is_gone_for_a_moment_comes_back(
    claude_folder: ClaudeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = claude_folder.base().write(claude_folder.projects)
    aside = path.with_suffix(".aside")
    update = current_entries.CurrentEntries._update

    def moved_aside(self: current_entries.CurrentEntries, *arguments: object) -> None:
        os.rename(path, aside)
        try:
            update(self, *arguments)  # type: ignore[arg-type] # passed on unchanged
        finally:
            os.rename(aside, path)

    with monkeypatch.context() as patched:
        patched.setattr(current_entries.CurrentEntries, "_update", moved_aside)
        assert told(claude_folder, claude_folder.reader) == (set(), [])
    assert set(claude_folder.read()) == {"base"}
    assert set(claude_folder.read(reader=claude_folder.new_reader())) == {"base"}


def test_a_compaction_is_tied_without_an_index(claude_folder: ClaudeFolder) -> None:
    claude_folder.index.parent.write_text("in the way")
    base = claude_folder.base()
    base.write(claude_folder.projects)
    assert set(claude_folder.read()) == {"base"}
    fork = claude_folder.base(session="fork")
    fork.rows[0]["logicalParentUuid"] = base.rows[-1]["uuid"]
    fork.minute = 50
    fork.write(claude_folder.projects)
    kept = {session.id: session.parent for session in claude_folder.reader.sessions(claude_folder.scope())[0]}
    assert kept == {session_id("base"): None, session_id("fork"): session_id("base")}


@pytest.mark.parametrize("column", ["entry of files", "outline of outlines", "value of conclusions"])
@pytest.mark.parametrize("bytes_kept", [b"", b"{", b"[]", b'{"no": 1}\n', b"null", b"\xff"])
def test_a_damaged_row_of_the_index_costs_nothing_but_time(
    claude_folder: ClaudeFolder, column: str, bytes_kept: bytes
) -> None:
    handmade = claude_folder.base()
    handmade.write(claude_folder.projects)
    whole = claude_folder.read()
    name, table = column.split(" of ")
    with sqlite3.connect(claude_folder.index) as connection:
        assert connection.execute(f"UPDATE {table} SET {name} = ?", (bytes_kept,)).rowcount
    connection.close()
    assert claude_folder.read(reader=claude_folder.new_reader()) == whole
    handmade.says("u2", "more").write(claude_folder.projects)
    assert claude_folder.read(reader=claude_folder.new_reader())["base"].rows.own == 3


def test_former_checkouts_are_asked_for_until_the_index_answers(
    claude_folder: ClaudeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_RETRY_AFTER", 0.0)
    there = claude_folder.repo.worktree("topic", "topic")
    claude_folder.base(there.path, "gone").write(claude_folder.projects)
    assert set(claude_folder.read(claude_folder.scope(there.path))) == {"gone"}
    claude_folder.repo.git("worktree", "remove", "--force", str(there.path))
    claude_folder.reader._index.close()
    reader = claude_folder.new_reader()
    with out_of_reach(claude_folder.index):
        assert claude_folder.read(reader=reader) == {}
    assert set(claude_folder.read(reader=reader)) == {"gone"}
    assert set(claude_folder.read(reader=claude_folder.new_reader())) == {"gone"}
