"""Reading Claude Code's folder: which sessions are this repository's, what is read again, what damage costs."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.adapters.claude import index, transcript_file
from forksight.adapters.claude.index import SessionIndex
from forksight.adapters.claude.reader import TranscriptReader
from forksight.adapters.system import parallel
from forksight.core.sessions.session import Scope, Session
from forksight.core.sessions.transcripts.outline import Outline
from forksight.core.sessions.transcripts.transcript import fold
from tests.conftest import Checkout
from tests.sessions.made import Made, at, lines, named, session_id, tool, uuid


class Desk:
    """A Claude Code folder beside a repository, and readers of it."""

    def __init__(self, repo: Checkout) -> None:
        self.repo = repo
        self.config = repo.path.parent / "claude"
        self.projects = self.config / "projects"
        self.index = repo.path.parent / "cache" / "index.sqlite3"
        self.reader = self.new_reader()

    def new_reader(self) -> TranscriptReader:
        """A reader as another process would have it."""
        return TranscriptReader(str(self.config), SessionIndex(str(self.index)))

    def scope(self, *more: Path, **known: object) -> Scope:
        """The repository with these linked worktrees."""
        worktrees = tuple(str(path) for path in (self.repo.path, *more))
        return Scope(str(self.repo.path / ".git"), worktrees, **known)  # type: ignore[arg-type]

    def read(self, scope: Scope | None = None, reader: TranscriptReader | None = None) -> dict[str, Session]:
        """The sessions by id; that there are no problems."""
        sessions, problems = (reader or self.reader).sessions(scope or self.scope())
        assert problems == ()
        return named(sessions)

    def problems(self) -> list[str]:
        """The codes of the problems."""
        _, problems = self.reader.sessions(self.scope())
        return [problem.code for problem in problems]

    def base(self, cwd: Path | None = None, session: str = "base") -> Made:
        """A session of one turn; not written yet."""
        return Made(session, str(cwd or self.repo.path)).says(f"u-{session}", "hello").answers(f"a-{session}")


@pytest.fixture
def desk(repo: Checkout) -> Desk:
    """Nothing read yet."""
    return Desk(repo)


@pytest.fixture
def folded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes were taken in at each read."""
    sizes: list[int] = []

    def spy(outline: Outline, data: bytes, *, more: bool = False) -> int:
        sizes.append(len(data))
        return fold(outline, data, more=more)

    monkeypatch.setattr(transcript_file, "fold", spy)
    return sizes


def test_a_session_as_its_transcript_tells_it(desk: Desk) -> None:
    made = desk.base().notes("custom-title", customTitle="warm")
    path = made.write(desk.projects)
    session = desk.read()["base"]
    assert (session.title, session.named, session.branch, session.cwd) == ("warm", True, "main", str(desk.repo.path))
    assert (session.transcript, session.companion) == (str(path), str(path.with_suffix("")))
    assert session.rows.own == 2
    assert session.own.output == 2
    assert session.last_active - session.started == 60
    assert session.modified == pytest.approx(path.stat().st_mtime)


def test_nothing_was_ever_run(desk: Desk) -> None:
    assert desk.read() == {}
    assert desk.reader.live() == ((), ())


def test_sessions_of_other_places_are_not_ours(desk: Desk, tmp_path: Path) -> None:
    desk.base(desk.repo.path / "sub", "in a folder").write(desk.projects)
    (desk.repo.path / "sub").mkdir()
    stranger = Checkout(tmp_path.resolve() / "stranger")
    nested = Checkout(desk.repo.path / "vendor" / "nested")
    for other in (stranger, nested):
        other.path.mkdir(parents=True)
        other.git("init", "--quiet")
        desk.base(other.path, other.path.name).write(desk.projects)
    desk.base(tmp_path.resolve(), "in no repository").write(desk.projects)
    desk.base(tmp_path / "never" / "there", "somewhere that is gone").write(desk.projects)
    assert set(desk.read()) == {"in a folder"}


