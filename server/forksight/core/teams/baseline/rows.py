"""Which rows of a transcript travel between machines, and what of each: what the model was told and said, and nothing else.

It is a list of what is taken, for new kinds of rows and fields come with every release of Claude Code. Whoever publishes leaves
the rest out; whoever fetches refuses it.
"""

from collections.abc import Collection, Mapping
from typing import Any

KINDS = frozenset(["user", "assistant", "attachment", "system"])
# What Claude Code says of the machine that it runs on (environment, tools, agents, skills, the system prompt) it says anew on the next.
ATTACHMENTS = frozenset(["instructions", "file", "directory"])
SYSTEM = frozenset(["compact_boundary"])
SHARED_INSTRUCTIONS = frozenset(["Project"])  # a `User`, `Local` or memory file is the person's own
BLOCKS = {
    "user": frozenset(["text", "tool_result"]),
    "assistant": frozenset(["text", "tool_use"]),  # thinking is signed and sealed: nobody can look for keys in it
}
LINKS = ("parentUuid", "logicalParentUuid", "sourceToolAssistantUUID")
FIELDS = frozenset(
    [
        *LINKS,
        "uuid",
        "type",
        "subtype",
        "message",
        "content",
        "level",
        "compactMetadata",
        "isSidechain",
        "isMeta",
        "isCompactSummary",
        "isVisibleInTranscriptOnly",
        "toolUseResult",
        "attachment",
        "rendered",
        "renderedRole",
        "renderedBesideToolResult",
        "timestamp",
        "userType",
        "entrypoint",
        "cwd",
        "version",
        "gitBranch",
    ]
)
MESSAGE_FIELDS = frozenset(["id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"])
# The author paid for it: whoever forks it is not to be told that they did.
NOTHING_BILLED = {
    "input_tokens": 0,
    "output_tokens": 0,
    "cache_read_input_tokens": 0,
    "cache_creation_input_tokens": 0,
}


def kind_of(row: Mapping[str, Any]) -> str:
    """What a row is, in a word or two."""
    kind = str(row.get("type"))
    if kind == "attachment":
        attachment = row.get("attachment")
        return f"attachment {attachment.get('type') if isinstance(attachment, dict) else None}"
    return f"system {row.get('subtype')}" if kind == "system" else kind


def travels(row: Mapping[str, Any]) -> bool:
    """Whether a row of the conversation is of a kind that travels."""
    kind, attachment = row.get("type"), row.get("attachment")
    if kind == "attachment":
        return isinstance(attachment, dict) and attachment.get("type") in ATTACHMENTS
    if kind == "system":
        return row.get("subtype") in SYSTEM
    return kind in KINDS and isinstance(row.get("message"), dict)


def only(values: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """These members of a JSON object, in its order."""
    return {name: value for name, value in values.items() if name in names}
