"""Which rows of a transcript the conversation still has: the file is a log, and what was rewound stays in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Link:
    """How one row of the conversation hangs together with others; all are uuids, None where a row names none."""

    uuid: str
    # The row before it, or (after a compaction, which begins anew) the one that was summed up last.
    parent: str | None
    # The API's message that an assistant's row is a part of.
    message: str | None = None
    # Whether it is a tool's result, which hangs on its call and not on the row before it.
    result: bool = False
    # Whether it can be the newest row: one that was said or answered, not by a subagent.
    leaf: bool = True


def link_of(row: Mapping[str, Any], *, result: bool) -> Link | None:
    """How a row hangs together with others; None for one that is not of the conversation. `result`: it holds a tool's result."""
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
    """The rows on the way from the newest leaf to the beginning, and the parallel calls and results beside it.

    A fork and a resumed session get these (seen with 2.1.332 and 2.1.197). Where a row on the way can't be read, the way
    goes on with the row that stands before the gap.
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