def test_what_other_programs_leave_beside_a_transcript_is_no_session(desk: Desk) -> None:
    path = desk.base().write(desk.projects)
    copies = (
        "{}.sync-conflict-20261101-101010-ABCDEFG",
        "{} (1)",
        "{}.orphaned-1",
        "{}-Mac's conflicted copy",
        "backup",
    )
    for name in copies:
        path.with_name(f"{name.format(path.stem)}.jsonl").write_bytes(path.read_bytes())
    assert {name: session.parent for name, session in desk.read().items()} == {"base": None}


def test_a_session_that_came_here_later_is_ours(desk: Desk, tmp_path: Path) -> None:
    made = desk.base(tmp_path.resolve())
    made.cwd = str(desk.repo.path)
    made.says("u2", "cd").answers("a2").write(desk.projects, "-somewhere")
    assert desk.read()["base"].cwd == str(desk.repo.path)


def test_a_session_that_only_went_elsewhere_stays_where_its_folder_says(desk: Desk) -> None:
    made = desk.base()
    made.cwd = str(desk.repo.path / "deep" / "inside")
    made.says("u2", "cd").answers("a2").write(
        desk.projects, "".join(c if c.isalnum() else "-" for c in str(desk.repo.path))
    )
    assert desk.read()["base"].cwd == str(desk.repo.path)


@pytest.mark.parametrize("known", ["inside", "past", "remembered", "lineage", "ledger"])
def test_sessions_of_a_removed_worktree_stay(desk: Desk, known: str) -> None:
    there = desk.repo.worktree(".claude/worktrees/topic" if known == "inside" else "topic", "feature/x")
    base = desk.base()
    base.write(desk.projects)
    if known == "lineage":
        base.cwd = str(there.path)
        made = base.fork("gone", minute=30).says("u2", "mine").answers("a2")
    else:
        made = desk.base(there.path, "gone")
    made.branch = "another"
    made.says("u3", "more").answers("a3").write(desk.projects)
    if known == "remembered":
        assert set(desk.read(desk.scope(there.path))) == {"base", "gone"}
    desk.repo.git("worktree", "remove", "--force", str(there.path))
    extra: dict[str, object] = {
        "past": {"past": (str(there.path),)},
        "ledger": {"sessions": {session_id("gone")}},
    }.get(known, {})
    assert set(desk.read(desk.scope(**extra), desk.new_reader())) == {"base", "gone"}


def test_sessions_of_a_deleted_neighbour_are_not_ours(desk: Desk) -> None:
    """Its branch is called as one of ours, too: https://github.com/anthropics/claude-code/issues/81616."""
    desk.base().write(desk.projects)
    other = desk.base(desk.repo.path.parent / "experiment", "other")
    other.branch = "main"
    other.says("u9", "go on").answers("a9").write(desk.projects)
    assert set(desk.read()) == {"base"}


def test_a_session_without_a_directory_is_nobodys_by_its_folders_name(desk: Desk) -> None:
    desk.base().write(desk.projects)
    made = desk.base(session="lost")
    for row in made.rows:
        row.pop("cwd", None)
    made.write(desk.projects)
    assert set(desk.read()) == {"base"}
    assert set(desk.read(desk.scope(sessions={session_id("lost")}), desk.new_reader())) == {"base", "lost"}


