"""A session's transcript as it may travel to another machine: what the model was told and said, without what is the person's own.

Paths become placeholders (`places`), keys are masked (`masking`), bookkeeping, thinking, subagents, what was rewound and personal
instructions stay (`rows`). Everything that was left out or masked is counted, to be shown before anything leaves.
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
from forksight.core.teams.baseline.places import Places, Portable, free_tag
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

_LEFT_IMAGE = {"type": "text", "text": "(an image, which was left out)"}


@dataclass(frozen=True, slots=True)
class Masked:
    """Something that was masked in one row."""

    row: int  # line of the session's transcript, counted from 1
    why: str
    times: int


@dataclass(frozen=True, slots=True)
class PortableTranscript:
    """A transcript that may travel."""

    data: bytes  # JSON rows, a line each
    rows: int
    tag: int  # which placeholders it has: `core.teams.baseline.places`
    prompts: int  # what a person said to the model, which travels as it is
    cli: str  # the version of Claude Code that wrote its last row
    left_out: Mapping[str, int] = field(default_factory=dict)  # how many of what, most first
    masked: tuple[Masked, ...] = ()


def portable(data: bytes, places: Places) -> PortableTranscript:
    """A transcript's rows as they may travel. Raises `ValueError` if nothing is left, or it can't be said without a key."""
    left: Counter[str] = Counter()
    rows = _conversation(data, left)
    masking = Masking(rows)
    shared: dict[str, Row] = {}  # by uuid
    links: dict[str, str | None] = {}  # where rows that stay hang
    for number, row in rows.items():
        above = row.get("parentUuid")
        links[row["uuid"]] = above if isinstance(above, str) else None
        taken = _taken(row, left)
        if taken is not None:
            shared[row["uuid"]] = masking(number, taken)
    tag = free_tag(orjson.dumps(row) for row in shared.values())
    to_placeholders = Portable(places, tag)
    said = [orjson.dumps(each_text(_linked(row, shared, links), to_placeholders)) for row in shared.values()]
    if not any(row["type"] == "assistant" for row in shared.values()):
        raise ValueError("there is no answer of the model in it")
    text = b"\n".join([*said, b""])
    if not keyless_content(text):
        raise ValueError("something in it looks like a key, and could not be masked")
    masks = tuple(Masked(row, why, times) for (row, why), times in sorted(masking.counts.items()))
    prompts = sum(row["type"] == "user" and _is_prompt(row) for row in shared.values())
    cli = next((str(row["version"]) for row in reversed(shared.values()) if row.get("version")), "0.0")
    return PortableTranscript(
        text, len(said), tag, prompts, cli, {what: count for what, count in left.most_common() if count}, masks
    )


def _conversation(data: bytes, left: Counter[str]) -> dict[int, Row]:
    """The rows that a fork would get, by their line."""
    rows: dict[int, Row] = {}
    links = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        row = parse(line)
        link = link_of(row, result=_has_result(row)) if row is not None else None
        if row is None:
            left["rows that can't be read"] += 1
        elif link is None:
            left["rows of bookkeeping"] += 1
        elif row.get("isSidechain"):
            left["rows of subagents"] += 1
        else:
            rows[number] = row
            links.append(link)
    kept = kept_rows(links)
    unique: dict[str, int] = {}  # a compaction may copy rows
    for number, row in rows.items():
        unique.setdefault(row["uuid"], number)
    result = {number: rows[number] for uuid, number in unique.items() if uuid in kept}
    left["rows that were rewound or stand twice"] += len(rows) - len(result)
    return result


def _taken(row: Row, left: Counter[str]) -> Row | None:
    """What travels of a row."""
    if not travels(row):
        left[f"rows of the kind {kind_of(row)}"] += 1
        return None
    taken = only(row, FIELDS)
    if row["type"] == "attachment":
        return _attachment(taken, left)
    if row["type"] in BLOCKS:
        message = only(row["message"], MESSAGE_FIELDS)
        content = message.get("content")
        if isinstance(content, list):
            blocks = [block for part in content if (block := _block(part, BLOCKS[row["type"]], left)) is not None]
            if not blocks:
                return None
            message["content"] = blocks
        elif not isinstance(content, str):
            left["rows without a text"] += 1
            return None
        if "usage" in message:
            message["usage"] = NOTHING_BILLED
        taken["message"] = message
    return taken


def _attachment(row: Row, left: Counter[str]) -> Row | None:
    attachment = row["attachment"]
    if attachment["type"] == "instructions":
        kept, names = project_only(row)
        for name in names:
            left[f"instructions of your own: {name}"] += 1
        return kept
    content = attachment.get("content")
    file = content.get("file") if isinstance(content, dict) else None
    if names_keys(attachment) or names_keys(file):
        left["files whose name says that they hold keys"] += 1
        return None
    return row


def _block(block: object, kinds: frozenset[str], left: Counter[str]) -> Row | None:
    """What travels of one part of a message."""
    if not isinstance(block, dict):
        return None
    kind = block.get("type")
    if kind in ("image", "document"):
        left["images and documents"] += 1
        return dict(_LEFT_IMAGE)
    if kind not in kinds:
        left[f"parts of the kind {kind}"] += 1
        return None
    taken = {name: value for name, value in block.items() if name != "cache_control"}
    if kind == "tool_result" and isinstance(block.get("content"), list):
        parts = (_block(part, frozenset(["text"]), left) for part in block["content"])
        taken["content"] = [part for part in parts if part is not None]
    return taken


def _linked(row: Row, shared: Mapping[str, Row], links: Mapping[str, str | None]) -> Row:
    """A row that hangs on the next one above it that travels: Claude Code loses what hangs on none."""
    result = dict(row)
    for name in LINKS:
        above = row.get(name)
        seen: set[str] = set()
        while isinstance(above, str) and above not in shared and above not in seen:
            seen.add(above)
            above = links.get(above)
        if name in row:
            result[name] = above if above in shared else None
    if result.get("sourceToolAssistantUUID") is None:
        result.pop("sourceToolAssistantUUID", None)
    if result.get("logicalParentUuid") is None:
        result.pop("logicalParentUuid", None)
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
