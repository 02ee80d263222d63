"""Forks from an editor: the commands, their questions, terminals, status and tree, with a full client and a bare one."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from forksight.core.store.ledger import Baseline, Generation
from tests.forks.stage import Stage
from tests.lsp.client import BARE, FULL, Editor, Json, RefusedError, at, uri_of
from tests.waiting import wait_for

OURS = {**FULL, "experimental": {"forksight": {"openTerminal": True}}}


@pytest.fixture
def start(stage: Stage) -> Iterator[Callable[..., Editor]]:
    started: list[Editor] = []

    def begin(capabilities: Json = OURS, **options: Any) -> Editor:
        editor = Editor.start(stage.repo.path)
        started.append(editor)
        editor.answers["workspace/configuration"] = lambda _: [None]
        editor.answers["client/registerCapability"] = lambda _: None
        editor.answers["window/workDoneProgress/create"] = lambda _: None
        editor.answers["window/showDocument"] = lambda _: {"success": True}
        editor.answers["forksight/openTerminal"] = lambda _: {"opened": True}
        editor.initialize(stage.repo.path, capabilities=capabilities, options={"overlaps": {"delay": 0}, **options})
        return editor

    yield begin
    for editor in started:
        editor.kill()


def run(editor: Editor, command: str, **arguments: Any) -> Json:
    result: Json = editor.request(
        "workspace/executeCommand", {"command": f"forksight.{command}", "arguments": [arguments]}
    )
    return result


def asked(editor: Editor, method: str) -> list[Json]:
    return [message["params"] for message in editor.messages if message.get("method") == method]


def choose(editor: Editor, title: str) -> None:
    """Answer the next questions with the button that begins so."""

    def answer(params: Json) -> Json | None:
        return next((action for action in params["actions"] if action["title"].startswith(title)), None)

    editor.answers["window/showMessageRequest"] = answer


def place(stage: Stage, name: str) -> Path:
    return stage.repo.path / ".claude" / "worktrees" / name


def test_a_fork_opens_in_the_editors_terminal(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    editor = start()
    result = run(editor, "forkSession", branch="feature/pay", title="Pay", prompt="do it")
    (terminal,) = asked(editor, "forksight/openTerminal")
    assert set(terminal) == {"title", "cwd", "argv", "env"}
    assert terminal["title"] == "Pay"
    assert terminal["cwd"] == str(place(stage, "feature-pay"))
    assert terminal["argv"][1:3] == ["--resume", warm]
    assert terminal["argv"][-1] == "do it"
    assert terminal["env"]["CLAUDECODE"] is None
    assert result["opened"] is True
    assert result["command"] is None
    assert result["launch"]["session"] == terminal["argv"][terminal["argv"].index("--session-id") + 1]
    kinds = [params["value"]["kind"] for params in asked(editor, "$/progress")]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"
    assert "report" in kinds


def test_a_bare_client_gets_the_command(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    editor = start(BARE)
    result = run(editor, "forkSession", uri=uri_of(stage.repo.path / "app.py"), branch="x")
    assert result["opened"] is False
    assert result["command"].startswith(f"cd {place(stage, 'x')} && ")
    assert any(result["command"] in text for text in editor.shown())
    assert asked(editor, "forksight/openTerminal") == []


@pytest.mark.parametrize("answers", ["nothing", "an error"])
def test_no_answer_means_that_nothing_is_done(
    stage: Stage, warm: str, start: Callable[..., Editor], answers: str
) -> None:
    stage.fork("x")
    editor = start(BARE)
    if answers == "nothing":
        editor.answers["window/showMessageRequest"] = lambda _: None
    result = run(editor, "forkSession", branch="x")
    assert result["launch"] is None
    assert result["command"].startswith("forksight resume ")
    assert any(result["command"] in text for text in editor.shown())
    assert [warning["code"] for warning in result["warnings"]] == ["fork-exists"]
    assert len(stage.context().ledger.view()[0].forks) == 1


def test_resume_comes_first_fork_again_second(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    first = stage.fork("x").launch.session
    editor = start()
    choose(editor, "Resume")
    assert run(editor, "forkSession", branch="x")["launch"]["session"] == first
    (question,) = asked(editor, "window/showMessageRequest")
    titles = [action["title"] for action in question["actions"]]
    assert titles == ["Resume “x”", "Fork again"]
    choose(editor, "Fork again")
    assert run(editor, "forkSession", branch="x")["launch"]["session"] != first
    assert run(editor, "forkSession", branch="x", again=True)["opened"] is True


def test_where_a_session_works_a_new_branch_is_proposed(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    stage.run_in(warm, str(stage.repo.path))
    editor = start()
    choose(editor, "Fork to a new branch")
    result = run(editor, "forkSession", uri=uri_of(stage.repo.path / "app.py"))
    assert result["branch"] == "main-fork"
    assert result["worktree"] == str(place(stage, "main-fork"))


def test_which_baseline_is_asked(stage: Stage, start: Callable[..., Editor]) -> None:
    editor = start()
    with pytest.raises(RefusedError, match="no baseline yet"):
        run(editor, "forkSession", branch="x")
    for name in ("payments", "search"):
        stage.mark(stage.session(name), name)
    choose(editor, "search")
    assert run(editor, "forkSession", branch="x")["baseline"]["name"] == "search"
    assert run(editor, "forkSession", branch="y", baseline="payments")["baseline"]["name"] == "payments"


@pytest.mark.parametrize(
    "arguments", [{"branch": "a..b"}, {"branch": ""}, {"branch": 5}, {"branch": "x", "startPoint": "no"}]
)
def test_what_cannot_be_done_is_one_sentence(
    stage: Stage, warm: str, start: Callable[..., Editor], arguments: Json
) -> None:
    editor = start()
    with pytest.raises(RefusedError) as raised:
        run(editor, "forkSession", **arguments)
    assert "Traceback" not in str(raised.value)


def test_a_session_is_resumed_or_shown(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    launch = stage.fork("x").launch
    stage.fork_of(warm, launch.session, launch.cwd, "x")
    editor = start()
    assert run(editor, "resumeSession", session=launch.session[:8])["launch"]["argv"][1:] == [
        "--resume",
        launch.session,
    ]
    app = uri_of(place(stage, "x") / "app.py")
    assert run(editor, "resumeSession", uri=app)["launch"]["session"] == launch.session
    stage.run_in(launch.session, launch.cwd)
    live = run(editor, "resumeSession", session="x")
    assert live["launch"] is None
    assert [warning["code"] for warning in live["warnings"]] == ["session-live"]
    assert len(asked(editor, "forksight/openTerminal")) == 2


def test_marking_asks_for_what_is_missing(stage: Stage, start: Callable[..., Editor]) -> None:
    session = stage.session("the payment service")
    editor = start()
    titles: list[str] = []

    def first(params: Json) -> Json:
        titles.extend(action["title"] for action in params["actions"])
        return dict(params["actions"][0])

    editor.answers["window/showMessageRequest"] = first
    result = run(editor, "setBaseline")
    assert titles[0] == "the payment service"
    assert result["baseline"] == {"name": "payment-service-baseline", "generation": 1, "session": session}
    editor.answers.pop("window/showMessageRequest")
    other = stage.session("search", edits=1)
    warned = run(editor, "setBaseline", session=other, name="search")
    assert [warning["code"] for warning in warned["warnings"]] == ["edits"]
    third = stage.session("third")
    refused = run(editor, "setBaseline", session=third)
    assert refused["baseline"] is None
    assert refused["command"] == f"forksight baseline set {third} --name third-baseline"
    assert run(editor, "setBaseline")["command"] == refused["command"]
    for empty in ("session", "name"):
        with pytest.raises(RefusedError, match=f"the {empty} is empty"):
            run(editor, "setBaseline", **{empty: ""})


def test_a_baseline_that_is_not_stale_is_refreshed_after_a_question(
    stage: Stage, warm: str, start: Callable[..., Editor]
) -> None:
    stage.repo.commit({"app.py": "changed\n"})
    editor = start()
    editor.answers["window/showMessageRequest"] = lambda _: None
    left = run(editor, "refreshBaseline")
    assert (left["refreshed"], left["command"]) == (False, "forksight baseline refresh payments --yes")
    (question,) = asked(editor, "window/showMessageRequest")
    assert question["message"].startswith("payments is not stale yet. A refresh of payments reads ")
    assert re.search(r"again, for at least [\d,]+ tokens\. Refresh it all the same\?", question["message"])
    assert [action["title"] for action in question["actions"]] == ["Refresh it"]


def test_refreshing_by_hand_opens_the_baseline(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    editor = start()
    assert run(editor, "refreshBaseline", interactive=True)["launch"]["argv"][1:] == ["--resume", warm]
    (terminal,) = asked(editor, "forksight/openTerminal")
    assert terminal["cwd"] == str(stage.repo.path)


def test_the_tree_is_a_document_for_any_client(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    launch = stage.fork("x").launch
    stage.fork_of(warm, launch.session, launch.cwd, "x")
    stage.repo.write({"app.py": "mine\n"})
    (place(stage, "x") / "app.py").write_text("theirs\n")
    editor = start(BARE)
    result = run(editor, "showForkTree")
    assert result["sessions"] == 2
    text = Path(result["uri"].removeprefix("file://")).read_text()
    assert "- payments — **baseline payments**, generation 1" in text
    assert "  - x — `x`, not running, **1 conflict**" in text
    assert launch.session in text


def test_the_three_commands_are_offered_in_every_document(stage: Stage, start: Callable[..., Editor]) -> None:
    stage.repo.write({"NOTES": "no extension\n"})
    editor = start()
    uri = editor.open(stage.repo.path / "NOTES")
    outside = editor.open("untitled:one", "text")

    def offered(document: str, **context: Any) -> list[Json]:
        params = {"textDocument": {"uri": document}, "range": at(0), "context": {"diagnostics": [], **context}}
        return list(editor.request("textDocument/codeAction", params))

    for document in (uri, outside):
        actions = offered(document)
        assert [(action["title"], action["kind"]) for action in actions] == [
            ("Fork session for this branch", "source.forksight.forkSession"),
            ("Refresh baseline", "source.forksight.refreshBaseline"),
            ("Show fork tree", "source.forksight.showForkTree"),
        ]
        assert not any(action.get("isPreferred") for action in actions)
        assert offered(document, triggerKind=2) == []
        assert len(offered(document, triggerKind=1, only=["source"])) == 3
        assert len(offered(document, triggerKind=1, only=["source.forksight.forkSession"])) == 1
        assert offered(document, triggerKind=1, only=["quickfix"]) == []


def test_status_and_tree_are_told_when_they_change(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    editor = start()
    uri = editor.open(stage.repo.path / "app.py")
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
    assert status["worktree"] == str(stage.repo.path)
    assert status["baseline"] == {"name": "payments", "generation": 1, "stale": False, "reasons": []}
    assert status["forks"] == {"active": 0, "abandoned": 0}
    assert status["level"] == "ok"
    tree = editor.request("forksight/forkTree", {"textDocument": {"uri": uri}})
    assert [session["id"] for session in tree["sessions"]] == [warm]
    editor.wait(lambda message: message.get("method") == "forksight/status", what="the first status")
    since = editor.mark()
    run(editor, "forkSession", branch="x")
    changed = editor.wait(lambda message: message.get("method") == "forksight/forkTreeChanged", since=since)
    assert changed["params"] == {"repository": str(stage.repo.path / ".git")}
    params = editor.wait(lambda message: message.get("method") == "forksight/status", since=since)["params"]
    assert params["forks"] == {"active": 1, "abandoned": 0}


def test_who_waits_for_a_person_is_told_once(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    stage.run_in(warm, str(stage.repo.path), status="busy")
    editor = start(notifications={"finished": True})
    editor.open(stage.repo.path / "app.py")

    def status(text: str) -> None:
        editor.wait(
            lambda message: message.get("method") == "forksight/status" and message["params"]["text"] == text,
            what=text,
        )

    status("main · 1 working")
    stage.run_in(warm, str(stage.repo.path), status="waiting")
    status("main · 1 session waits")
    stage.run_in(warm, str(stage.repo.path), status="busy")
    editor.wait(lambda message: len(asked(editor, "forksight/sessionNotice")) == 1, what="who waits")
    since = editor.mark()
    editor.wait(
        lambda message: message.get("method") == "forksight/status" and "working" in message["params"]["text"],
        since=since - 1,
        what="that it goes on",
    )
    stage.run_in(warm, str(stage.repo.path), status="idle")
    editor.wait(lambda message: len(asked(editor, "forksight/sessionNotice")) == 2, what="that it is done")
    waiting, finished = asked(editor, "forksight/sessionNotice")
    assert waiting == {
        "repository": str(stage.repo.path / ".git"),
        "event": "waiting",
        "session": warm,
        "title": "payments",
        "branch": "main",
        "worktree": str(stage.repo.path),
        "message": "“payments” waits for you (main).",
    }
    assert (finished["event"], finished["message"]) == ("finished", "“payments” has ended its turn (main).")


def test_a_session_that_runs_elsewhere_is_taken_over_after_a_yes(
    stage: Stage, warm: str, start: Callable[..., Editor]
) -> None:
    launch = stage.fork("x").launch
    stage.fork_of(warm, launch.session, launch.cwd, "x")
    editor = start()
    with stage.another_process() as pid:
        stage.run_in(launch.session, launch.cwd, pid=pid)
        choose(editor, "nothing of the sort")
        left = run(editor, "resumeSession", session="x")
        assert (left["launch"], left["command"]) == (None, f"forksight resume {launch.session} --take-over")
        assert psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        choose(editor, "End It and Go On Here")
        taken = run(editor, "resumeSession", session="x")
        assert (taken["opened"], taken["launch"]["session"]) == (True, launch.session)
        assert psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    (terminal,) = asked(editor, "forksight/openTerminal")
    assert terminal["argv"][1:] == ["--resume", launch.session]


def test_nothing_of_ours_goes_to_a_bare_client(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    editor = start(BARE)
    editor.open(stage.repo.path / "app.py")
    run(editor, "forkSession", branch="x")
    run(editor, "showForkTree")
    assert [message for message in editor.messages if str(message.get("method", "")).startswith("forksight/")] == []


def test_two_live_sessions_in_one_worktree(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    other = stage.session("search")
    stage.run_in(warm, str(stage.repo.path))
    with stage.another_process() as pid:
        stage.run_in(other, str(stage.repo.path), pid=pid)
        editor = start()
        uri = editor.open(stage.repo.path / "app.py")
        (diagnostic,) = editor.diagnostics(uri)
        assert diagnostic["code"] == "shared-worktree"
        assert diagnostic["source"] == "forksight"
        assert "“payments” and “search”" in diagnostic["message"]
        since = editor.mark()
    editor.diagnostics(uri, lambda diagnostics: not diagnostics, since=since)


def test_a_long_set_up_can_be_cancelled(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    editor = start(worktree={"setup": "echo started; sleep 60"})
    number = editor.begin(
        "workspace/executeCommand", {"command": "forksight.forkSession", "arguments": [{"branch": "x"}]}
    )
    wait_for(
        "the set-up's output",
        lambda: [request for request in asked(editor, "window/logMessage") if request["message"] == "started"],
    )
    token = asked(editor, "window/workDoneProgress/create")[0]["token"]
    editor.notify("window/workDoneProgress/cancel", {"token": token})
    with pytest.raises(RefusedError, match="stopped"):
        editor.answer_to(number)
    assert not place(stage, "x").exists()
    assert stage.context().ledger.view()[0].forks == ()


def test_a_baselines_copy_grows_with_it(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    editor = start(BARE)
    editor.open(stage.repo.path / "app.py")
    with stage.transcript(warm).open("a") as stream:
        stream.write('{"type":"custom-title","customTitle":"payment service","sessionId":"x"}\n')
    size = stage.transcript(warm).stat().st_size

    def grown() -> bool:
        copy = stage.context().vault.find(warm)
        return copy is not None and copy.size == size

    wait_for("the renewed copy", grown)


def test_a_baseline_is_rolled_back(stage: Stage, warm: str, start: Callable[..., Editor]) -> None:
    ledger = stage.context().ledger
    (old,) = ledger.view()[0].baselines
    second = Generation(2, stage.session("second"), old.generation.commit, old.generation.created)
    ledger.save_baseline(Baseline("payments", 2, (*old.generations, second)), replacing=old)
    editor = start()
    result = run(editor, "rollbackBaseline")
    assert result["baseline"] == {"name": "payments", "generation": 1, "session": warm}
    assert result["left"] == 2
    with pytest.raises(RefusedError, match="no generation before 1"):
        run(editor, "rollbackBaseline", name="payments")
    stage.mark(stage.session("search"), "search")
    unanswered = run(editor, "rollbackBaseline")
    assert (unanswered["baseline"], unanswered["command"]) == (None, "forksight baseline rollback payments")
