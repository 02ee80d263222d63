"""Words of strangers: whatever titles, branches, folders and files are called, no command and no document shows it raw."""

import os
import pty
import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from forksight.cli import COMMANDS
from forksight.core.words.markdown import escaped
from forksight.core.words.terminal import can_be_shown
from forksight.lsp import commands
from tests import command_line
from tests.cleanup.yard import OLD
from tests.conftest import Checkout
from tests.forks.stage import Stage
from tests.lsp.client import BARE, FULL, Editor, Json, RefusedError

MARKUP = "![x](https://evil.example/b.png) [y](command:evil) <b>z</b> https://evil.example #1 `id` |c| $(trash)"
HIDDEN = "\x1b[31m\x1b]0;owned\x07\x9b1m\u202e\u2066\u200f\u2028\x00"
TITLE = f"# a\nFORGED {MARKUP}{HIDDEN}"
NAME = "![x](evil.png)<b>\x1b[31m\x9b\u202e\u200f\n# FORGED"  # of a file or folder
BRANCH = "feature/\u202e\u200f$(trash)<b>!](evil)"
BASELINE = "![x](https:evil.example) <b>base</b>"


@pytest.fixture
def start() -> Iterator[Callable[[Path], Editor]]:
    """Starts editors, and leaves no server behind."""
    started: list[Editor] = []

    def begin(cwd: Path) -> Editor:
        started.append(Editor.start(cwd))
        return started[-1]

    yield begin
    for editor in started:
        editor.kill()


@dataclass
class Hostile:
    """A repository of strange names: two worktrees in conflict, a baseline, a fork, an abandoned one and an archive."""

    stage: Stage
    there: Checkout
    file: Path
    base: str
    fork: str
    old: str
    archived: str


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hostile:
    root = Checkout(tmp_path.resolve() / f"repo {NAME}")
    root.path.mkdir()
    root.git("init", "--quiet", "--initial-branch=main")
    text = "".join(f"line {number}\n" for number in range(1, 10))
    root.commit({NAME: text, "CLAUDE.md": "rules\n", "gone.py": "def used():\n    pass\n", "app.py": "x\n"})
    config = tmp_path / "claude"
    (config / "projects").mkdir(parents=True)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(config))
    monkeypatch.setenv("FORKSIGHT_CLAUDE", _claude(tmp_path))
    stage = Stage(root, config)
    base = stage.session(TITLE)
    stage.mark(base, BASELINE)
    there = root.worktree(f"there {NAME}", BRANCH)
    fork, old, archived = (str(uuid.uuid4()) for _ in range(3))
    stage.fork_of(base, fork, str(there.path), BRANCH, title=TITLE)
    for identity, name in ((archived, "arch"), (old, "old")):
        branch = f"{name}/$(trash)<b>!](evil)"  # `clean` removes no branch that can't be shown
        place = root.worktree(f"{name} {NAME}", branch)
        stage.fork_of(base, identity, str(place.path), branch, title=TITLE, age=OLD)
        if name == "arch":
            done = stage.cli("clean", identity, "--yes", "--discard", identity)
            assert "Cleaned up 1 fork" in done.stderr, done
        else:
            place.write({f"lost {NAME}": "work\n"})
    there.write({NAME: text.replace("line 5\n", "\x1b[31mtheirs\u202e\n"), "gone.py": "", f"new {NAME}": "a\n"})
    root.write({NAME: text.replace("line 5\n", "mine\n"), "CLAUDE.md": "other rules\n"})
    return Hostile(stage, there, root.path / NAME, base, fork, old, archived)


def _claude(folder: Path) -> str:
    """A program that can be asked for its version: nothing here starts it for more."""
    path = folder / "claude-program"
    path.write_text("#!/bin/sh\necho '2.1.330 (Claude Code)'\n")
    path.chmod(0o755)
    return str(path)


def on_a_terminal(hostile: Hostile, *words: str) -> str:
    """What a command shows on a terminal that knows no colours."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "dumb", "COLUMNS": "100", "NO_COLOR": "1"}
    with ThreadPoolExecutor(1) as reader:
        shown = reader.submit(_read_all, ours)
        status = command_line.run_onto(theirs, theirs, words, cwd=hostile.stage.repo.path, env=env)
        os.close(theirs)
        text = shown.result().decode().replace("\r\n", "\n")
    os.close(ours)
    assert status in (0, 1, 2)
    return text


def _read_all(terminal: int) -> bytes:
    shown = b""
    while True:
        try:
            block = os.read(terminal, 65536)
        except OSError:  # how Linux tells that nobody writes any more
            return shown
        if not block:
            return shown
        shown += block


def check_lines(text: str, what: str) -> None:
    """Nothing hidden is in a text, and no line of it is a stranger's alone."""
    for line in text.split("\n"):
        hidden = [char for char in line if not can_be_shown(char)]
        assert not hidden, (what, hidden, line)
        assert not line.lstrip(" \t│·-").startswith(("FORGED", "# FORGED")), (what, line)


