"""Edits one member of a JSON object's text and leaves all other bytes unchanged. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SPACE = " \t\n\r"


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of the outermost object, with half-open offsets into the text."""

    key: str
    start: int  # of the key
    value: int  # of the value
    end: int  # of the value


def read_object(text: str) -> dict[str, Any]:
    """The object in a text, as JavaScript's `JSON.parse` reads it. Raises `ValueError`."""
    value = _DECODER.decode(text)
    if not isinstance(value, dict):
        raise ValueError("it is no JSON object")
    return value


def with_member(text: str, key: str, value: object) -> str:
    """The text with a member set; a new member is added at the end. Raises `ValueError` if the text is no JSON object."""
    members = list(_members(text))
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = _indent(text, members)
    written = json.dumps(value, indent=indent or 2, ensure_ascii=False).replace("\n", f"{newline}{indent}")
    same_key = [member for member in members if member.key == key]
    if same_key:  # of several of one name the last one counts
        return f"{text[: same_key[-1].value]}{written}{text[same_key[-1].end :]}"
    member = f"{json.dumps(key, ensure_ascii=False)}: {written}"
    if members:
        end = members[-1].end
        between = f"{newline}{indent}" if "\n" in text[: members[0].start] else " "
        return f"{text[:end]},{between}{member}{text[end:]}"
    start, end = text.index("{"), text.rindex("}")
    return f"{text[: start + 1]}{newline}{indent}{member}{newline}{text[end:]}"


def without_member(text: str, key: str) -> str:
    """The text without a member. Raises `ValueError` if the text is no JSON object."""
    members = list(_members(text))
    for number in reversed(range(len(members))):
        if members[number].key != key:
            continue
        if number + 1 < len(members):
            text = text[: members[number].start] + text[members[number + 1].start :]
        elif number:
            text = text[: members[number - 1].end] + text[members[number].end :]
        else:
            text = text[: text.index("{") + 1] + text[text.rindex("}") :]
        members = list(_members(text))
    return text


def _members(text: str) -> Iterator[_Member]:
    read_object(text)  # so what follows is well formed
    position = _past_space(text, text.index("{") + 1)
    while text[position] != "}":
        start = position
        key, position = _DECODER.raw_decode(text, start)
        value = _past_space(text, _past_space(text, position) + 1)  # past the colon
        _, end = _DECODER.raw_decode(text, value)
        yield _Member(key, start, value, end)
        position = _past_space(text, end)
        if text[position] == ",":
            position = _past_space(text, position + 1)


def _indent(text: str, members: list[_Member]) -> str:
    """The indentation of the members."""
    before = text[: members[0].start].rpartition("\n") if members else ("", "", "")
    return before[2] if before[1] and not before[2].strip() else "  "


def _past_space(text: str, position: int) -> int:
    while text[position] in _SPACE:
        position += 1
    return position


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
