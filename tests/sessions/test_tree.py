"""`forksight tree`: one node for each session, in every state, as data and as a picture."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from forksight.app.workbench import Forksight
from forksight.cli import group
from forksight.core.store.ledger import Baseline, Fork, Generation, Mode
from forksight.features.context import Context
from tests.conftest import Checkout
from tests.sessions.handmade import NAMES, HandmadeTranscript, session_id

BASE, FORK = map(session_id, ("base", "fork"))
KEYS = {
    "id",
    "title",
    "parent",
    "evidence",
    "baseline",
    "worktree",
    "branch",
    "state",
    "stateText",
    "isFork",
    "findings_taken",
    "last_sentence",
    "elsewhere",
    "started",
    "last_active",
    "rows",
    "tokens",
    "tokensText",
}


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The projects folder of an empty Claude Code folder."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "claude" / "projects"


def run(repo: Checkout, *arguments: str) -> Result:
    """`forksight tree` in a repository."""
    return CliRunner().invoke(group, ["-C", str(repo.path), "tree", *arguments], obj=Forksight())


def sessions_by_id(repo: Checkout) -> dict[str, dict[str, Any]]:
    """The sessions of `forksight tree --json`, by id."""
    result = run(repo, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return {session["id"]: session for session in json.loads(result.stdout)["sessions"]}


def context(repo: Checkout) -> Context:
    """The repository as the commands see it."""
    return Forksight().open(str(repo.path))


@pytest.fixture
def family(repo: Checkout, projects: Path) -> Callable[[], None]:
    """A base in the main checkout and a fork of it in a linked worktree, written by calling this."""

    def write() -> None:
        there = repo.worktree("topic")
        base = (
            HandmadeTranscript(BASE, str(repo.path))
            .says("u1", "warm up")
            .answers("a1")
            .notes("custom-title", customTitle="warm")
        )
        base.write(projects)
        base.cwd, base.branch = str(there.path), "topic"
        fork = base.fork(FORK, minute=30).notes("custom-title", customTitle="the topic")
        fork.says("u2", "work").answers("a2", usage=(1, 2000, 3, 4)).write(projects)

    return write


def test_the_document(repo: Checkout, family: Callable[[], None]) -> None:
    family()
    for number in range(2):
        repo.commit({"later.txt": f"{number}\n"})
    result = run(repo, "--json")
    document = json.loads(result.stdout)
    assert set(document) == {"version", "repository", "sessions", "worktrees", "problems", "sharing", "colleagues"}
    assert (document["version"], document["problems"]) == (1, [])
    assert document["repository"] == str(repo.path / ".git")
    base, fork = document["sessions"]
    assert set(base) == set(fork) == KEYS
    assert fork == {
        "id": FORK,
        "title": "the topic",
        "parent": BASE,
        "evidence": "rows",
        "baseline": None,
        "worktree": str(repo.path.parent / "topic"),
        "branch": "topic",
        "state": "idle",
        "stateText": "not running",
        "isFork": True,
        "started": "2026-05-01T12:31:00.000Z",
        "last_active": "2026-05-01T12:32:00.000Z",
        "rows": {"own": 2, "inherited": 2},
        "tokens": {
            "own": {"input": 1, "output": 2000, "cache_read": 3, "cache_write": 4},
            "inherited": {"input": 1, "output": 2, "cache_read": 3, "cache_write": 4},
        },
        "tokensText": {"own": "2.0k", "inherited": "10", "total": "2.0k"},
        "findings_taken": None,
        "last_sentence": "a2",
        "elsewhere": [],
    }
    assert {"path": base["worktree"], "branch": "main", "uncommitted": 0} | dict.fromkeys(
        ("target", "ahead", "behind")
    ) in document["worktrees"]
    topic = {"path": fork["worktree"], "branch": "topic", "uncommitted": 0, "target": "main", "ahead": 0, "behind": 2}
    assert topic in document["worktrees"]
    assert not base["isFork"]
    assert (base["parent"], base["evidence"], base["rows"]) == (None, "none", {"own": 2, "inherited": 0})


def test_a_worktree_that_cannot_be_read_is_not_said_to_be_committed(repo: Checkout, family: Callable[[], None]) -> None:
    family()
    there = repo.path.parent / "topic"
    there.joinpath("new").write_text("x\n")
    assert "1 uncommitted" in run(repo).stdout
    repo.path.joinpath(".git/worktrees/topic/index").write_bytes(b"damaged")
    counts = {tree["path"]: tree["uncommitted"] for tree in json.loads(run(repo, "--json").stdout)["worktrees"]}
    assert counts == {str(repo.path): 0, str(there): None}
    assert "not read" in run(repo).stdout


def test_a_repository_without_sessions(repo: Checkout, projects: Path) -> None:
    assert sessions_by_id(repo) == {}
    result = run(repo)
    assert (result.exit_code, result.stdout) == (0, "No Claude Code session has worked in this repository yet.\n")
    assert not projects.exists(), "looking leaves no trace"


def test_outside_of_a_repository(tmp_path: Path, projects: Path) -> None:
    result = CliRunner().invoke(group, ["-C", str(tmp_path), "tree", "--json"], obj=Forksight())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is in no git repository" in result.stderr


def test_a_removed_worktree_leaves_an_orphan(repo: Checkout, family: Callable[[], None]) -> None:
    family()
    gone = str(repo.path.parent / "topic")
    assert {session["state"] for session in sessions_by_id(repo).values()} == {"idle"}
    repo.git("worktree", "remove", "--force", gone)
    sessions = sessions_by_id(repo)
    assert sessions[FORK]["state"] == "orphaned"
    assert sessions[FORK]["worktree"] == gone
    assert sessions[BASE]["state"] == "idle"


def test_a_removed_worktree_is_known_because_it_was_seen(repo: Checkout, projects: Path) -> None:
    gone = repo.worktree("pay", "feature/pay")
    HandmadeTranscript("gone-session", str(gone.path), "feature/pay").says("u1", "hello").answers("a1").write(projects)
    assert sessions_by_id(repo)[session_id("gone-session")]["state"] == "idle"
    repo.git("worktree", "remove", str(gone.path))
    assert sessions_by_id(repo)[session_id("gone-session")]["state"] == "orphaned"


def test_a_worktree_whose_folder_was_deleted_is_no_problem_here(repo: Checkout, family: Callable[[], None]) -> None:
    family()
    (repo.path.parent / "topic").rename(repo.path.parent / "moved")
    assert sessions_by_id(repo)[FORK]["state"] == "orphaned"


def test_baselines_are_marked(repo: Checkout, family: Callable[[], None]) -> None:
    family()
    generations = (Generation(1, BASE, None, 0.0), Generation(2, FORK, None, 1.0))
    context(repo).ledger.save_baseline(Baseline("warm", 2, generations), replacing=None)
    marks = {identity: session["baseline"] for identity, session in sessions_by_id(repo).items()}
    assert marks == {
        BASE: {"name": "warm", "generation": 1, "current": False},
        FORK: {"name": "warm", "generation": 2, "current": True},
    }
    assert "baseline warm 2" in run(repo).stdout


def fork(repo: Checkout, launch: str, session: str | None) -> Fork:
    """A fork of the base that was just recorded."""
    return Fork(launch, session, BASE, "warm", 1, "topic", str(repo.path.parent / "topic"), "mine", Mode.PRINT, 1e9)


def test_forks_that_are_only_recorded_are_pending(repo: Checkout, family: Callable[[], None]) -> None:
    family()
    ledger = context(repo).ledger
    ledger.record_fork(fork(repo, FORK, FORK))
    ledger.record_fork(fork(repo, "later-session", "later-session"))
    ledger.record_fork(fork(repo, "launch-1", None))
    sessions = sessions_by_id(repo)
    assert sessions[FORK]["evidence"] == "ledger"
    assert sessions[FORK]["state"] == "idle"
    for identity in ("later-session", "pending:launch-1"):
        node = sessions[identity]
        assert (node["state"], node["parent"], node["evidence"]) == ("pending", BASE, "ledger")
        assert node["rows"] == {"own": 0, "inherited": 0}
        assert node["started"] == "2001-09-09T01:46:40.000Z"


def test_a_pending_fork_can_be_running_already(repo: Checkout, family: Callable[[], None], projects: Path) -> None:
    family()
    context(repo).ledger.record_fork(fork(repo, "later-session", "later-session"))
    state = {"pid": os.getpid(), "sessionId": "later-session", "cwd": "/r", "startedAt": 9e15, "status": "busy"}
    (projects.parent / "sessions").mkdir()
    (projects.parent / "sessions" / "1.json").write_text(json.dumps(state))
    assert sessions_by_id(repo)["later-session"]["state"] == "live-busy"
    assert "mine  topic  working" in run(repo).stdout
    waiting = {**state, "status": "waiting", "waitingFor": "permission prompt"}
    (projects.parent / "sessions" / "1.json").write_text(json.dumps(waiting))
    node = sessions_by_id(repo)["later-session"]
    assert (node["state"], node["stateText"]) == ("live-waiting", "waits for a permission")
    assert "mine  topic  waits for a permission" in run(repo).stdout


def test_transcripts_that_claude_code_is_about_to_delete_are_told(
    repo: Checkout, family: Callable[[], None], projects: Path
) -> None:
    family()
    ledger = context(repo).ledger
    ledger.save_baseline(Baseline("warm", 1, (Generation(1, BASE, None, 0.0),)), replacing=None)
    ledger.record_fork(fork(repo, FORK, FORK))
    assert json.loads(run(repo, "--json").stdout)["problems"] == []
    for path in projects.glob("*/*.jsonl"):
        old = path.stat().st_mtime - 27.5 * 86400
        os.utime(path, (old, old))
    problems = json.loads(run(repo, "--json").stdout)["problems"]
    assert [(problem["code"], Path(problem["path"]).stem) for problem in problems] == [
        ("baseline-expires", BASE),
        ("fork-expires", FORK),
    ]
    assert "the baseline warm in 2 days: our copy stays." in problems[0]["message"]
    (projects.parent / "settings.json").write_text('{"cleanupPeriodDays": 90}')
    assert json.loads(run(repo, "--json").stdout)["problems"] == []


def test_parents_stand_before_their_forks(repo: Checkout, projects: Path) -> None:
    base = HandmadeTranscript("z-base", str(repo.path)).says("u1", "x").answers("a1")
    base.write(projects)
    for name, minute in (("y", 30), ("b", 20), ("a", 40)):
        child = base.fork(name, minute=minute).says(f"u{name}", "x").answers(f"a{name}")
        child.write(projects)
        child.fork(f"{name}-child", minute=minute + 60).says(f"u{name}2", "x").write(projects)
    assert [NAMES[identity] for identity in sessions_by_id(repo)] == [
        "z-base",
        "b",
        "b-child",
        "y",
        "y-child",
        "a",
        "a-child",
    ]


def test_a_damaged_transcript_is_told_and_hides_no_other(
    repo: Checkout, family: Callable[[], None], projects: Path
) -> None:
    family()
    path = next(projects.glob(f"*/{FORK}.jsonl"))
    path.write_bytes(b"\xff\n" + path.read_bytes())
    document = json.loads(run(repo, "--json").stdout)
    assert len(document["sessions"]) == 2
    assert [problem["code"] for problem in document["problems"]] == ["transcript-rows-unreadable"]
    assert f"1 row of {path} can't be read" in run(repo).stderr


def test_the_picture(repo: Checkout, family: Callable[[], None]) -> None:
    family()
    result = run(repo)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.rstrip() for line in re.sub(r"\d+ (d|mo|y) ago", "N ago", result.stdout).splitlines()]
    assert lines == [
        "2 sessions · 1 fork · 0 live · 2.0k tokens",
        "└── ○ warm  main  N ago",
        f"      {BASE[:8]} · 10 own · repo",
        "      “a1”",
        "    └── ○ the topic  topic  N ago",
        f"          {FORK[:8]} · 2.0k own · 10 inherited · topic",
        "          “a2”",
    ]


def test_a_branch_named_as_its_session_is_left_out_where_there_is_no_room_for_both(
    repo: Checkout, projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "feature/pay-with-backoff"
    fork = HandmadeTranscript(FORK, str(repo.path))
    fork.branch = name
    fork.says("u1", "go on").answers("a1").notes("custom-title", customTitle=name).write(projects)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    for columns, shown in (("200", f"○ {name}  {name}  "), ("60", f"○ {name}   ago")):
        monkeypatch.setenv("COLUMNS", columns)
        assert shown in re.sub(r"\x1b\[[0-9;]*m|(?<= )\d+ (?:d|mo|y)(?= ago)", "", run(repo).stdout)


def test_titles_cannot_write_on_the_terminal(repo: Checkout, projects: Path) -> None:
    HandmadeTranscript("s", str(repo.path)).says("u1", "x").notes(
        "custom-title", customTitle="red \x1b[31m[bold]"
    ).write(projects)
    shown = run(repo).stdout
    assert "\x1b" not in shown
    assert "[bold]" in shown
