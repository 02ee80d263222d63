"""The rows of a transcript as typed structs, which only have the members that Forksight uses.

A wrong value (of another type, not UTF-8, out of range) is treated as absent, and its row is counted; the rest of the row is
used.
"""

from contextlib import suppress
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec
import orjson
from msgspec import Meta, Raw, Struct

from forksight.core.sessions.transcripts.json_text import parse

S = TypeVar("S", bound=Struct)

# More than any request has; so few that sums over a repository's sessions stay within SQLite's and JSON's 64 bits.
Count = Annotated[int, Meta(ge=0, le=10**12)]

_NO_CONTENT = Raw(b"null")


class Iteration(Struct, gc=False):
    """One API request of an answer (`usage.iterations`). The usage's own sums contain all of them but the advisors'."""

    type: str | None = None
    model: str | None = None
    input_tokens: Count | None = 0
    output_tokens: Count | None = 0
    cache_read_input_tokens: Count | None = 0
    cache_creation_input_tokens: Count | None = 0


class CacheCreation(Struct, gc=False):
    """`usage.cache_creation`: the tokens cached for an hour; all others are cached for five minutes."""

    ephemeral_1h_input_tokens: Count | None = 0


class RowUsage(Iteration, gc=False):
    """`message.usage`."""

    cache_creation: CacheCreation | None = None
    iterations: list[Iteration] | None = None


class RowMessage(Struct, gc=False):
    """`message`. Its content stays undecoded JSON."""

    id: str | None = None
    model: str | None = None
    content: Raw = _NO_CONTENT
    usage: RowUsage | None = None


class Pointer(Struct, gc=False):
    """`forkedFrom`."""

    sessionId: str | None = None  # noqa: N815 (Claude Code's names)


class FileSnapshot(Struct, gc=False):
    """`snapshot`."""

    timestamp: str | None = None


class Row(Struct, gc=False):
    """One row, with Claude Code's own names. Only rows of the conversation have a uuid."""

    parentUuid: str | None = None  # noqa: N815
    isSidechain: bool | None = None  # noqa: N815
    type: str | None = None
    message: RowMessage | None = None
    uuid: str | None = None
    timestamp: str | None = None
    entrypoint: str | None = None
    cwd: str | None = None
    sessionId: str | None = None  # noqa: N815
    gitBranch: str | None = None  # noqa: N815
    requestSessionId: str | None = None  # noqa: N815
    toolDenialKind: str | None = None  # noqa: N815
    isMeta: bool | None = None  # noqa: N815
    isCompactSummary: bool | None = None  # noqa: N815
    logicalParentUuid: str | None = None  # noqa: N815
    forkedFrom: Pointer | None = None  # noqa: N815
    customTitle: str | None = None  # noqa: N815
    agentName: str | None = None  # noqa: N815
    aiTitle: str | None = None  # noqa: N815
    snapshot: FileSnapshot | None = None
    messageId: str | None = None  # noqa: N815


class ToolInput(Struct, gc=False):
    """The arguments of a tool call that name what it changes."""

    file_path: str | None = None
    notebook_path: str | None = None
    command: str | None = None


class Block(Struct, gc=False):
    """One block of a message's content."""

    type: str | None = None
    id: str | None = None
    name: str | None = None
    input: ToolInput | None = None
    tool_use_id: str | None = None
    is_error: bool | None = None


_rows = msgspec.json.Decoder(Row)
_blocks = msgspec.json.Decoder(list[Block])
_BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode(data: bytes) -> tuple[list[Row], int]:
    """The rows in complete lines, and how many lines are no JSON objects or have a wrong value."""
    try:
        return _rows.decode_lines(data), 0
    except _BROKEN:
        pass
    rows, broken = [], 0
    for line in data.split(b"\n"):
        if not line or line.isspace():
            continue
        try:
            rows.append(_rows.decode(line))
        except _BROKEN:
            broken += 1
            values = parse(line)
            if values is not None:
                rows.append(salvage(Row, values))
    return rows, broken


def blocks(content: bytes) -> list[Block]:
    """The blocks of a message's content; [] if it is a text."""
    try:
        return _blocks.decode(content)
    except _BROKEN:
        values = parse(content, list)
        return [salvage(Block, value) for value in values or () if isinstance(value, dict)]


def salvage(kind: type[S], values: dict[str, Any]) -> S:
    """A struct made of the valid values of a JSON object; wrong values count as absent."""
    used: dict[str, Any] = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if name not in values:
            continue
        value = values[name]
        inner = next((part for part in getattr(hint, "__args__", ()) if _is_struct(part)), None)
        if inner is not None and isinstance(value, dict):
            used[name] = salvage(inner, value)
        elif hint is Raw:
            with suppress(orjson.JSONEncodeError):  # it writes less deep nesting than it reads
                used[name] = Raw(orjson.dumps(value))
        elif name == "iterations" and isinstance(value, list):
            used[name] = [salvage(Iteration, item) for item in value if isinstance(item, dict)]
        else:
            try:
                used[name] = msgspec.convert(value, hint)
            except msgspec.ValidationError:
                continue
    return kind(**used)


def _is_struct(part: object) -> bool:
    return isinstance(part, type) and issubclass(part, Struct)
