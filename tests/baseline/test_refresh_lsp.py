"""Refreshing a baseline from an editor, with the real Claude Code: its progress, and what ends it."""

import os
from collections.abc import Callable, Iterator

import pytest

from forksight.core.plans.plan import Plan
from forksight.core.problems import LedgerError
from tests.baseline.claude_baseline import ClaudeBaseline
from tests.claude.model import Reader
from tests.lsp.client import FULL, Editor, RefusedError
from tests.waiting import wait_for


@pytest.fixture
def editor(claude_baseline: ClaudeBaseline) -> Iterator[Callable[[str], Editor]]:
    editors = []

    def start(refresh_prompt: str) -> Editor:
        editor = Editor.start(claude_baseline.repo.path).answer_as_usual()
        editors.append(editor)
        options = {"baseline": {"refreshPrompt": refresh_prompt, "staleAfterCommits": 1}}
        editor.initialize(claude_baseline.repo.path, capabilities=FULL, options=options)
        return editor

    yield start
    for client in editors:
        client.kill()


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_an_editor_shows_progress_and_can_cancel(
    claude_baseline: ClaudeBaseline, reader: Reader, editor: Callable[[str], Editor]
) -> None:
    client = editor(f"READ {claude_baseline.repo.path}/app.py\nHOLD")
    request = {"command": "forksight.refreshBaseline", "arguments": [{}]}
    number = client.begin("workspace/executeCommand", request)
    wait_for("the model at work", reader.held.is_set)

    def said() -> list[str]:
        values = [message["params"]["value"] for message in client.messages if message.get("method") == "$/progress"]
        return [value.get("message", "") for value in values]

    wait_for("the file read", lambda: any(text.startswith("1 of 1 files read · 1 turn ·") for text in said()))
    created = [message for message in client.messages if message.get("method") == "window/workDoneProgress/create"]
    client.notify("window/workDoneProgress/cancel", {"token": created[0]["params"]["token"]})
    with pytest.raises(RefusedError, match=r"it was stopped.*cost [\d,]+ tokens.*generation 1 stays"):
        client.answer_to(number)
    reader.release()
    result = client.request("workspace/executeCommand", request)
    assert (result["refreshed"], result["baseline"]["generation"]) == (True, 2)
    assert os.path.basename(result["read"][0]) == "app.py"


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_a_request_that_is_cancelled_promotes_nothing(
    claude_baseline: ClaudeBaseline, reader: Reader, editor: Callable[[str], Editor]
) -> None:
    client = editor(f"READ {claude_baseline.repo.path}/app.py\nHOLD")
    request = {"command": "forksight.refreshBaseline", "arguments": [{}], "workDoneToken": "ours"}
    number = client.begin("workspace/executeCommand", request)
    wait_for("the model at work", reader.held.is_set)
    client.notify("$/cancelRequest", {"id": number})
    with pytest.raises(RefusedError, match="cancel"):
        client.answer_to(number)

    def kinds() -> list[str]:
        progress = [message["params"] for message in client.messages if message.get("method") == "$/progress"]
        return [params["value"]["kind"] for params in progress if params["token"] == "ours"]

    wait_for("the end of its progress", lambda: "end" in kinds())
    context = claude_baseline.context()
    ours = Plan("ours", "the baseline shop-core", ())

    def nobody_at_work() -> bool:
        try:
            context.ledger.begin(ours)
        except LedgerError:
            return False
        context.ledger.finish(ours)
        return True

    wait_for("the end of it", nobody_at_work)  # the model still holds
    reader.release()
    assert (kinds()[0], kinds()[-1]) == ("begin", "end")
    assert claude_baseline.generation() == 1


@pytest.mark.claude
@pytest.mark.timeout(600)
def test_an_editor_that_leaves_ends_it(
    claude_baseline: ClaudeBaseline, reader: Reader, editor: Callable[[str], Editor]
) -> None:
    client = editor(f"READ {claude_baseline.repo.path}/app.py\nHOLD")
    number = client.begin("workspace/executeCommand", {"command": "forksight.refreshBaseline", "arguments": [{}]})
    wait_for("the model at work", reader.held.is_set)
    assert client.request("shutdown", None) is None
    with pytest.raises(RefusedError, match=r"it was stopped.*generation 1 stays"):
        client.answer_to(number)
    reader.release()
    assert claude_baseline.refresh("").done.generation.number == 2, "nobody is at work on it any more"
