"""A transcript that came from a remote, as a session of this machine. It is a stranger's: each row is checked, and what is not
as `portable` writes it is refused as a whole."""

import re
from collections.abc import Callable
from typing import Any

import orjson

from forksight.core.sessions.session import EARLIEST, LATEST
from forksight.core.sessions.transcripts.json_text import parse
from forksight.core.teams.baseline.places import Here, Places
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
    """The transcript of a session of that id and title in this machine's checkout. Raises `ValueError`."""
    lines = data.split(b"\n")
    if len(data) > LARGEST or len(lines) > MOST_ROWS or lines.pop():
        raise ValueError("it is no whole transcript")
    here = Here(places, tag)
    seen: set[str] = set()
    rows = [
        {"type": "custom-title", "customTitle": title, "sessionId": session},
        {"type": "agent-name", "agentName": title, "sessionId": session},
    ]
    for number, line in enumerate(lines, 1):
        row = parse(line)
        if row is None or (why := _why_not(row, seen)):
            raise ValueError(
                f"row {number} of it is none that Forksight publishes ({why if row else 'no JSON object'})"
            )
        seen.add(row["uuid"])
        said: dict[str, Any] = each_text(row, here)
        if "message" in said and "usage" in said["message"]:
            said["message"]["usage"] = NOTHING_BILLED
        rows.append({**said, "cwd": places.checkout, "sessionId": session, "gitBranch": branch or ""})
    if not any(row["type"] == "assistant" for row in rows):
        raise ValueError("there is no answer of the model in it")
    return b"\n".join([*map(orjson.dumps, rows), b""])


def _why_not(row: dict[str, Any], seen: set[str]) -> str:
    """What is wrong with a row; "" if nothing is. `seen`: the rows before it, which it may hang on."""
    return next((what for what, holds in _CHECKS if not holds(row, seen)), "")


def _is_new(row: dict[str, Any], seen: set[str]) -> bool:
    uuid = row.get("uuid")
    return uuid is not None and _UUID.fullmatch(uuid) is not None and uuid not in seen


def _is_timed(row: dict[str, Any], _: set[str]) -> bool:
    stamp = row.get("timestamp")
    return stamp is not None and len(stamp) <= _LONGEST_STAMP and EARLIEST <= stamp < LATEST


def _says_what_it_may(row: dict[str, Any], _: set[str]) -> bool:
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


_CHECKS: tuple[tuple[str, Callable[[dict[str, Any], set[str]], bool]], ...] = (  # each may rely on those before it
    ("unknown fields", lambda row, _: row.keys() <= FIELDS),
    ("its type", lambda row, _: isinstance(row.get("type"), str)),
    ("a text that is none", lambda row, _: all(isinstance(row.get(name), str | None) for name in _TEXTS)),
    ("its id", _is_new),
    ("what it hangs on", lambda row, seen: all(row.get(name) is None or row[name] in seen for name in LINKS)),
    ("its kind", lambda row, _: travels(row) and not row.get("isSidechain")),
    ("its time", _is_timed),
    ("its version", lambda row, _: VERSION.fullmatch(row.get("version") or "0.0") is not None),
    ("who says it", lambda row, _: row.get("renderedRole") in (None, "user")),
    ("its message", _says_what_it_may),
)
