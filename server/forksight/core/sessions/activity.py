"""What a session did, read from all of its rows: for one session at a time, where the fork tree needs less of all of them."""

import posixpath
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from forksight.core.sessions.session import Activity, Command, Edit, FailedTool, seconds
from forksight.core.sessions.transcript import parse, prompts, words

EDITS = {"Edit": "file_path", "MultiEdit": "file_path", "Write": "file_path", "NotebookEdit": "notebook_path"}


def activity(lines: Iterable[bytes]) -> tuple[Activity, int]:
    """What the rows of a transcript tell, and how many of them could not be read. Subagents' rows are theirs, not told here."""
    log = _Log()
    unreadable = 0
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        row = parse(line)
        if row is None:
            unreadable += 1
        elif not row.get("isSidechain"):
            log.take(number, row)
    return log.finish(), unreadable


class _Log:
    """Collects an `Activity` row by row."""

    def __init__(self) -> None:
        self.reads: dict[str, float] = {}
        self.calls: dict[str, str] = {}
        self.edits: dict[str, Edit] = {}  # by call: one that fails was none
        self.commands: dict[str, Command] = {}  # by call
        self.ended: list[Command] = []
        self.failed: list[FailedTool] = []
        self.compactions: list[int] = []
        self.prompts = self.text = self.error_text = 0
        self.first_prompt: str | None = None

    def take(self, number: int, row: dict[str, Any]) -> None:
        message = row.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
        if row.get("subtype") == "compact_boundary":
            self.compactions.append(number)
        elif row.get("type") == "assistant":
            for block in blocks:
                if block.get("type") == "tool_use":
                    self._call(number, row, block)
        elif row.get("type") == "user" and isinstance(row.get("uuid"), str):
            text = words(content)
            if text is not None and prompts(row, text):
                self.prompts += 1
                self.first_prompt = self.first_prompt or text
            for block in blocks:
                if block.get("type") == "tool_result":
                    self._result(number, block)
            self._read(row)

    def _call(self, number: int, row: dict[str, Any], block: dict[str, Any]) -> None:
        tool, arguments = str(block.get("name", "")), block.get("input")
        path = arguments.get(EDITS[tool]) if tool in EDITS and isinstance(arguments, dict) else None
        call = str(block.get("id"))
        self.calls[call] = tool
        command = arguments.get("command") if tool == "Bash" and isinstance(arguments, dict) else None
        if isinstance(command, str):
            self.commands[call] = Command(number, command, seconds(str(row.get("timestamp"))) or 0.0)
        if tool in EDITS:
            self.edits[call] = Edit(number, tool, _absolute(row, path) if isinstance(path, str) else "")

    def _result(self, number: int, block: dict[str, Any]) -> None:
        size = len(text) if isinstance(text := block.get("content"), str) else len(words(text) or "")
        self.text += size
        call, failed = str(block.get("tool_use_id")), block.get("is_error") is True
        if call in self.commands:
            self.ended.append(replace(self.commands.pop(call), failed=failed))
        if failed:
            self.error_text += size
            self.failed.append(FailedTool(number, self.calls.get(call, ""), size))
            self.edits.pop(call, None)

    def _read(self, row: dict[str, Any]) -> None:
        result = row.get("toolUseResult")
        file = result.get("file") if isinstance(result, dict) else None
        if isinstance(file, dict) and isinstance(path := file.get("filePath"), str):
            moment = seconds(str(row.get("timestamp")))
            self.reads[_absolute(row, path)] = moment if moment is not None else 0.0

    def finish(self) -> Activity:
        return Activity(
            self.reads,
            self.prompts,
            len(self.calls),
            tuple(self.failed),
            tuple(self.edits.values()),
            tuple(self.compactions),
            self.text,
            self.error_text,
            tuple(self.ended),
            self.first_prompt,
        )


def _absolute(row: dict[str, Any], path: str) -> str:
    """A path as the model wrote it, made absolute by where the session was."""
    cwd = row.get("cwd")
    return posixpath.normpath(posixpath.join(cwd if isinstance(cwd, str) else "/", path))
