"""The progress of a headless run of Claude Code, from the events that it prints (`--output-format stream-json`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forksight.core.sessions.session import Tokens
from forksight.core.words.quantities import many


@dataclass(frozen=True, slots=True)
class Tally:
    """The progress of a run."""

    # The absolute paths of the files that must be read again, and those of them that were.
    to_read: frozenset[str]
    read: frozenset[str] = frozenset()
    turns: int = 0
    # What each message was billed, by its id.
    usages: Mapping[str, Tokens] = field(default_factory=dict)
    # It came to its end without an error; else `complaint` has the first line of what Claude Code said.
    ended: bool = False
    complaint: str | None = None

    @property
    def tokens(self) -> Tokens:
        """The tokens billed so far, according to the events."""
        return sum(self.usages.values(), Tokens())

    @property
    def sentence(self) -> str:
        """The progress as a sentence."""
        files = [f"{len(self.read)} of {len(self.to_read)} files read"] if self.to_read else []
        turns = many(self.turns, "turn")
        return " · ".join([*files, turns, f"{self.tokens.total:,} tokens"])


def take(tally: Tally, event: Mapping[str, Any]) -> Tally:
    """The tally after one more event. Unknown events change nothing."""
    kind, message = event.get("type"), event.get("message")
    read, turns, usages = tally.read, tally.turns, tally.usages
    if kind == "assistant" and isinstance(message, Mapping) and isinstance(message.get("usage"), Mapping):
        identity = str(message.get("id"))
        turns += identity not in usages
        usages = {**usages, identity: _tokens(message["usage"])}
    result = event.get("tool_use_result")
    file = result.get("file") if isinstance(result, Mapping) else None
    if isinstance(file, Mapping) and file.get("filePath") in tally.to_read:
        read |= {str(file["filePath"])}
    if kind != "result":
        return Tally(tally.to_read, read, turns, usages, tally.ended, tally.complaint)
    failed = event.get("is_error") is True or event.get("subtype") != "success"
    reason = str(event.get("result") or event.get("subtype") or "no reason given").strip().splitlines()
    if isinstance(event.get("usage"), Mapping):
        usages = {"result": _tokens(event["usage"])}
    return Tally(tally.to_read, read, turns, usages, not failed, reason[0] if failed and reason else None)


def _tokens(usage: Mapping[str, Any]) -> Tokens:
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return Tokens(*(value if isinstance(value := usage.get(name), int) else 0 for name in names))
