"""The input and output of Claude Code's hooks, in the shapes of Claude Code 2.1.332.

A command hook gets one JSON object. An MCP tool that is called as a hook gets the fields that hooks.json names: objects arrive
as JSON strings, and fields that the event does not have as empty strings.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from forksight.core.document import Plain

_LONGEST_NAME = 200  # characters of an id
_LONGEST_PATH = 4096  # bytes, with which no system goes on


class BeforeEdit(StrEnum):
    """What to do about an edit that would conflict or is outside of the agent's worktree (`forksight.agents.beforeEdit`)."""

    REFUSE_ONCE = "refuse-once"
    TELL = "tell"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Hook:
    """One call of a hook."""

    event: str  # Claude Code's name of it: "PreToolUse"
    session: str  # in a subagent too, the id of the session that a person talks to
    agent: str | None  # a subagent's id; None for the session itself
    cwd: str  # absolute; a subagent with a worktree of its own is in that
    tool: str = ""  # "Edit", "Bash"; empty for events without a tool
    tool_input: Mapping[str, Any] = field(default_factory=dict)
    tool_response: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)  # all that came, as it came


def read_hook(fields: object) -> Hook | None:
    """The hook call that these fields describe; None if the event, the session or the directory is missing.

    A field of the wrong type counts as missing, and a directory whose path is no path. Ids are cut to 200 characters.
    """
    if not isinstance(fields, Mapping):
        return None
    event, session, cwd = (_text(fields, name) for name in ("hook_event_name", "session_id", "cwd"))
    if not (event and session and cwd.startswith("/") and can_be_path(cwd)):
        return None
    return Hook(
        event,
        session[:_LONGEST_NAME],
        _text(fields, "agent_id")[:_LONGEST_NAME] or None,
        cwd,
        _text(fields, "tool_name"),
        _object(fields.get("tool_input")),
        _object(fields.get("tool_response")),
        fields,
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a hook. An empty one has no effect."""

    context: str = ""  # what the agent reads
    refusal: str = ""  # why the tool is not to run this time: the agent reads that in place of its result
    message: str = ""  # what the person reads
    title: str = ""  # what a session that starts is called from now on


NOTHING = Answer()


def joined(answers: Iterable[Answer]) -> Answer:
    """Several answers as one: the first refusal if there is any, else all contexts joined, with the first answer's message."""
    spoken = [answer for answer in answers if answer.context or answer.refusal]
    refused = next((answer for answer in spoken if answer.refusal), None)
    if refused or not spoken:
        return refused or NOTHING
    return Answer("\n".join(answer.context for answer in spoken), message=spoken[0].message)


def document(event: str, answer: Answer) -> Plain:
    """The JSON of an answer. An empty answer is `{}`: Claude Code would show an empty text to the agent as "hook success"."""
    output: Plain = {}
    if answer.refusal:
        output = {"permissionDecision": "deny", "permissionDecisionReason": answer.refusal}
    elif answer.context:
        output = {"additionalContext": answer.context}
    if answer.title:
        output["sessionTitle"] = answer.title
    plain: Plain = {"hookSpecificOutput": {"hookEventName": event, **output}} if output else {}
    return {**plain, "systemMessage": answer.message} if answer.message else plain


def can_be_path(text: str) -> bool:
    """Whether a system may have a file of that name."""
    try:
        return 0 < len(text.encode("utf-8", "surrogateescape")) < _LONGEST_PATH and "\0" not in text
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return False


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _object(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}
