"""What an editor does about an overlap: it hovers, asks for actions and runs them."""

from pathlib import Path
from urllib.parse import unquote

from tests.lsp.client import Editor, Json, at


def hover(editor: Editor, uri: str, line: int) -> str | None:
    params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 1}}
    answer: Json | None = editor.request("textDocument/hover", params)
    return None if answer is None else str(answer["contents"]["value"])


def actions(
    editor: Editor, uri: str, line: int, diagnostics: list[Json] | None = None, **context: object
) -> list[Json]:
    params = {"textDocument": {"uri": uri}, "range": at(line), "context": {"diagnostics": diagnostics or [], **context}}
    result: list[Json] = editor.request("textDocument/codeAction", params)
    return result


def titles(offered: list[Json]) -> list[str]:
    return [action["title"] for action in offered]


def chosen(offered: list[Json], title: str) -> Json:
    return next(action for action in offered if title in action["title"])


def execute(editor: Editor, action: Json) -> Json:
    command = action["command"] if isinstance(action["command"], dict) else action
    params = {"command": command["command"], "arguments": command["arguments"]}
    result: Json = editor.request("workspace/executeCommand", params)
    return result


def last_shown(editor: Editor) -> Json:
    params: Json = [message for message in editor.messages if message.get("method") == "window/showDocument"][-1][
        "params"
    ]
    return params


def on_disk(uri: str) -> str:
    return Path(unquote(uri.removeprefix("file://"))).read_text()
