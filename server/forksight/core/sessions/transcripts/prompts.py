"""Extracts a person's own words from prompts, without what Claude Code and editors add; and the last sentence of answers."""

import re

_SENTENCE = 200  # characters of a last sentence that are shown
_TITLE = 80  # characters of a first prompt that serve as a title
# Tags that programs write have a dash or an underline in their names; a person who begins with HTML means it.
_TAG = re.compile(r"\s*<([a-z]+[-_][\w-]*)(?:\s[^<>]*)?>(.*?)(?:</\1>|\Z)", re.DOTALL)
_NOT_SAID = re.compile(r"\s*(\[Request interrupted|Caveat:)")
_ARGUMENTS = re.compile(r"<command-args>(.*?)</command-args>", re.DOTALL)
_COMMAND = re.compile(r"<command-name>\s*(.*?)\s*</command-name>", re.DOTALL)


def words(content: object) -> str | None:
    """The text in a row's content; None if the content is a tool's result."""
    if isinstance(content, str):
        return content
    blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    if any(block.get("type") == "tool_result" for block in blocks):
        return None
    texts = (block.get("text") for block in blocks if block.get("type") == "text")
    return "\n".join(text for text in texts if isinstance(text, str))


def own_words(text: str) -> str:
    """A person's own words in the text of a prompt; empty if there are none.

    A slash command that is sent to the model (it begins with `<command-message>`) counts with its arguments; one that Claude
    Code carries out itself (`<command-name>`) does not. A teammate's message counts as it is; editors' notes don't count.
    """
    rest = text
    while match := _TAG.match(rest):
        tag, inner = match[1], match[2]
        if tag == "command-message":
            name, arguments = _COMMAND.search(rest), _ARGUMENTS.search(rest)
            return " ".join(part[1].strip() for part in (name, arguments) if part and part[1].strip())
        if tag == "teammate-message":
            return inner.strip()
        if tag == "command-name" or not (tag.startswith("ide_") or tag == "system-reminder"):
            return ""
        rest = rest[match.end() :]
    return "" if _NOT_SAID.match(rest) else rest.strip()


def shorten(text: str, limit: int = _TITLE) -> str:
    """A text on one line, of at most `limit` characters: cut between words, with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def last_sentence(text: str) -> str:
    """The last sentence of a non-empty answer, on one line of at most 200 characters."""
    line = " ".join(text.strip().splitlines()[-1].split())
    start = max(line.rfind(stop, 0, len(line) - 2) for stop in (". ", "! ", "? "))
    return shorten(line[start + 2 :] if start >= 0 else line, _SENTENCE)
