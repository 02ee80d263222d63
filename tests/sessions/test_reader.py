"""Reading Claude Code's folder: which sessions are this repository's, what is read again, what damage costs."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Checkout
from tests.sessions.conftest import ClaudeFolder
from tests.sessions.handmade import HandmadeTranscript, at, lines, named, session_id, tool, uuid


def test_a_session_as_its_transcript_tells_it(claude_folder: ClaudeFolder) -> None:
    handmade = claude_folder.base().notes("custom-title", customTitle="warm")
    path = handmade.write(claude_folder.projects)
    session = claude_folder.read()["base"]
    assert (session.title, session.named, session.branch, session.cwd) == (
        "warm",
        True,
        "main",
        str(claude_folder.repo.path),
    )
    assert (session.transcript, session.companion) == (str(path), str(path.with_suffix("")))
    assert session.rows.own == 2
    assert session.own.output == 2
    assert session.last_active - session.started == 60
    assert session.modified == pytest.approx(path.stat().st_mtime)


def test_nothing_was_ever_run(claude_folder: ClaudeFolder) -> None:
    assert claude_folder.read() == {}
    assert claude_folder.reader.live() == ((), ())


def test_sessions_of_other_places_are_not_ours(claude_folder: ClaudeFolder, tmp_path: Path) -> None:
    claude_folder.base(claude_folder.repo.path / "sub", "in a folder").write(claude_folder.projects)
    (claude_folder.repo.path / "sub").mkdir()
    stranger = Checkout(tmp_path.resolve() / "stranger")
    nested = Checkout(claude_folder.repo.path / "vendor" / "nested")
    for other in (stranger, nested):
        other.path.mkdir(parents=True)
        other.git("init", "--quiet")
        claude_folder.base(other.path, other.path.name).write(claude_folder.projects)
    claude_folder.base(tmp_path.resolve(), "in no repository").write(claude_folder.projects)
    claude_folder.base(tmp_path / "never" / "there", "somewhere that is gone").write(claude_folder.projects)
    assert set(claude_folder.read()) == {"in a folder"}


def test_what_other_programs_leave_beside_a_transcript_is_no_session(claude_folder: ClaudeFolder) -> None:
    path = claude_folder.base().write(claude_folder.projects)
    copies = (
        "{}.sync-conflict-20261101-101010-ABCDEFG",
        "{} (1)",
        "{}.orphaned-1",
        "{}-Mac's conflicted copy",
        "backup",
    )
    for name in copies:
        path.with_name(f"{name.format(path.stem)}.jsonl").write_bytes(path.read_bytes())
    assert {name: session.parent for name, session in claude_folder.read().items()} == {"base": None}


def test_a_session_that_came_here_later_is_ours(claude_folder: ClaudeFolder, tmp_path: Path) -> None:
    handmade = claude_folder.base(tmp_path.resolve())
    handmade.cwd = str(claude_folder.repo.path)
    handmade.says("u2", "cd").answers("a2").write(claude_folder.projects, "-somewhere")
    assert claude_folder.read()["base"].cwd == str(claude_folder.repo.path)


def test_a_session_that_only_went_elsewhere_stays_where_its_folder_says(claude_folder: ClaudeFolder) -> None:
    handmade = claude_folder.base()
    handmade.cwd = str(claude_folder.repo.path / "deep" / "inside")
    handmade.says("u2", "cd").answers("a2").write(
        claude_folder.projects, "".join(c if c.isalnum() else "-" for c in str(claude_folder.repo.path))
    )
    assert claude_folder.read()["base"].cwd == str(claude_folder.repo.path)


@pytest.mark.parametrize("known", ["inside", "past", "remembered", "lineage", "ledger"])
def test_sessions_of_a_removed_worktree_stay(claude_folder: ClaudeFolder, known: str) -> None:
    there = claude_folder.repo.worktree(".claude/worktrees/topic" if known == "inside" else "topic", "feature/x")
    base = claude_folder.base()
    base.write(claude_folder.projects)
    if known == "lineage":
        base.cwd = str(there.path)
        handmade = base.fork("gone", minute=30).says("u2", "mine").answers("a2")
    else:
        handmade = claude_folder.base(there.path, "gone")
    handmade.branch = "another"
    handmade.says("u3", "more").answers("a3").write(claude_folder.projects)
    if known == "remembered":
        assert set(claude_folder.read(claude_folder.scope(there.path))) == {"base", "gone"}
    claude_folder.repo.git("worktree", "remove", "--force", str(there.path))
    scope = claude_folder.scope(
        past=(str(there.path),) if known == "past" else (),
        sessions={session_id("gone")} if known == "ledger" else (),
    )
    assert set(claude_folder.read(scope, claude_folder.new_reader())) == {"base", "gone"}


def test_sessions_of_a_deleted_neighbour_are_not_ours(claude_folder: ClaudeFolder) -> None:
    """Its branch is called as one of ours, too: https://github.com/anthropics/claude-code/issues/81616."""
    claude_folder.base().write(claude_folder.projects)
    other = claude_folder.base(claude_folder.repo.path.parent / "experiment", "other")
    other.branch = "main"
    other.says("u9", "go on").answers("a9").write(claude_folder.projects)
    assert set(claude_folder.read()) == {"base"}


