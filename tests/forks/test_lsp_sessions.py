"""Sessions in an editor: resumed or taken over, the tree, the status, and who waits for a person."""

import os
from pathlib import Path

from tests.forks.fixtures import SessionsEditor
from tests.forks.sessions_repo import SessionsRepo
from tests.lsp.client import BARE, Json, is_empty, uri_of
from tests.lsp.person import asked, choose, execute
from tests.processes import has_ended


def test_a_session_is_resumed_or_shown(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    editor = sessions_editor()
    assert execute(editor, "resumeSession", session=launch.session[:8])["launch"]["argv"][1:] == [
        "--resume",
        launch.session,
    ]
    app = uri_of(sessions_repo.place("x") / "app.py")
    assert execute(editor, "resumeSession", uri=app)["launch"]["session"] == launch.session
    sessions_repo.run_in(launch.session, launch.cwd)
    live = execute(editor, "resumeSession", session="x")
    assert live["launch"] is None
    assert [warning["code"] for warning in live["warnings"]] == ["session-live"]
    assert len(asked(editor, "forksight/openTerminal")) == 2


def test_a_session_that_may_run_is_resumed_after_a_question(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    (sessions_repo.config / "sessions").mkdir(exist_ok=True)
    (sessions_repo.config / "sessions" / f"{os.getpid()}.json").write_text("{half")
    editor = sessions_editor()
    dismissed = execute(editor, "resumeSession", session="x")
    assert (dismissed["launch"], dismissed["command"]) == (None, f"forksight resume {launch.session} --anyway")
    (question,) = asked(editor, "window/showMessageRequest")
    assert "Nobody can tell whether “x” is running already" in question["message"]
    choose(editor, "Resume All the Same")
    assert execute(editor, "resumeSession", session="x")["launch"]["session"] == launch.session
    assert execute(editor, "resumeSession", session="x", anyway=True)["launch"]["session"] == launch.session
    assert len(asked(editor, "window/showMessageRequest")) == 2


def test_the_tree_is_a_document_for_any_client(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    sessions_repo.repo.write({"app.py": "mine\n"})
    (sessions_repo.place("x") / "app.py").write_text("theirs\n")
    editor = sessions_editor(BARE)
    result = execute(editor, "showForkTree")
    assert result["sessions"] == 2
    text = Path(result["uri"].removeprefix("file://")).read_text()
    assert "- payments — **baseline payments**, generation 1" in text
    assert "  - x — `x`, not running, **1 conflict**" in text
    assert launch.session in text


def test_status_and_tree_are_told_when_they_change(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    editor = sessions_editor()
    uri = editor.open(sessions_repo.repo.path / "app.py")
    status = editor.request("forksight/status", {"textDocument": {"uri": uri}})
    assert set(status) == {
        "worktree",
        "branch",
        "fork",
        "baseline",
        "overlaps",
        "forks",
        "sessions",
        "sharing",
        "text",
        "tooltip",
        "level",
    }
    assert status["sharing"] is None
    assert status["worktree"] == str(sessions_repo.repo.path)
    assert status["baseline"] == {"name": "payments", "generation": 1, "stale": False, "reasons": []}
    assert status["forks"] == {"active": 0, "abandoned": 0}
    assert status["level"] == "ok"
    tree = editor.request("forksight/forkTree", {"textDocument": {"uri": uri}})
    assert [session["id"] for session in tree["sessions"]] == [baseline_id]
    editor.wait(lambda message: message.get("method") == "forksight/status", what="the first status")
    since = editor.mark()
    execute(editor, "forkSession", branch="x")
    changed = editor.wait(lambda message: message.get("method") == "forksight/forkTreeChanged", since=since)
    assert changed["params"] == {"repository": str(sessions_repo.repo.path / ".git")}

    def has_the_fork(message: Json) -> bool:
        active = {"active": 1, "abandoned": 0}
        return message.get("method") == "forksight/status" and bool(message["params"]["forks"] == active)

    editor.wait(has_the_fork, since=since, what="a status with the fork")


def test_who_waits_for_a_person_is_told_once(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    sessions_repo.run_in(baseline_id, str(sessions_repo.repo.path), status="busy")
    editor = sessions_editor(notifications={"finished": True})
    editor.open(sessions_repo.repo.path / "app.py")

    def status(text: str, since: int = 0) -> None:
        editor.wait(
            lambda message: message.get("method") == "forksight/status" and message["params"]["text"] == text,
            since=since,
            what=text,
        )

    status("main · 1 working")
    sessions_repo.run_in(baseline_id, str(sessions_repo.repo.path), status="waiting")
    status("main · 1 session waits")
    since = editor.mark()
    sessions_repo.run_in(baseline_id, str(sessions_repo.repo.path), status="busy")
    editor.wait(lambda message: len(asked(editor, "forksight/sessionNotice")) == 1, what="who waits")
    status("main · 1 working", since)
    sessions_repo.run_in(baseline_id, str(sessions_repo.repo.path), status="idle")
    editor.wait(lambda message: len(asked(editor, "forksight/sessionNotice")) == 2, what="that it is done")
    waiting, finished = asked(editor, "forksight/sessionNotice")
    assert waiting == {
        "repository": str(sessions_repo.repo.path / ".git"),
        "event": "waiting",
        "session": baseline_id,
        "title": "payments",
        "branch": "main",
        "worktree": str(sessions_repo.repo.path),
        "message": "“payments” waits for you (main).",
    }
    assert (finished["event"], finished["message"]) == ("finished", "“payments” has ended its turn (main).")


def test_a_session_that_runs_elsewhere_is_taken_over_after_a_yes(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    launch = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, launch.session, launch.cwd, "x")
    editor = sessions_editor()
    with sessions_repo.another_process() as pid:
        sessions_repo.run_in(launch.session, launch.cwd, pid=pid)
        choose(editor, "nothing of the sort")
        left = execute(editor, "resumeSession", session="x")
        assert (left["launch"], left["command"]) == (None, f"forksight resume {launch.session} --take-over")
        assert not has_ended(pid)
        choose(editor, "End It and Go On Here")
        taken = execute(editor, "resumeSession", session="x")
        assert (taken["opened"], taken["launch"]["session"]) == (True, launch.session)
        assert has_ended(pid)
    (terminal,) = asked(editor, "forksight/openTerminal")
    assert terminal["argv"][1:] == ["--resume", launch.session]


def test_two_live_sessions_in_one_worktree(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    other = sessions_repo.session("search")
    sessions_repo.run_in(baseline_id, str(sessions_repo.repo.path))
    with sessions_repo.another_process() as pid:
        sessions_repo.run_in(other, str(sessions_repo.repo.path), pid=pid)
        editor = sessions_editor()
        uri = editor.open(sessions_repo.repo.path / "app.py")
        (diagnostic,) = editor.diagnostics(uri)
        assert diagnostic["code"] == "shared-worktree"
        assert diagnostic["source"] == "forksight"
        assert "“payments” and “search”" in diagnostic["message"]
        since = editor.mark()
    editor.diagnostics(uri, is_empty, since=since)
