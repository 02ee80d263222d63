"""Reduces a session's transcript to what may leave the machine: what the model was told and what it answered.

Paths become placeholders (`places`) and keys are masked (`masking`). Bookkeeping, thinking, subagents, rewound rows (`rows`) and
personal instructions (`instructions`) are left out. What was left out or masked is counted, to be shown before anything leaves.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from forksight.core.sessions.transcripts.chain import kept_rows, link_of
from forksight.core.sessions.transcripts.json_text import parse
from forksight.core.teams.baseline.instructions import project_only
from forksight.core.teams.baseline.masking import Masking, names_keys
from forksight.core.teams.baseline.places import PathsToPlaceholders, Places, free_tag
from forksight.core.teams.baseline.rows import (
    BLOCKS,
    FIELDS,
    LINKS,
    MESSAGE_FIELDS,
    NOTHING_BILLED,
    kind_of,
    only,
    travels,
)
from forksight.core.teams.baseline.strings import each_text
from forksight.core.teams.secrets import keyless_content

Row = dict[str, Any]

_IMAGE_OMITTED = {"type": "text", "text": "(an image, which was left out)"}


@dataclass(frozen=True, slots=True)
class Masked:
    """What was masked in one row, for one reason."""

    row: int  # line of the session's transcript, counted from 1
    why: str
    times: int


@dataclass(frozen=True, slots=True)
class PortableTranscript:
    """A transcript that may leave the machine."""

    data: bytes  # JSON, one row per line
    rows: int  # how many
    tag: int  # the number in its placeholders: `core.teams.baseline.places`
    prompts: int  # how many rows are prompts of a person, which leave unchanged
    cli: str  # the version of Claude Code that wrote its last row
    left_out: Mapping[str, int] = field(default_factory=dict)  # what was left out -> how many, the largest number first
    masked: tuple[Masked, ...] = ()


def portable(data: bytes, places: Places) -> PortableTranscript:
    """The rows of a transcript (`data`, its file) that may leave the machine, with the paths of `places` replaced.

    Raises `ValueError` with a clause as its text if no answer of the model remains, or if a key can't be masked.
    """
    omitted: Counter[str] = Counter()
    rows = _conversation(data, omitted)
    masking = Masking(rows)
    shared: dict[str, Row] = {}  # by uuid
    parents: dict[str, str | None] = {}  # of all rows, by uuid
    for number, row in rows.items():
        parent = row.get("parentUuid")
        parents[row["uuid"]] = parent if isinstance(parent, str) else None
        reduced = _reduced(row, omitted)
        if reduced is not None:
            shared[row["uuid"]] = masking(number, reduced)
    tag = free_tag(orjson.dumps(row) for row in shared.values())
    to_placeholders = PathsToPlaceholders(places, tag)
    lines = [orjson.dumps(each_text(_linked(row, shared, parents), to_placeholders)) for row in shared.values()]
    if not any(row["type"] == "assistant" for row in shared.values()):
        raise ValueError("it has no answer of the model")
    text = b"\n".join([*lines, b""])
    if not keyless_content(text):
        raise ValueError("something in it looks like a key, and could not be masked")
    masks = tuple(Masked(row, why, times) for (row, why), times in sorted(masking.counts.items()))
    prompts = sum(row["type"] == "user" and _is_prompt(row) for row in shared.values())
    cli = next((str(row["version"]) for row in reversed(shared.values()) if row.get("version")), "0.0")
    return PortableTranscript(
        text, len(lines), tag, prompts, cli, {what: count for what, count in omitted.most_common() if count}, masks
    )


def _conversation(data: bytes, omitted: Counter[str]) -> dict[int, Row]:
    """The rows that a fork would inherit, by line number (1-based). `omitted` counts the others by kind."""
    rows: dict[int, Row] = {}
    links = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        row = parse(line)
        link = link_of(row, result=_has_result(row)) if row is not None else None
        if row is None:
            omitted["rows that can't be read"] += 1
        elif link is None:
            omitted["rows of bookkeeping"] += 1
        elif row.get("isSidechain"):
            omitted["rows of subagents"] += 1
        else:
            rows[number] = row
            links.append(link)
    kept = kept_rows(links)
    unique: dict[str, int] = {}  # a compaction may copy rows
    for number, row in rows.items():
        unique.setdefault(row["uuid"], number)
    result = {number: rows[number] for uuid, number in unique.items() if uuid in kept}
    omitted["rows that were rewound or are duplicates"] += len(rows) - len(result)
    return result


def _reduced(row: Row, omitted: Counter[str]) -> Row | None:
    """The part of a row that may leave the machine; None if there is none. `omitted` counts what is left out."""
    if not travels(row):
        omitted[f"rows of the kind {kind_of(row)}"] += 1
        return None
    reduced = only(row, FIELDS)
    if row["type"] == "attachment":
        return _attachment(reduced, omitted)
    if row["type"] in BLOCKS:
        message = only(row["message"], MESSAGE_FIELDS)
        content = message.get("content")
        if isinstance(content, list):
            blocks = [block for part in content if (block := _block(part, BLOCKS[row["type"]], omitted)) is not None]
            if not blocks:
                return None
            message["content"] = blocks
        elif not isinstance(content, str):
            omitted["rows without a text"] += 1
            return None
        if "usage" in message:
            message["usage"] = NOTHING_BILLED
        reduced["message"] = message
    return reduced


def _attachment(row: Row, omitted: Counter[str]) -> Row | None:
    attachment = row["attachment"]
    if attachment["type"] == "instructions":
        project_row, names = project_only(row)
        for name in names:
            omitted[f"instructions of your own: {name}"] += 1
        return project_row
    content = attachment.get("content")
    file = content.get("file") if isinstance(content, dict) else None
    if names_keys(attachment) or names_keys(file):
        omitted["files whose name says that they hold keys"] += 1
        return None
    return row


def _block(block: object, kinds: frozenset[str], omitted: Counter[str]) -> Row | None:
    """The part of a message's block that may leave the machine; None if there is none. `kinds` are the types that may leave."""
    if not isinstance(block, dict):
        return None
    kind = block.get("type")
    if kind in ("image", "document"):
        omitted["images and documents"] += 1
        return dict(_IMAGE_OMITTED)
    if kind not in kinds:
        omitted[f"parts of the kind {kind}"] += 1
        return None
    reduced = {name: value for name, value in block.items() if name != "cache_control"}
    if kind == "tool_result" and isinstance(block.get("content"), list):
        parts = (_block(part, frozenset(["text"]), omitted) for part in block["content"])
        reduced["content"] = [part for part in parts if part is not None]
    return reduced


def _linked(row: Row, shared: Mapping[str, Row], parents: Mapping[str, str | None]) -> Row:
    """The row with links to its closest ancestors that are shared: Claude Code drops rows whose parent is missing."""
    result = dict(row)
    for name in LINKS:
        ancestor = row.get(name)
        visited: set[str] = set()
        while isinstance(ancestor, str) and ancestor not in shared and ancestor not in visited:
            visited.add(ancestor)
            ancestor = parents.get(ancestor)
        if name in row:
            result[name] = ancestor if ancestor in shared else None
    for name in ("sourceToolAssistantUUID", "logicalParentUuid"):
        if result.get(name) is None:
            result.pop(name, None)
    return result


def _has_result(row: Mapping[str, Any]) -> bool:
    message = row.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    blocks = content if isinstance(content, list) else []
    return row.get("type") == "user" and any(
        isinstance(block, dict) and block.get("type") == "tool_result" for block in blocks
    )


def _is_prompt(row: Mapping[str, Any]) -> bool:
    return not _has_result(row) and not row.get("isMeta") and not row.get("isCompactSummary")