def test_a_session_without_a_directory_is_nobodys_by_its_folders_name(claude_folder: ClaudeFolder) -> None:
    claude_folder.base().write(claude_folder.projects)
    handmade = claude_folder.base(session="lost")
    for row in handmade.rows:
        row.pop("cwd", None)
    handmade.write(claude_folder.projects)
    assert set(claude_folder.read()) == {"base"}
    assert set(claude_folder.read(claude_folder.scope(sessions={session_id("lost")}), claude_folder.new_reader())) == {
        "base",
        "lost",
    }


def test_a_session_that_only_went_elsewhere_stays_in_a_long_path_too(claude_folder: ClaudeFolder) -> None:
    """Claude Code cuts a folder's name after 200 characters and appends a hash."""
    deep = claude_folder.repo.path / ("d" * 120) / ("e" * 120)
    deep.mkdir(parents=True)
    handmade = claude_folder.base(deep)
    handmade.cwd = str(claude_folder.repo.path)
    handmade.says("u2", "cd").answers("a2")
    handmade.write(claude_folder.projects, "".join(c if c.isalnum() else "-" for c in str(deep))[:200] + "-1a2b3c")
    assert claude_folder.read()["base"].cwd == str(deep)


def test_only_what_grew_is_read(claude_folder: ClaudeFolder, folded: list[int]) -> None:
    handmade = claude_folder.base()
    other = claude_folder.base(session="other")
    for transcript in (handmade, other):
        transcript.write(claude_folder.projects)
    claude_folder.read()
    assert sorted(folded) == sorted([len(handmade.data), len(other.data)])
    folded.clear()
    before = len(handmade.data)
    handmade.says("u2", "more").answers("a2").write(claude_folder.projects)
    assert claude_folder.read()["base"].rows.own == 4
    assert folded == [len(handmade.data) - before]
    folded.clear()
    assert claude_folder.read(reader=claude_folder.new_reader())["base"].rows.own == 4
    assert claude_folder.read()["base"].rows.own == 4
    assert folded == []