def words_of(hostile: Hostile) -> dict[str, list[list[str]]]:
    """For each command the ways to call it."""
    return {
        "overlaps": [[]],
        "matrix": [[]],
        "tree": [[]],
        "land": [["--dry-run"], ["\x1b[31m\nFORGED"], ["--undo"]],
        "savings": [[], ["--print-prices"]],
        "doctor": [[]],
        "compare": [[hostile.fork, hostile.old]],
        "fork": [
            ["--dry-run", "new"],
            ["--print", BRANCH],
            ["--print", "--again", BRANCH],
            ["--start-point", TITLE[:20], "n"],
        ],
        "resume": [["--print", hostile.fork], ["--dry-run", hostile.fork], ["nobody \x1b[31m\nFORGED"]],
        "baseline": [
            *(["list"], ["show"], ["check"], ["refresh", "--dry-run"], ["rollback"], ["show", "\x1b[31m\nFORGED"]),
            *(["set", hostile.fork, "--name", f"{BASELINE}2"], ["unset", f"{BASELINE}2"]),
        ],
        "clean": [["--dry-run"], [], ["\x1b[31m\nFORGED"], ["--discard", hostile.old]],
        "restore": [[], ["--dry-run", hostile.archived], [hostile.archived]],
        "statusline": [[]],
        "show": [[hostile.fork], ["\x1b[31m\nFORGED"]],
        "setup": [[], ["claude", "--dry-run"]],
        "findings": [["--dry-run", hostile.fork], ["--dry-run", "\x1b[31m\nFORGED"]],
        "share": [["on", "--remote", "\x1b[31m\nFORGED"], ["forget", "\x1b[31m\nFORGED"]],
    }


NO_WORDS = frozenset(["server", "mcp", "hook"])  # what they say is a protocol's


@pytest.mark.timeout(400)
def test_every_command_on_a_terminal(hostile: Hostile) -> None:
    ways = words_of(hostile)
    assert set(ways) == set(COMMANDS) - NO_WORDS, "a command that this test does not know"
    for name, calls in ways.items():
        for words in calls:
            shown = on_a_terminal(hostile, name, *words)
            assert "error of its own" not in shown, (name, words, shown)
            assert shown.strip(), (name, words)
            check_lines(shown, f"{name} {words}")


@pytest.mark.timeout(400)
def test_every_json_document(hostile: Hostile) -> None:
    calls = [["overlaps"], ["matrix"], ["tree"], ["savings"], ["doctor"], ["compare", hostile.fork, hostile.old]]
    calls += [["baseline", "list"], ["clean", "--dry-run"], ["restore"], ["fork", "--dry-run", "new"]]
    for words in calls:
        shown = on_a_terminal(hostile, *words, "--json")
        hidden = [char for char in shown if char != "\n" and not can_be_shown(char)]
        assert not hidden, (words, hidden)


# -------------------------------------------------------------------------------------------------------- the editor


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
                assert all(map(can_be_shown, params["value"].get(key) or "")), params
        elif method == "textDocument/publishDiagnostics":
            for diagnostic in params["diagnostics"]:
                assert all(map(can_be_shown, diagnostic["message"])), diagnostic
                for related in diagnostic.get("relatedInformation", ()):
                    assert all(map(can_be_shown, related["message"])), related
        elif method == "forksight/status":
            check_status(params)
        elif "error" in message:
            check_lines(message["error"]["message"], "an error")


def check_status(status: Json) -> None:
    assert all(map(can_be_shown, status["text"]))
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


@pytest.mark.timeout(400)
@pytest.mark.parametrize("answers", ["none", "first"])
@pytest.mark.parametrize("capabilities", [FULL, BARE], ids=["full", "bare"])
def test_everything_that_an_editor_shows(
    hostile: Hostile, start: Callable[[Path], Editor], capabilities: Json, answers: str
) -> None:
    editor = start(hostile.stage.repo.path)
    editor.answers["workspace/configuration"] = lambda _: [None]
    editor.answers["client/registerCapability"] = lambda _: None
    editor.answers["window/workDoneProgress/create"] = lambda _: None
    editor.answers["window/showDocument"] = lambda _: {"success": True}
    editor.answers["window/showMessageRequest"] = lambda params: (
        {"title": params["actions"][0]["title"]} if answers == "first" else None
    )
    options = {"overlaps": {"delay": 0}, "trace": "verbose", "claude": {"terminal": "print"}}
    editor.initialize(hostile.stage.repo.path, capabilities=capabilities, options=options)
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
        assert all(map(can_be_shown, action["title"])), action
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
