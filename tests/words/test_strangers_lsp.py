"""Words of strangers in an editor: no message, document, status or answer shows them raw."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from forksight.core.words.markdown import escaped
from forksight.core.words.terminal import can_be_shown
from forksight.lsp import commands
from tests.lsp.client import BARE, FULL, Editor, Json, RefusedError
from tests.words.hostile import BASELINE, BRANCH, NAME, Hostile, check_lines


def check_markdown(text: str, what: str) -> None:
    """Rendered, a document has no image, no HTML, no link but to files, and no heading of a stranger's."""
    check_lines(text, what)
    rendered = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    for token in flat(rendered):
        assert token.type not in ("image", "html_inline", "html_block"), (what, token)
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith("file:///"), (what, token.attrs)
    linked = re.search(r"(?<!\\)://evil|(?<!\\)www\.", re.sub(r"`[^`]*`", "", text))
    assert not linked, (what, linked)


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def check_messages(editor: Editor) -> None:
    """Everything that the editor was told to show."""
    for message in editor.messages:
        method, params = message.get("method"), message.get("params") or {}
        if method in ("window/showMessage", "window/logMessage", "window/showMessageRequest"):
            check_lines(params["message"], method)
            for action in params.get("actions") or ():
                check_lines(action["title"], "a button")
                assert "\n" not in action["title"]
        elif method == "$/progress":
            for key in ("title", "message"):
                assert can_be_shown(params["value"].get(key) or ""), params
        elif method == "textDocument/publishDiagnostics":
            for diagnostic in params["diagnostics"]:
                assert can_be_shown(diagnostic["message"]), diagnostic
                for related in diagnostic.get("relatedInformation", ()):
                    assert can_be_shown(related["message"]), related
        elif method == "forksight/status":
            check_status(params)
        elif "error" in message:
            check_lines(message["error"]["message"], "an error")


def check_status(status: Json) -> None:
    assert can_be_shown(status["text"])
    check_markdown(status["tooltip"], "the tooltip")


def arguments_of(hostile: Hostile, uri: str) -> dict[str, list[Json]]:
    theirs = {"worktree": str(hostile.there.path), "path": NAME, "lines": [4, 5]}
    return {
        "share": [{"uri": uri, "action": "on", "remote": "\x1b[31m\nFORGED"}, {"uri": uri, "action": "status"}],
        "forkSession": [{}, {"branch": BRANCH}, {"branch": "n", "baseline": "\x1b\nFORGED"}],
        "refreshBaseline": [{"name": "\x1b\nFORGED"}],
        "showForkTree": [{}],
        "resumeSession": [{"session": hostile.fork}, {"session": "\x1b\nFORGED"}],
        "setBaseline": [{}, {"session": hostile.fork, "name": f"{BASELINE}3"}],
        "rollbackBaseline": [{}],
        "publishBaseline": [{}, {"name": "\x1b\nFORGED"}],
        "fetchBaseline": [{"name": "\x1b\nFORGED"}, {"remote": "\x1b[31m\nFORGED"}],
        "cleanForks": [{}, {"dryRun": True}],
        "restoreFork": [{}, {"session": hostile.archived}],
        "compareForks": [{}, {"sessions": [hostile.fork, hostile.old]}],
        "showFork": [{"session": hostile.fork}, {"session": "\x1b\nFORGED"}],
        "takeFindings": [{"session": hostile.fork}, {"session": "\x1b\nFORGED"}],
        "landForks": [{"dryRun": True}, {}, {"undo": True}],
        "showSavings": [{}],
        "showOverlaps": [{}],
        "openTheirs": [theirs],
        "diffTheirs": [theirs],
        "ignoreOverlaps": [{"label": BRANCH}],
        "stopIgnoring": [{"label": BRANCH}],
    }


