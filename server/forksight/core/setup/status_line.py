"""The `statusLine` of Claude Code's settings: ours, another one followed by ours, or none."""

import os
import shlex
from collections.abc import Mapping
from typing import Any

from forksight.core.problems import ForksightError
from forksight.core.words import shell

KEY = "statusLine"
_FIRST = "--first"
_INTERVAL = 10  # seconds between two lines of an idle session; else Claude Code asks with each message only


def shows_ours(setting: object) -> bool:
    """Whether a setting runs `forksight statusline`."""
    return _argv(setting) is not None


def with_ours(setting: object, program: str) -> Mapping[str, Any]:
    """The setting that runs ours after the existing one. Raises `ForksightError` if that can't be extended."""
    argv = _argv(setting)
    if argv is not None:
        return {**_fields(setting), "command": shell.join([program, *argv[1:]])}
    if setting is None:
        return {"type": "command", "command": shell.join([program, "statusline"]), "refreshInterval": _INTERVAL}
    command = _fields(setting).get("command")
    if not isinstance(command, str) or not command or _fields(setting).get("type") != "command":
        raise ForksightError(
            f"the setting {KEY} has a form that Forksight does not know", fix="remove it, and try again"
        )
    return {**_fields(setting), "command": shell.join([program, "statusline", _FIRST, command])}


def without_ours(setting: object) -> Mapping[str, Any] | None:
    """The setting without ours; None if nothing is left."""
    argv = _argv(setting)
    if argv is None:
        return _fields(setting) or None
    return {**_fields(setting), "command": argv[3]} if argv[2:3] == [_FIRST] else None


def _fields(setting: object) -> Mapping[str, Any]:
    return setting if isinstance(setting, Mapping) else {}


def _argv(setting: object) -> list[str] | None:
    """The words of the setting's command, if it is ours."""
    command = _fields(setting).get("command")
    try:
        argv = shlex.split(command) if isinstance(command, str) else []
    except ValueError:
        return None
    ours = bool(argv) and os.path.basename(argv[0]) == "forksight" and argv[1:2] == ["statusline"]
    return argv if ours and (len(argv) == 2 or (len(argv) == 4 and argv[2] == _FIRST)) else None
