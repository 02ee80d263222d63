"""Masks what is never shared: keys, and what tools read from or wrote to files whose names say that they hold keys."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from forksight.core.teams.baseline.rows import only
from forksight.core.teams.baseline.strings import each_text
from forksight.core.teams.secrets import MASK, keyless_name, masked

LOOKS_LIKE_A_KEY = "something in it looks like a key"
HOLDS_KEYS = "its name says that it holds keys"

# The fields of a row that hold text of the conversation.
_TEXT_FIELDS = frozenset(["message", "toolUseResult", "content", "attachment", "rendered", "compactMetadata"])
_PATHS = ("file_path", "notebook_path", "path", "filePath", "filename")
_WORDS = re.compile(r"[^\s'\"=;|&<>()`,]+")
# `NAME=VALUE` or `NAME: VALUE` in a file, with or without a line number before it.
_VALUES = re.compile(r"^\s*(?:\d+[\t→])?\s*(?:export\s+)?[\w.-]+\s*[=:]\s*[\"']?([^\s\"']{8,})", re.MULTILINE)
# A line of a search result: the name of a file, and a line of that file.
_SEARCH_LINE = re.compile(r"^([^\s:]{1,300}):(.+)$", re.MULTILINE)
_SIGNS = (".env", ".pem", ".key", ".npmrc", ".netrc", ".tf", "secret", "credential")
_WRITTEN_FIELDS = frozenset(["content", "old_string", "new_string", "new_source"])
_LIKE_A_VALUE = re.compile(r"(?=.*[A-Za-z])(?=.*\d)")


class Masking:
    """Masks the rows of one transcript. `counts` has how often something was masked, by row number (1-based) and reason."""

    def __init__(self, rows: Mapping[int, Mapping[str, Any]]) -> None:
        """`rows` are all rows of the transcript by their numbers, because a key in one row is masked in all of them."""
        self.counts: Counter[tuple[int, str]] = Counter()
        self._calls: dict[str, str] = {}  # id of a tool call -> name of the file of keys that it is about
        secret_texts: list[str] = []
        for row in rows.values():
            for block in _blocks(row):
                file = _file_of_keys(block.get("input"))
                if block.get("type") == "tool_use" and file is not None:
                    self._calls[str(block.get("id"))] = file
                    secret_texts += _texts(block.get("input"))
        for row in rows.values():
            if self._file_of_result(row) is not None:
                secret_texts += _texts(only(row, _TEXT_FIELDS))
        values = {
            match[1] for text in secret_texts for match in _VALUES.finditer(text) if _LIKE_A_VALUE.match(match[1])
        }
        ordered = sorted(values, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row with number `number`, with everything masked that must not leave."""
        row = dict(row)
        file = self._file_of_result(row)
        if file is not None:
            row.pop("toolUseResult", None)
            row["message"] = {**row["message"], "content": [self._without_result(block) for block in _blocks(row)]}
            self.counts[number, f"{file}: {HOLDS_KEYS}"] += 1

        if any(str(block.get("id")) in self._calls for block in _blocks(row)):
            row["message"] = {
                **row["message"],
                "content": [self._without_written_text(block) for block in _blocks(row)],
            }

        def mask(text: str) -> str:
            result, count = masked(text)
            if any(sign in result for sign in _SIGNS):
                before, result = result, _SEARCH_LINE.sub(_masked_line, result)
                count += result != before
            if self._values is not None:
                result, replacements = self._values.subn(MASK, result)
                count += replacements
            if count:
                self.counts[number, LOOKS_LIKE_A_KEY] += count
            return result

        return {name: each_text(value, mask) if name in _TEXT_FIELDS else value for name, value in row.items()}

    def _file_of_result(self, row: Mapping[str, Any]) -> str | None:
        """The name of the file of keys that a row has a tool's result about; None if there is none."""
        calls = (str(block.get("tool_use_id")) for block in _blocks(row) if block.get("type") == "tool_result")
        return next((self._calls[call] for call in calls if call in self._calls), None)

    def _without_result(self, block: dict[str, Any]) -> dict[str, Any]:
        return {**block, "content": MASK} if str(block.get("tool_use_id")) in self._calls else block

    def _without_written_text(self, block: dict[str, Any]) -> dict[str, Any]:
        """A tool call without the text that it writes to a file of keys."""
        arguments = block.get("input")
        if str(block.get("id")) not in self._calls or not isinstance(arguments, dict):
            return block
        return {
            **block,
            "input": {name: MASK if name in _WRITTEN_FIELDS else value for name, value in arguments.items()},
        }


def names_keys(value: object) -> bool:
    """Whether an attachment, or the arguments of a tool call, name a file of keys."""
    return _file_of_keys(value) is not None


def _file_of_keys(value: object) -> str | None:
    """The name (without folders) of the first file of keys that a tool call's arguments or an attachment name; None without one."""
    if not isinstance(value, dict):
        return None
    paths = [str(value[name]) for name in _PATHS if isinstance(value.get(name), str)]
    if isinstance(command := value.get("command"), str):
        paths += _WORDS.findall(command)
    for path in paths:
        name = path.strip("/").removeprefix("./").removeprefix("~/")
        if name and not keyless_name(name):
            return name.rpartition("/")[2]
    return None


def _masked_line(match: re.Match[str]) -> str:
    path = match[1].removeprefix("./").strip("/")
    return match[0] if not path or keyless_name(path) else f"{match[1]}:{MASK}"


def _blocks(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    message = row.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _texts(value: object) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Iterable):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
