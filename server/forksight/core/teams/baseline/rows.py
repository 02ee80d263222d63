"""Lists the kinds of rows of a transcript, and their fields, that are published: what the model was told and what it answered.

Everything that is not listed is left out when a baseline is published, and refused when it is fetched, because every release of
Claude Code adds kinds of rows and fields.
"""

from collections.abc import Collection, Mapping
from typing import Any

KINDS = frozenset(["user", "assistant", "attachment", "system"])
# Other attachments describe the machine (environment, tools, agents, skills, the system prompt): Claude Code writes them again there.
ATTACHMENTS = frozenset(["instructions", "file", "directory"])
SYSTEM = frozenset(["compact_boundary"])
SHARED_INSTRUCTIONS = frozenset(["Project"])  # a `User`, `Local` or memory file is the person's own
BLOCKS = {
    "user": frozenset(["text", "tool_result"]),
    "assistant": frozenset(["text", "tool_use"]),  # thinking is encrypted, so nobody can look for keys in it
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
# The publisher paid for these answers, so they must not count as tokens of those who fetch them.
NOTHING_BILLED = {
    "input_tokens": 0,
    "output_tokens": 0,
    "cache_read_input_tokens": 0,
    "cache_creation_input_tokens": 0,
}


def kind_of(row: Mapping[str, Any]) -> str:
    """A row's type, with that of an attachment or the subtype of a system row (`attachment file`)."""
    kind = str(row.get("type"))
    if kind == "attachment":
        attachment = row.get("attachment")
        return f"attachment {attachment.get('type') if isinstance(attachment, dict) else None}"
    return f"system {row.get('subtype')}" if kind == "system" else kind


def travels(row: Mapping[str, Any]) -> bool:
    """Whether a row of the conversation is of a kind that is published."""
    kind, attachment = row.get("type"), row.get("attachment")
    if kind == "attachment":
        return isinstance(attachment, dict) and attachment.get("type") in ATTACHMENTS
    if kind == "system":
        return row.get("subtype") in SYSTEM
    return kind in KINDS and isinstance(row.get("message"), dict)


def only(values: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The members of a JSON object with these names, in the object's order."""
    return {name: value for name, value in values.items() if name in names}