def _replaced(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(data)
    os.replace(fresh, path)


CHANGES: dict[str, Callable[[Path, bytes], object]] = {"replaced": _replaced, "rewritten": Path.write_bytes}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("turns", [0, 1, 5])
def test_a_replaced_file_is_read_anew(claude_folder: ClaudeFolder, change: str, turns: int) -> None:
    path = claude_folder.base().says("u2", "x").answers("a2").write(claude_folder.projects)
    claude_folder.read()
    other = HandmadeTranscript("base", str(claude_folder.repo.path)).says("v1", "another beginning")
    for turn in range(turns):
        other.answers(f"b{turn}", usage=(0, 100, 0, 0))
    CHANGES[change](path, other.data)
    session = claude_folder.read()["base"]
    assert (session.title, session.rows.own, session.own.output) == ("another beginning", 1 + turns, 100 * turns)


def test_a_deleted_file_is_forgotten(claude_folder: ClaudeFolder) -> None:
    path = claude_folder.base().write(claude_folder.projects)
    claude_folder.base(session="other").write(claude_folder.projects)
    assert set(claude_folder.read()) == {"base", "other"}
    path.unlink()
    assert set(claude_folder.read()) == {"other"}
    assert set(claude_folder.read(reader=claude_folder.new_reader())) == {"other"}


def test_a_half_written_row_is_neither_lost_nor_counted_twice(claude_folder: ClaudeFolder) -> None:
    handmade = claude_folder.base()
    path = handmade.write(claude_folder.projects)
    whole = handmade.says("u2", "more").answers("a2").data
    for end, broken in ((len(whole) - 200, 1), (len(whole) - 1, 0), (len(whole), 0)):
        path.write_bytes(whole[:end])
        _, problems = claude_folder.reader.sessions(claude_folder.scope())
        assert [problem.code for problem in problems] == ["transcript-rows-unreadable"] * broken
    assert claude_folder.read()["base"].rows.own == 4
    assert claude_folder.read()["base"].own.output == 4


def test_broken_rows_are_counted_and_hide_nothing(claude_folder: ClaudeFolder) -> None:
    path = claude_folder.base().write(claude_folder.projects)
    path.write_bytes(path.read_bytes() + b"{broken\n\xff\xff\n" + claude_folder.base(session="tail").data)
    claude_folder.base(session="other").write(claude_folder.projects)
    sessions, problems = claude_folder.reader.sessions(claude_folder.scope())
    assert {name: session.rows.own for name, session in named(sessions).items()} == {"base": 4, "other": 2}
    (problem,) = problems
    assert (problem.code, problem.path) == ("transcript-rows-unreadable", str(path))
    assert "2 rows" in problem.message


def test_files_that_hold_no_session_are_told(claude_folder: ClaudeFolder) -> None:
    folder = claude_folder.base().write(claude_folder.projects).parent
    files = {name: folder / f"{uuid(name)}.jsonl" for name in ("empty", "garbage", "folder", "dangling", "named")}
    files["empty"].touch()
    files["garbage"].write_bytes(os.urandom(3000))
    files["folder"].mkdir()
    files["dangling"].symlink_to("nowhere")
    files["named"].write_bytes(
        lines([{"type": "custom-title", "customTitle": "x", "cwd": str(claude_folder.repo.path)}])
    )
    sessions, problems = claude_folder.reader.sessions(claude_folder.scope())
    assert list(named(sessions)) == ["base"]
    empty = min(str(files["empty"]), str(files["named"]))
    assert {(problem.code, problem.path) for problem in problems} == {
        ("transcript-empty", empty),
        ("transcript-empty", str(files["garbage"])),
        ("transcript-unreadable", str(files["folder"])),
    }
    (note,) = (problem.message for problem in problems if problem.path == empty)
    assert note.startswith("2 transcripts hold no conversation")
    files["folder"].rmdir()
    assert "transcript-unreadable" not in claude_folder.problems()


def test_clocks_may_be_wrong(claude_folder: ClaudeFolder) -> None:
    handmade = claude_folder.base()
    handmade.rows[-1]["timestamp"] = at(-60 * 24 * 400)
    handmade.says("u2", "x").rows[-1]["timestamp"] = "9999-12-31T23:59:59.999Z"
    handmade.answers("a2").rows[-1]["timestamp"] = "yesterday"
    handmade.write(claude_folder.projects)
    (session,), problems = claude_folder.reader.sessions(claude_folder.scope())
    assert session.rows.own == 4
    assert [problem.message.partition(" of ")[0] for problem in problems] == ["2 rows"]
    assert session.started <= session.last_active


def test_subagents_count_and_those_of_older_versions_too(claude_folder: ClaudeFolder) -> None:
    handmade = claude_folder.base()
    path = handmade.write(claude_folder.projects)
    agent = (
        HandmadeTranscript("base", str(claude_folder.repo.path)).says("s1", "look").answers("s2", usage=(0, 10, 0, 0))
    )
    nested = (
        HandmadeTranscript("base", str(claude_folder.repo.path)).says("s3", "look").answers("s4", usage=(0, 100, 0, 0))
    )
    older = (
        HandmadeTranscript("base", str(claude_folder.repo.path)).says("s5", "look").answers("s6", usage=(0, 1000, 0, 0))
    )
    for name, transcript in (
        ("subagents/agent-1", agent),
        ("subagents/workflows/w/agent-2", nested),
        ("../agent-3", older),
    ):
        target = path.with_suffix("") / f"{name}.jsonl"
        (path.with_suffix("") / "subagents").mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(transcript.data)
    session = claude_folder.read()["base"]
    assert (session.own.output, session.rows.own) == (1112, 2)
    agent.answers("s7", usage=(0, 10_000, 0, 0))
    (path.with_suffix("") / "subagents" / "agent-1.jsonl").write_bytes(agent.data)
    assert claude_folder.read()["base"].own.output == 11_112


def test_activity_tells_what_happened(claude_folder: ClaudeFolder) -> None:
    handmade = claude_folder.base()
    handmade.answers("a2", tool("Read", "t1", file_path="src/x.py"))
    handmade.result("r1", "12345", toolUseResult={"type": "text", "file": {"filePath": "src/x.py", "numLines": 1}})
    handmade.answers("a3", tool("Edit", "t2", file_path="/abs/y.py"), tool("Bash", "t3", command="false"))
    handmade.result("r2", "done", tool="t2").result("r3", "Exit code 1", tool="t3", failed=True)
    handmade.answers("a4", tool("Write", "t4", file_path="z")).result("r4", "denied", tool="t4", failed=True)
    handmade.notes("system", subtype="compact_boundary")
    path = handmade.write(claude_folder.projects)
    path.write_bytes(path.read_bytes() + b"{broken\n")
    sessions, _ = claude_folder.reader.sessions(claude_folder.scope())
    activity, problems = claude_folder.reader.activity(sessions[0])
    assert [problem.code for problem in problems] == ["transcript-rows-unreadable"]
    assert list(activity.files_read) == [str(claude_folder.repo.path / "src/x.py")]
    assert (len(activity.prompts), activity.tool_calls) == (1, 4)
    assert [(failed.row, failed.tool, failed.size) for failed in activity.failed] == [(7, "Bash", 11), (9, "Write", 6)]
    assert [(edit.row, edit.tool, edit.path) for edit in activity.edits] == [(5, "Edit", "/abs/y.py")]
    assert activity.compactions == (10,)
    assert (activity.text, activity.error_text) == (26, 17)
    path.unlink()
    assert [problem.code for problem in claude_folder.reader.activity(sessions[0])[1]] == ["transcript-unreadable"]


@pytest.mark.parametrize("parent_first", [True, False])
def test_a_compaction_ties_a_fork_to_what_it_goes_on_from(claude_folder: ClaudeFolder, parent_first: bool) -> None:
    base = claude_folder.base().says("u2", "more").answers("a2")
    fork = (
        HandmadeTranscript("fork", str(claude_folder.repo.path), minute=10)
        .says("b", "compacted")
        .says("s", "summary")
        .says("u3", "on")
    )
    fork.rows[0] |= {"type": "system", "logicalParentUuid": uuid("a2")}
    fork.answers("a3")
    for handmade in (base, fork) if parent_first else (fork, base):
        handmade.write(claude_folder.projects)
        claude_folder.read()
    assert {session.id: session.parent for session in claude_folder.read().values()} == {"base": None, "fork": "base"}
    fork.says("u4", "and on").write(claude_folder.projects)
    assert claude_folder.read(reader=claude_folder.new_reader())["fork"].parent == "base"
    base.says("u5", "goes on too").write(claude_folder.projects)
    assert claude_folder.read()["fork"].parent == "base"
