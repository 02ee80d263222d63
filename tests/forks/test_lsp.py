"""Forks from an editor: the command, its questions and terminals, with a full client and a bare one."""

from typing import Any

import pytest

from tests.forks.fixtures import SessionsEditor
from tests.forks.sessions_repo import SessionsRepo
from tests.lsp.client import BARE, Json, RefusedError, at, uri_of
from tests.lsp.person import asked, choose, execute
from tests.waiting import wait_for


def test_a_fork_opens_in_the_editors_terminal(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    editor = sessions_editor()
    result = execute(editor, "forkSession", branch="feature/pay", title="Pay", prompt="do it")
    (terminal,) = asked(editor, "forksight/openTerminal")
    assert set(terminal) == {"title", "cwd", "argv", "env"}
    assert terminal["title"] == "Pay"
    assert terminal["cwd"] == str(sessions_repo.place("feature-pay"))
    assert terminal["argv"][1:3] == ["--resume", baseline_id]
    assert terminal["argv"][-1] == "do it"
    assert terminal["env"]["CLAUDECODE"] is None
    assert result["opened"] is True
    assert result["command"] is None
    assert result["launch"]["session"] == terminal["argv"][terminal["argv"].index("--session-id") + 1]
    kinds = [params["value"]["kind"] for params in asked(editor, "$/progress")]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"
    assert "report" in kinds


def test_a_bare_client_gets_the_command(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    editor = sessions_editor(BARE)
    result = execute(editor, "forkSession", uri=uri_of(sessions_repo.repo.path / "app.py"), branch="x")
    assert result["opened"] is False
    assert result["command"].startswith(f"cd {sessions_repo.place('x')} && ")
    assert any(result["command"] in text for text in editor.shown())
    assert asked(editor, "forksight/openTerminal") == []


@pytest.mark.parametrize("answers", ["nothing", "an error"])
def test_no_answer_means_that_nothing_is_done(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor, answers: str
) -> None:
    sessions_repo.fork("x")
    editor = sessions_editor(BARE)
    if answers == "nothing":
        editor.answers["window/showMessageRequest"] = lambda _: None
    result = execute(editor, "forkSession", branch="x")
    assert result["launch"] is None
    assert result["command"].startswith("forksight resume ")
    assert any(result["command"] in text for text in editor.shown())
    assert [warning["code"] for warning in result["warnings"]] == ["fork-exists"]
    assert len(sessions_repo.context().ledger.view()[0].forks) == 1


def test_resume_comes_first_fork_again_second(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    first = sessions_repo.fork("x").launch.session
    editor = sessions_editor()
    choose(editor, "Resume")
    assert execute(editor, "forkSession", branch="x")["launch"]["session"] == first
    (question,) = asked(editor, "window/showMessageRequest")
    titles = [action["title"] for action in question["actions"]]
    assert titles == ["Resume “x”", "Fork again"]
    choose(editor, "Fork again")
    assert execute(editor, "forkSession", branch="x")["launch"]["session"] != first
    assert execute(editor, "forkSession", branch="x", again=True)["opened"] is True


def test_where_a_session_works_a_new_branch_is_proposed(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    sessions_repo.run_in(baseline_id, str(sessions_repo.repo.path))
    editor = sessions_editor()
    choose(editor, "Fork to a new branch")
    result = execute(editor, "forkSession", uri=uri_of(sessions_repo.repo.path / "app.py"))
    assert result["branch"] == "main-fork"
    assert result["worktree"] == str(sessions_repo.place("main-fork"))


def test_which_baseline_is_asked(sessions_repo: SessionsRepo, sessions_editor: SessionsEditor) -> None:
    editor = sessions_editor()
    with pytest.raises(RefusedError, match="no baseline yet"):
        execute(editor, "forkSession", branch="x")
    for name in ("payments", "search"):
        sessions_repo.mark(sessions_repo.session(name), name)
    choose(editor, "search")
    assert execute(editor, "forkSession", branch="x")["baseline"]["name"] == "search"
    assert execute(editor, "forkSession", branch="y", baseline="payments")["baseline"]["name"] == "payments"


@pytest.mark.parametrize(
    "arguments", [{"branch": "a..b"}, {"branch": ""}, {"branch": 5}, {"branch": "x", "startPoint": "no"}]
)
def test_what_cannot_be_done_is_one_sentence(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor, arguments: Json
) -> None:
    editor = sessions_editor()
    with pytest.raises(RefusedError) as raised:
        execute(editor, "forkSession", **arguments)
    assert "Traceback" not in str(raised.value)


def test_the_three_commands_are_offered_in_every_document(
    sessions_repo: SessionsRepo, sessions_editor: SessionsEditor
) -> None:
    sessions_repo.repo.write({"NOTES": "no extension\n"})
    editor = sessions_editor()
    uri = editor.open(sessions_repo.repo.path / "NOTES")
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


def test_nothing_of_ours_goes_to_a_bare_client(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    editor = sessions_editor(BARE)
    editor.open(sessions_repo.repo.path / "app.py")
    execute(editor, "forkSession", branch="x")
    execute(editor, "showForkTree")
    assert [message for message in editor.messages if str(message.get("method", "")).startswith("forksight/")] == []


def test_a_long_set_up_can_be_cancelled(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    editor = sessions_editor(worktree={"setup": "echo started; sleep 600"})
    number = editor.begin(
        "workspace/executeCommand", {"command": "forksight.forkSession", "arguments": [{"branch": "x"}]}
    )
    wait_for(
        "the set-up's output",
        lambda: [params for params in asked(editor, "window/logMessage") if params["message"] == "started"],
    )
    token = asked(editor, "window/workDoneProgress/create")[0]["token"]
    editor.notify("window/workDoneProgress/cancel", {"token": token})
    with pytest.raises(RefusedError, match="stopped"):
        editor.answer_to(number)
    assert not sessions_repo.place("x").exists()
    assert sessions_repo.context().ledger.view()[0].forks == ()
