"""Turns a transcript that came from a remote into a session of this machine.

The transcript is untrusted: each row is checked, and if one is not in the form that `portable` writes, the whole transcript is refused.
"""

import re
from collections.abc import Callable
from typing import Any

import orjson

from forksight.core.sessions.session import EARLIEST, LATEST
from forksight.core.sessions.transcripts.json_text import parse
from forksight.core.teams.baseline.places import PlaceholdersToPaths, Places
from forksight.core.teams.baseline.rows import BLOCKS, FIELDS, LINKS, MESSAGE_FIELDS, NOTHING_BILLED, travels
from forksight.core.teams.baseline.strings import each_text
from forksight.core.words.terminal import can_be_shown

LARGEST = 32 << 20  # bytes of a transcript
MOST_ROWS = 100_000

_LONGEST_STAMP = 40  # characters
_TEXTS = (*LINKS, "uuid", "timestamp", "version", "renderedRole", "content", "subtype", "level", "cwd", "gitBranch")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){1,3}[\w.+-]{0,40}")


def materialised(data: bytes, places: Places, tag: int, *, session: str, title: str, branch: str | None) -> bytes:
    """The transcript as JSON rows of a session with that id, title and branch, in the checkout of `places`.

    `data` is the published transcript, `tag` the number in its placeholders. Raises `ValueError` with a clause about what is wrong.
    """
    lines = data.split(b"\n")
    if len(data) > LARGEST or len(lines) > MOST_ROWS or lines.pop():
        raise ValueError("it is incomplete or too large")
    to_paths = PlaceholdersToPaths(places, tag)
    earlier: set[str] = set()
    rows = [
        {"type": "custom-title", "customTitle": title, "sessionId": session},
        {"type": "agent-name", "agentName": title, "sessionId": session},
    ]
    for number, line in enumerate(lines, 1):
        row = parse(line)
        if row is None or (why := _first_fault(row, earlier)):
            raise ValueError(
                f"its row {number} is not one that Forksight publishes ({why if row else 'not a JSON object'})"
            )
        earlier.add(row["uuid"])
        local_row: dict[str, Any] = each_text(row, to_paths)
        if "message" in local_row and "usage" in local_row["message"]:
            local_row["message"]["usage"] = NOTHING_BILLED
        rows.append({**local_row, "cwd": places.checkout, "sessionId": session, "gitBranch": branch or ""})
    if not any(row["type"] == "assistant" for row in rows):
        raise ValueError("it has no answer of the model")
    return b"\n".join([*map(orjson.dumps, rows), b""])


def _first_fault(row: dict[str, Any], earlier: set[str]) -> str:
    """What is wrong with a row; "" if nothing is. `earlier` are the ids of the rows before it, which it may link to."""
    return next((what for what, holds in _CHECKS if not holds(row, earlier)), "")


def _is_new(row: dict[str, Any], earlier: set[str]) -> bool:
    uuid = row.get("uuid")
    return uuid is not None and _UUID.fullmatch(uuid) is not None and uuid not in earlier


def _has_valid_time(row: dict[str, Any], _: set[str]) -> bool:
    stamp = row.get("timestamp")
    return stamp is not None and len(stamp) <= _LONGEST_STAMP and EARLIEST <= stamp < LATEST


def _has_valid_message(row: dict[str, Any], _: set[str]) -> bool:
    if row["type"] not in BLOCKS:
        return "message" not in row
    return "attachment" not in row and _is_message(row["type"], row["message"])


def _is_message(kind: str, message: dict[str, Any]) -> bool:
    content = message.get("content")
    return (
        message.keys() <= MESSAGE_FIELDS
        and message.get("role") == kind
        and all(isinstance(message.get(name), str | None) for name in ("id", "type", "model", "stop_reason"))
        and (isinstance(content, str) or (isinstance(content, list) and all(_is_block(kind, part) for part in content)))
        and can_be_shown(str(message.get("model")))
    )


def _is_block(kind: str, block: object) -> bool:
    if not isinstance(block, dict) or block.get("type") not in BLOCKS[kind]:
        return False
    match block["type"]:
        case "text":
            return isinstance(block.get("text"), str)
        case "tool_use":
            return all(isinstance(block.get(name), str) for name in ("id", "name")) and isinstance(
                block.get("input"), dict
            )
        case _:
            content = block.get("content")
            parts = content if isinstance(content, list) else []
            return (
                isinstance(block.get("tool_use_id"), str)
                and isinstance(content, str | list | None)
                and all(
                    isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)
                    for part in parts
                )
            )


_CHECKS: tuple[
    tuple[str, Callable[[dict[str, Any], set[str]], bool]], ...
] = (  # in this order: a check relies on those before it
    ("unknown fields", lambda row, _: row.keys() <= FIELDS),
    ("its type", lambda row, _: isinstance(row.get("type"), str)),
    ("a field that must be a string", lambda row, _: all(isinstance(row.get(name), str | None) for name in _TEXTS)),
    ("its id", _is_new),
    (
        "a link to a row that does not precede it",
        lambda row, earlier: all(row.get(name) is None or row[name] in earlier for name in LINKS),
    ),
    ("its kind", lambda row, _: travels(row) and not row.get("isSidechain")),
    ("its time", _has_valid_time),
    ("its version", lambda row, _: VERSION.fullmatch(row.get("version") or "0.0") is not None),
    ("its role", lambda row, _: row.get("renderedRole") in (None, "user")),
    ("its message", _has_valid_message),
)
