"""A person at an editor: answers the server's questions, and has commands run."""

from typing import Any

from tests.lsp.client import FULL, Editor, Json

OURS: Json = {**FULL, "experimental": {"forksight": True}}


class Person:
    """Answers questions: `answers` are beginnings of buttons, in the order in which they are asked for; None is none."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[Json] = []

    def __call__(self, params: Json) -> Json | None:
        self.asked.append(params)
        wanted = self.answers.pop(0) if self.answers else None
        if wanted is None:
            return None
        offered: list[Json] = params["actions"]
        return next(action for action in offered if action["title"].startswith(wanted))


def execute(editor: Editor, name: str, /, **arguments: Any) -> Json:
    result: Json = editor.request(
        "workspace/executeCommand", {"command": f"forksight.{name}", "arguments": [arguments]}
    )
    return result


def asked(editor: Editor, method: str) -> list[Json]:
    """The parameters of each request or notification of a method that came."""
    return [message["params"] for message in editor.messages if message.get("method") == method]


def said(editor: Editor) -> list[str]:
    """What was shown to the person."""
    return [params["message"] for params in asked(editor, "window/showMessage")]


def choose(editor: Editor, title: str) -> None:
    """Answer the next questions with the button that begins so."""

    def answer(params: Json) -> Json | None:
        return next((action for action in params["actions"] if action["title"].startswith(title)), None)

    editor.answers["window/showMessageRequest"] = answer
