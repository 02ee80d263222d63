"""Finds the rows of a transcript that are still part of the conversation: the file is a log, and keeps rewound rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Link:
    """How one row of the conversation is linked to others. Rows are given by uuid."""

    uuid: str
    # The preceding row; for a compaction's first row, the last row that it summarises. None for a root.
    parent: str | None
    # The id of the API message of which an assistant's row is a part.
    message: str | None = None
    # Whether it is a tool's result, whose parent is the call and not the preceding row.
    result: bool = False
    # Whether the conversation can end with it: a prompt or an answer, but not a subagent's.
    leaf: bool = True


def link_of(row: Mapping[str, Any], *, result: bool) -> Link | None:
    """The link of a row; None for a row that is not part of the conversation. `result`: the row has a tool's result."""
    uuid, message = row.get("uuid"), row.get("message")
    if not isinstance(uuid, str):
        return None
    parent = row.get("parentUuid") or row.get("logicalParentUuid")
    identity = message.get("id") if isinstance(message, dict) else None
    return Link(
        uuid,
        parent if isinstance(parent, str) else None,
        identity if isinstance(identity, str) else None,
        result,
        row.get("type") in ("user", "assistant"),
    )


def kept_rows(links: Iterable[Link]) -> frozenset[str]:
    """The uuids on the path from the newest leaf to the root, with the parallel tool calls and results beside it.

    These are the rows that a fork or a resumed session gets (observed with 2.1.332 and 2.1.197). Where a parent can't be read,
    the path continues with the leaf before the row in the file.
    """
    rows: dict[str, Link] = {}
    before: dict[str, str | None] = {}
    newest: str | None = None
    last: str | None = None
    for link in links:
        before.setdefault(link.uuid, last)
        rows[link.uuid] = link
        if link.leaf:
            last = link.uuid
            newest = link.uuid
    if newest is None:
        return frozenset(rows)
    kept: set[str] = set()
    uuid: str | None = newest
    while uuid is not None and uuid not in kept:
        kept.add(uuid)
        uuid = _above(rows[uuid], rows, before)
    messages = {rows[uuid].message for uuid in kept} - {None}
    kept.update(link.uuid for link in rows.values() if link.message in messages)
    kept.update(link.uuid for link in rows.values() if link.result and _above(link, rows, before) in kept)
    return frozenset(kept)


def _above(link: Link, rows: Mapping[str, Link], before: Mapping[str, str | None]) -> str | None:
    return link.parent if link.parent is None or link.parent in rows else before[link.uuid]
