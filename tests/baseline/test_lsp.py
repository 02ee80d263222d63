"""Baselines from an editor: marked, refreshed after a question or by hand, kept, and rolled back."""

import re

import pytest

from forksight.core.store.ledger import Baseline, Generation
from tests.forks.fixtures import SessionsEditor
from tests.forks.sessions_repo import SessionsRepo
from tests.lsp.client import BARE, Json, RefusedError
from tests.lsp.person import asked, execute
from tests.waiting import wait_for


def test_marking_asks_for_what_is_missing(sessions_repo: SessionsRepo, sessions_editor: SessionsEditor) -> None:
    session = sessions_repo.session("the payment service")
    editor = sessions_editor()
    titles: list[str] = []

    def first(params: Json) -> Json:
        titles.extend(action["title"] for action in params["actions"])
        return dict(params["actions"][0])

    editor.answers["window/showMessageRequest"] = first
    result = execute(editor, "setBaseline")
    assert titles[0] == "the payment service"
    assert result["baseline"] == {"name": "payment-service-baseline", "generation": 1, "session": session}
    editor.answers.pop("window/showMessageRequest")
    other = sessions_repo.session("search", edits=1)
    warned = execute(editor, "setBaseline", session=other, name="search")
    assert [warning["code"] for warning in warned["warnings"]] == ["edits"]
    third = sessions_repo.session("third")
    refused = execute(editor, "setBaseline", session=third)
    assert refused["baseline"] is None
    assert refused["command"] == f"forksight baseline set {third} --name third-baseline"
    assert execute(editor, "setBaseline")["command"] == refused["command"]
    for empty in ("session", "name"):
        with pytest.raises(RefusedError, match=f"the {empty} is empty"):
            execute(editor, "setBaseline", **{empty: ""})


def test_a_baseline_that_is_not_stale_is_refreshed_after_a_question(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    sessions_repo.repo.commit({"app.py": "changed\n"})
    editor = sessions_editor()
    editor.answers["window/showMessageRequest"] = lambda _: None
    left = execute(editor, "refreshBaseline")
    assert (left["refreshed"], left["command"]) == (False, "forksight baseline refresh payments --yes")
    (question,) = asked(editor, "window/showMessageRequest")
    assert question["message"].startswith("payments is not stale yet. A refresh of payments reads ")
    assert re.search(r"again, for at least [\d,]+ tokens\. Refresh it anyway\?", question["message"])
    assert [action["title"] for action in question["actions"]] == ["Refresh it"]


def test_refreshing_by_hand_opens_the_baseline(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    editor = sessions_editor()
    assert execute(editor, "refreshBaseline", interactive=True)["launch"]["argv"][1:] == ["--resume", baseline_id]
    (terminal,) = asked(editor, "forksight/openTerminal")
    assert terminal["cwd"] == str(sessions_repo.repo.path)


def test_a_baselines_copy_grows_with_it(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    editor = sessions_editor(BARE)
    editor.open(sessions_repo.repo.path / "app.py")
    with sessions_repo.transcript(baseline_id).open("a") as stream:
        stream.write('{"type":"custom-title","customTitle":"payment service","sessionId":"x"}\n')
    size = sessions_repo.transcript(baseline_id).stat().st_size

    def grown() -> bool:
        copy = sessions_repo.context().vault.find(baseline_id)
        return copy is not None and copy.size == size

    wait_for("the renewed copy", grown)


def test_a_baseline_is_rolled_back(
    sessions_repo: SessionsRepo, baseline_id: str, sessions_editor: SessionsEditor
) -> None:
    ledger = sessions_repo.context().ledger
    (old,) = ledger.view()[0].baselines
    second = Generation(2, sessions_repo.session("second"), old.generation.commit, old.generation.created)
    ledger.save_baseline(Baseline("payments", 2, (*old.generations, second)), replacing=old)
    editor = sessions_editor()
    result = execute(editor, "rollbackBaseline")
    assert result["baseline"] == {"name": "payments", "generation": 1, "session": baseline_id}
    assert result["left"] == 2
    with pytest.raises(RefusedError, match="no generation before 1"):
        execute(editor, "rollbackBaseline", name="payments")
    sessions_repo.mark(sessions_repo.session("search"), "search")
    unanswered = execute(editor, "rollbackBaseline")
    assert (unanswered["baseline"], unanswered["command"]) == (None, "forksight baseline rollback payments")