@pytest.mark.timeout(1000)
@pytest.mark.parametrize("answers", ["none", "first"])
@pytest.mark.parametrize("capabilities", [FULL, BARE], ids=["full", "bare"])
def test_everything_that_an_editor_shows(
    hostile: Hostile, start: Callable[[Path], Editor], capabilities: Json, answers: str
) -> None:
    editor = start(hostile.sessions_repo.repo.path).answer_as_usual()
    editor.answers["window/showMessageRequest"] = lambda params: (
        {"title": params["actions"][0]["title"]} if answers == "first" else None
    )
    options = {"overlaps": {"delay": 0}, "trace": "verbose", "claude": {"terminal": "print"}}
    editor.initialize(hostile.sessions_repo.repo.path, capabilities=capabilities, options=options)
    uri = editor.open(hostile.file)
    editor.diagnostics(uri)
    check_seen(editor, uri)
    ways = arguments_of(hostile, uri)
    assert {f"forksight.{name}" for name in ways} == set(commands.COMMANDS), "a command that this test does not know"
    for name, calls in ways.items():
        for arguments in calls:
            command = {"command": f"forksight.{name}", "arguments": [{"uri": uri, **arguments}]}
            try:
                check_answer(name, editor.request("workspace/executeCommand", command))
            except RefusedError as error:
                check_lines(str(error), name)
        if name == "ignoreOverlaps":
            check_seen(editor, uri)
            check_answer(
                "tree",
                editor.request(
                    "workspace/executeCommand", {"command": "forksight.showForkTree", "arguments": [{"uri": uri}]}
                ),
            )
            check_answer(
                "overlaps",
                editor.request(
                    "workspace/executeCommand", {"command": "forksight.showOverlaps", "arguments": [{"uri": uri}]}
                ),
            )
    check_messages(editor)


def check_seen(editor: Editor, uri: str) -> None:
    """Hover, code actions and status."""
    document = {"textDocument": {"uri": uri}}
    hover = editor.request("textDocument/hover", {**document, "position": {"line": 4, "character": 0}})
    if hover is not None:
        check = check_markdown if hover["contents"]["kind"] == "markdown" else check_lines
        check(hover["contents"]["value"], "hover")
    everywhere = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    context = {"diagnostics": [], "triggerKind": 1}
    for action in editor.request("textDocument/codeAction", {**document, "range": everywhere, "context": context}):
        assert can_be_shown(action["title"]), action
    check_status(editor.request("forksight/status", document))


def check_answer(name: str, answer: Any) -> None:
    """The document that a command showed, and what it says in words."""
    if not isinstance(answer, dict):
        return
    uri = answer.get("uri") or ""
    if uri.startswith("file:") and unquote(uri).endswith(".md"):
        check_markdown(Path(unquote(uri.removeprefix("file://"))).read_text(), name)
    for key in ("problems", "warnings"):
        for problem in answer.get(key) or ():
            check_lines(problem["message"], name)
    check_lines(answer.get("summary") or "", name)
    for fork in answer.get("forks") or () if name in ("cleanForks", "landForks") else ():
        for text in flat_words(fork["words"]):
            check_lines(text, name)


def flat_words(words: Any) -> Iterator[str]:
    if isinstance(words, str):
        yield words
    elif isinstance(words, dict | list):
        for value in words.values() if isinstance(words, dict) else words:
            yield from flat_words(value)


@pytest.mark.parametrize(
    "text",
    [
        "# a",
        "- a",
        "1. a",
        "12) a",
        "+ a",
        "a_b_c",
        "__init__",
        "*a*",
        "a | b",
        "![a](b)",
        "<b>",
        "&lt;",
        "~~a~~",
        "`a`",
        "a\nb",
    ],
)
def test_markdown_shows_data_as_it_is(text: str) -> None:
    rendered = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(escaped(text))
    inline = [token for token in flat(rendered) if token.type not in ("inline", "paragraph_open", "paragraph_close")]
    assert "".join(token.content for token in inline) == " ".join(text.split())
    assert {token.type for token in inline} == {"text"}