def test_what_was_seen_of_checkouts_outlives_a_new_index(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    there = desk.repo.worktree("topic", "topic")
    desk.base(there.path, "gone").write(desk.projects)
    assert set(desk.read(desk.scope(there.path))) == {"gone"}
    desk.repo.git("worktree", "remove", "--force", str(there.path))
    monkeypatch.setattr("forksight.adapters.claude.index._VERSION", 1_000)
    assert set(desk.read(reader=desk.new_reader())) == {"gone"}


def test_a_session_that_only_went_elsewhere_stays_in_a_long_path_too(desk: Desk) -> None:
    """Claude Code cuts a folder's name after 200 characters and appends a hash."""
    deep = desk.repo.path / ("d" * 120) / ("e" * 120)
    deep.mkdir(parents=True)
    made = desk.base(deep)
    made.cwd = str(desk.repo.path)
    made.says("u2", "cd").answers("a2")
    made.write(desk.projects, "".join(c if c.isalnum() else "-" for c in str(deep))[:200] + "-1a2b3c")
    assert desk.read()["base"].cwd == str(deep)


def test_only_what_grew_is_read(desk: Desk, folded: list[int]) -> None:
    made = desk.base()
    other = desk.base(session="other")
    for transcript in (made, other):
        transcript.write(desk.projects)
    desk.read()
    assert sorted(folded) == sorted([len(made.data), len(other.data)])
    folded.clear()
    before = len(made.data)
    made.says("u2", "more").answers("a2").write(desk.projects)
    assert desk.read()["base"].rows.own == 4
    assert folded == [len(made.data) - before]
    folded.clear()
    assert desk.read(reader=desk.new_reader())["base"].rows.own == 4
    assert desk.read()["base"].rows.own == 4
    assert folded == []


def _replaced(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(data)
    os.replace(fresh, path)


CHANGES: dict[str, Callable[[Path, bytes], object]] = {"replaced": _replaced, "rewritten": Path.write_bytes}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("turns", [0, 1, 5])
def test_a_replaced_file_is_read_anew(desk: Desk, change: str, turns: int) -> None:
    path = desk.base().says("u2", "x").answers("a2").write(desk.projects)
    desk.read()
    other = Made("base", str(desk.repo.path)).says("v1", "another beginning")
    for turn in range(turns):
        other.answers(f"b{turn}", usage=(0, 100, 0, 0))
    CHANGES[change](path, other.data)
    session = desk.read()["base"]
    assert (session.title, session.rows.own, session.own.output) == ("another beginning", 1 + turns, 100 * turns)


def test_a_deleted_file_is_forgotten(desk: Desk) -> None:
    path = desk.base().write(desk.projects)
    desk.base(session="other").write(desk.projects)
    assert set(desk.read()) == {"base", "other"}
    path.unlink()
    assert set(desk.read()) == {"other"}
    assert set(desk.read(reader=desk.new_reader())) == {"other"}


def test_a_half_written_row_is_neither_lost_nor_counted_twice(desk: Desk) -> None:
    made = desk.base()
    path = made.write(desk.projects)
    whole = made.says("u2", "more").answers("a2").data
    for end, broken in ((len(whole) - 200, 1), (len(whole) - 1, 0), (len(whole), 0)):
        path.write_bytes(whole[:end])
        _, problems = desk.reader.sessions(desk.scope())
        assert [problem.code for problem in problems] == ["transcript-rows-unreadable"] * broken
    assert desk.read()["base"].rows.own == 4
    assert desk.read()["base"].own.output == 4


def test_broken_rows_are_counted_and_hide_nothing(desk: Desk) -> None:
    path = desk.base().write(desk.projects)
    path.write_bytes(path.read_bytes() + b"{broken\n\xff\xff\n" + desk.base(session="tail").data)
    desk.base(session="other").write(desk.projects)
    sessions, problems = desk.reader.sessions(desk.scope())
    assert {name: session.rows.own for name, session in named(sessions).items()} == {"base": 4, "other": 2}
    (problem,) = problems
    assert (problem.code, problem.path) == ("transcript-rows-unreadable", str(path))
    assert "2 rows" in problem.message


def test_files_that_hold_no_session_are_told(desk: Desk) -> None:
    folder = desk.base().write(desk.projects).parent
    files = {name: folder / f"{uuid(name)}.jsonl" for name in ("empty", "garbage", "folder", "dangling", "named")}
    files["empty"].touch()
    files["garbage"].write_bytes(os.urandom(3000))
    files["folder"].mkdir()
    files["dangling"].symlink_to("nowhere")
    files["named"].write_bytes(lines([{"type": "custom-title", "customTitle": "x", "cwd": str(desk.repo.path)}]))
    sessions, problems = desk.reader.sessions(desk.scope())
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
    assert "transcript-unreadable" not in desk.problems()


def test_clocks_may_be_wrong(desk: Desk) -> None:
    made = desk.base()
    made.rows[-1]["timestamp"] = at(-60 * 24 * 400)
    made.says("u2", "x").rows[-1]["timestamp"] = "9999-12-31T23:59:59.999Z"
    made.answers("a2").rows[-1]["timestamp"] = "yesterday"
    made.write(desk.projects)
    (session,), problems = desk.reader.sessions(desk.scope())
    assert session.rows.own == 4
    assert [problem.message.partition(" of ")[0] for problem in problems] == ["2 rows"]
    assert session.started <= session.last_active


def test_subagents_count_and_those_of_older_versions_too(desk: Desk) -> None:
    made = desk.base()
    path = made.write(desk.projects)
    agent = Made("base", str(desk.repo.path)).says("s1", "look").answers("s2", usage=(0, 10, 0, 0))
    nested = Made("base", str(desk.repo.path)).says("s3", "look").answers("s4", usage=(0, 100, 0, 0))
    older = Made("base", str(desk.repo.path)).says("s5", "look").answers("s6", usage=(0, 1000, 0, 0))
    for name, transcript in (
        ("subagents/agent-1", agent),
        ("subagents/workflows/w/agent-2", nested),
        ("../agent-3", older),
    ):
        target = path.with_suffix("") / f"{name}.jsonl"
        (path.with_suffix("") / "subagents").mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(transcript.data)
    session = desk.read()["base"]
    assert (session.own.output, session.rows.own) == (1112, 2)
    agent.answers("s7", usage=(0, 10_000, 0, 0))
    (path.with_suffix("") / "subagents" / "agent-1.jsonl").write_bytes(agent.data)
    assert desk.read()["base"].own.output == 11_112


def test_a_damaged_index_is_made_again(desk: Desk) -> None:
    desk.base().write(desk.projects)
    before = desk.read(reader=desk.new_reader())
    size = desk.index.stat().st_size
    for damage in (b"not a database at all " * 100, desk.index.read_bytes()[: size // 2], b"", os.urandom(size)):
        desk.index.write_bytes(damage)
        for sidecar in desk.index.parent.glob("*-*"):
            sidecar.unlink()
        assert desk.read(reader=desk.new_reader()) == before
        assert desk.read(reader=desk.new_reader()) == before


def test_an_index_that_is_busy_for_long_is_done_without(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "_WAIT", 0.01)
    desk.base().write(desk.projects)
    desk.read(reader=desk.new_reader())
    with sqlite3.connect(desk.index, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        desk.base(session="second").write(desk.projects)
        assert set(desk.read(reader=desk.new_reader())) == {"base", "second"}
        other.execute("ROLLBACK")
    other.close()
    assert set(desk.read(reader=desk.new_reader())) == {"base", "second"}


def test_an_index_of_another_version_is_made_again(desk: Desk) -> None:
    desk.index.parent.mkdir()
    with sqlite3.connect(desk.index) as connection:
        connection.executescript("CREATE TABLE files (x); CREATE TABLE more (y); PRAGMA user_version = 999")
    connection.close()
    desk.base().write(desk.projects)
    assert set(desk.read()) == {"base"}
    assert set(desk.read(reader=desk.new_reader())) == {"base"}


def test_without_a_place_for_the_index_everything_is_read_each_time(desk: Desk, folded: list[int]) -> None:
    desk.index.parent.write_text("in the way")
    made = desk.base()
    made.write(desk.projects)
    assert set(desk.read()) == {"base"}
    made.says("u2", "more").write(desk.projects)
    assert desk.read()["base"].rows.own == 3
    assert desk.read(reader=desk.new_reader())["base"].rows.own == 3
    assert folded


def test_an_index_that_vanishes_is_no_harm(desk: Desk) -> None:
    made = desk.base()
    made.write(desk.projects)
    desk.read()
    shutil.rmtree(desk.index.parent)
    made.says("u2", "more").write(desk.projects)
    assert desk.read()["base"].rows.own == 3


READ = """
import sys
from forksight.adapters.claude.index import SessionIndex
from forksight.adapters.claude.reader import TranscriptReader
from forksight.core.sessions.session import Scope
config, index, repo, times = sys.argv[1:]
for _ in range(int(times)):
    reader = TranscriptReader(config, SessionIndex(index))
    sessions, problems = reader.sessions(Scope(repo + "/.git", (repo,)))
    assert not problems, problems
    print(sorted((session.id, session.parent, session.rows.own, session.own.output) for session in sessions))
"""


def test_several_processes_read_at_once(desk: Desk) -> None:
    for number in range(30):
        base = desk.base(session=f"base{number}")
        base.write(desk.projects)
        base.fork(f"fork{number}", minute=50).says(f"u{number}", "mine").write(desk.projects)
    command = [sys.executable, "-c", READ, str(desk.config), str(desk.index), str(desk.repo.path), "4"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = [process.communicate(timeout=60)[0].splitlines() for process in running]
    assert [process.returncode for process in running] == [0] * 4
    assert {line for lines in outputs for line in lines} == {outputs[0][0]}
    assert outputs[0][0].count(session_id("base7")) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is read in several processes")
def test_many_bytes_are_read_in_several_processes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    base = desk.base()
    for number in range(20):
        base.fork(f"fork{number}", minute=50 + number).says(f"u{number}", "mine").answers(f"a{number}").write(
            desk.projects
        )
    base.write(desk.projects)
    alone = desk.read()
    desk.index.unlink()
    monkeypatch.setattr(parallel, "WORTHWHILE", 0)
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: 3)
    monkeypatch.setattr(parallel.threading, "active_count", lambda: 1)
    assert desk.read(reader=desk.new_reader()) == alone


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is read in several processes")
def test_a_helper_that_dies_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "WORTHWHILE", 0)
    monkeypatch.setattr(parallel.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(parallel.threading, "active_count", lambda: 1)
    here = os.getpid()

    def work(item: int) -> int:
        if os.getpid() != here:
            os._exit(9)
        return item * item

    assert sorted(parallel.spread(work, range(10), lambda _: 1)) == [item * item for item in range(10)]


def test_activity_tells_what_happened(desk: Desk) -> None:
    made = desk.base()
    made.answers("a2", tool("Read", "t1", file_path="src/x.py"))
    made.result("r1", "12345", toolUseResult={"type": "text", "file": {"filePath": "src/x.py", "numLines": 1}})
    made.answers("a3", tool("Edit", "t2", file_path="/abs/y.py"), tool("Bash", "t3", command="false"))
    made.result("r2", "done", tool="t2").result("r3", "Exit code 1", tool="t3", failed=True)
    made.answers("a4", tool("Write", "t4", file_path="z")).result("r4", "denied", tool="t4", failed=True)
    made.notes("system", subtype="compact_boundary")
    path = made.write(desk.projects)
    path.write_bytes(path.read_bytes() + b"{broken\n")
    sessions, _ = desk.reader.sessions(desk.scope())
    activity, problems = desk.reader.activity(sessions[0])
    assert [problem.code for problem in problems] == ["transcript-rows-unreadable"]
    assert list(activity.files_read) == [str(desk.repo.path / "src/x.py")]
    assert (activity.prompts, activity.tool_calls) == (1, 4)
    assert [(failed.row, failed.tool, failed.size) for failed in activity.failed] == [(7, "Bash", 11), (9, "Write", 6)]
    assert [(edit.row, edit.tool, edit.path) for edit in activity.edits] == [(5, "Edit", "/abs/y.py")]
    assert activity.compactions == (10,)
    assert (activity.text, activity.error_text) == (26, 17)
    path.unlink()
    assert [problem.code for problem in desk.reader.activity(sessions[0])[1]] == ["transcript-unreadable"]


@pytest.mark.parametrize("parent_first", [True, False])
def test_a_compaction_ties_a_fork_to_what_it_goes_on_from(desk: Desk, parent_first: bool) -> None:
    base = desk.base().says("u2", "more").answers("a2")
    fork = Made("fork", str(desk.repo.path), minute=10).says("b", "compacted").says("s", "summary").says("u3", "on")
    fork.rows[0] |= {"type": "system", "logicalParentUuid": uuid("a2")}
    fork.answers("a3")
    for made in (base, fork) if parent_first else (fork, base):
        made.write(desk.projects)
        desk.read()
    assert {session.id: session.parent for session in desk.read().values()} == {"base": None, "fork": "base"}
    fork.says("u4", "and on").write(desk.projects)
    assert desk.read(reader=desk.new_reader())["fork"].parent == "base"
    base.says("u5", "goes on too").write(desk.projects)
    assert desk.read()["fork"].parent == "base"
