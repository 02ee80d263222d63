"""Masks what sharing never shares: keys wherever they stand, and whatever a tool saw of a file whose name says that it holds keys."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from forksight.core.teams.baseline.rows import only
from forksight.core.teams.baseline.strings import each_text
from forksight.core.teams.secrets import MASK, keyless_name, masked

LOOKS_LIKE_A_KEY = "something in it looks like a key"
HOLDS_KEYS = "its name says that it holds keys"

_SAID = frozenset(["message", "toolUseResult", "content", "attachment", "rendered", "compactMetadata"])  # of a row
_PATHS = ("file_path", "notebook_path", "path", "filePath", "filename")
_WORDS = re.compile(r"[^\s'\"=;|&<>()`,]+")
# `NAME=VALUE` as files of keys have it, perhaps behind the number of its line.
_VALUES = re.compile(r"^\s*(?:\d+[\t→])?\s*(?:export\s+)?[\w.-]+\s*[=:]\s*[\"']?([^\s\"']{8,})", re.MULTILINE)
# A line of a search's result, behind the name of its file.
_LISTED = re.compile(r"^([^\s:]{1,300}):(.+)$", re.MULTILINE)
_SIGNS = (".env", ".pem", ".key", ".npmrc", ".netrc", ".tf", "secret", "credential")
_WRITTEN = frozenset(["content", "old_string", "new_string", "new_source"])
_LIKE_A_VALUE = re.compile(r"(?=.*[A-Za-z])(?=.*\d)")


class Masking:
    """What is masked in one transcript, given all of its rows. It counts what it masks, by row (counted from 1) and reason."""

    def __init__(self, rows: Mapping[int, Mapping[str, Any]]) -> None:
        self.counts: Counter[tuple[int, str]] = Counter()
        self._calls: dict[str, str] = {}  # the file that holds keys, by the id of the tool call that names it
        secret: list[str] = []
        for row in rows.values():
            for block in _blocks(row):
                file = _file_of_keys(block.get("input"))
                if block.get("type") == "tool_use" and file is not None:
                    self._calls[str(block.get("id"))] = file
                    secret += _texts(block.get("input"))
        for row in rows.values():
            if self._result(row) is not None:
                secret += _texts(only(row, _SAID))
        values = {match[1] for text in secret for match in _VALUES.finditer(text) if _LIKE_A_VALUE.match(match[1])}
        ordered = sorted(values, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __call__(self, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row with all that is masked in it; `number` is its own."""
        row = dict(row)
        file = self._result(row)
        if file is not None:
            row.pop("toolUseResult", None)
            row["message"] = {**row["message"], "content": [self._without(block) for block in _blocks(row)]}
            self.counts[number, f"{file}: {HOLDS_KEYS}"] += 1

        if any(str(block.get("id")) in self._calls for block in _blocks(row)):
            row["message"] = {**row["message"], "content": [self._unwritten(block) for block in _blocks(row)]}

        def mask(text: str) -> str:
            hidden, count = masked(text)
            if any(sign in hidden for sign in _SIGNS):
                before, hidden = hidden, _LISTED.sub(_masked_line, hidden)
                count += hidden != before
            if self._values is not None:
                hidden, more = self._values.subn(MASK, hidden)
                count += more
            if count:
                self.counts[number, LOOKS_LIKE_A_KEY] += count
            return hidden

        return {name: each_text(value, mask) if name in _SAID else value for name, value in row.items()}

    def _result(self, row: Mapping[str, Any]) -> str | None:
        """The file of keys that a row has a tool's answer about."""
        calls = (str(block.get("tool_use_id")) for block in _blocks(row) if block.get("type") == "tool_result")
        return next((self._calls[call] for call in calls if call in self._calls), None)

    def _without(self, block: dict[str, Any]) -> dict[str, Any]:
        return {**block, "content": MASK} if str(block.get("tool_use_id")) in self._calls else block

    def _unwritten(self, block: dict[str, Any]) -> dict[str, Any]:
        """A call without what it writes to a file of keys."""
        given = block.get("input")
        if str(block.get("id")) not in self._calls or not isinstance(given, dict):
            return block
        return {**block, "input": {name: MASK if name in _WRITTEN else value for name, value in given.items()}}


def names_keys(value: object) -> bool:
    """Whether a file that an attachment holds is one of keys by its name."""
    return _file_of_keys(value) is not None


def _file_of_keys(value: object) -> str | None:
    """The file of keys that arguments name, by its last part."""
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
