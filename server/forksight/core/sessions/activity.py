"""What happened in one session, read from all rows of its transcript. (The fork tree needs less, of all sessions: `fold`.)"""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from forksight.core.sessions.session import Activity, Command, Edit, FailedTool, Message, seconds
from forksight.core.sessions.transcripts.chain import Link, kept_rows, link_of
from forksight.core.sessions.transcripts.json_text import parse
from forksight.core.sessions.transcripts.prompts import own_words, words
from forksight.core.sessions.transcripts.transcript import EDITS


def activity(lines: Iterable[bytes]) -> tuple[Activity, int]:
    """The activity in a transcript, and how many of its rows could not be read.

    Rewound rows and subagents' rows are left out; a row that a compaction copied counts once.
    """
    steps: dict[str, _Step] = {}
    links = []
    entrypoint = None  # the first one: how the session began, however it went on
    unreadable = 0
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        row = parse(line)
        if row is None:
            unreadable += 1
        elif not row.get("isSidechain"):
            step = _step(number, row)
            unreadable += not step.whole
            if step.link is not None:
                links.append(step.link)
            steps.setdefault(step.link.uuid if step.link else f" {number}", step)
            entrypoint = entrypoint or row.get("entrypoint")
    kept = kept_rows(links)
    log = _Log()
    for step in steps.values():
        if step.link is None or step.link.uuid in kept:
            log.take(step)
    return replace(log.finish(), headless=str(entrypoint).startswith("sdk-")), unreadable


@dataclass(frozen=True, slots=True)
class _Result:
    call: str  # the tool call's id
    size: int  # characters
    failed: bool


@dataclass(slots=True)
class _Step:
    """What one row adds to the activity."""

    number: int
    link: Link | None
    whole: bool = True  # whether all of its values could be used
    compaction: bool = False
    prompt: str = ""
    moment: float = 0.0
    answer: str = ""
    # Each with the id of its tool call first.
    calls: list[tuple[str, str]] = field(default_factory=list)  # the tool's name
    edits: list[tuple[str, Edit]] = field(default_factory=list)
    commands: list[tuple[str, Command]] = field(default_factory=list)
    results: list[_Result] = field(default_factory=list)
    file_read: tuple[str, float] | None = None  # absolute path, time


def _step(number: int, row: dict[str, Any]) -> _Step:
    message = row.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    kind = row.get("type")
    results = [block for block in blocks if block.get("type") == "tool_result"] if kind == "user" else []
    compaction = row.get("subtype") == "compact_boundary"
    step = _Step(number, link_of(row, result=bool(results)), compaction=compaction)
    step.moment = moment = seconds(str(row.get("timestamp"))) or 0.0
    if kind == "assistant":
        step.answer = (words(content) or "").strip()
        for block in blocks:
            if block.get("type") == "tool_use":
                _call(step, row, block, moment)
    elif kind == "user" and step.link is not None:
        hidden = row.get("isMeta") or row.get("isCompactSummary")
        step.prompt = "" if hidden else own_words(words(content) or "")
        for block in results:
            text = block.get("content")
            size = len(text) if isinstance(text, str) else len(words(text) or "")
            step.results.append(_Result(str(block.get("tool_use_id")), size, block.get("is_error") is True))
        _read(step, row, row.get("toolUseResult"), moment)
    elif kind == "attachment":
        attachment = row.get("attachment")  # a file that was mentioned with @, or put back after a compaction
        _read(step, row, attachment.get("content") if isinstance(attachment, dict) else None, moment)
    return step


def _call(step: _Step, row: dict[str, Any], block: dict[str, Any], moment: float) -> None:
    tool, raw_input = str(block.get("name", "")), block.get("input")
    arguments = raw_input if isinstance(raw_input, dict) else {}
    call = str(block.get("id"))
    step.calls.append((call, tool))
    command = arguments.get("command")
    if tool == "Bash" and isinstance(command, str):
        step.commands.append((call, Command(step.number, command, moment)))
    if tool in EDITS:
        path = _absolute(row, arguments.get(EDITS[tool]))
        step.whole = step.whole and path is not None
        step.edits.append((call, Edit(step.number, tool, path or "", moment)))


def _read(step: _Step, row: dict[str, Any], result: object, moment: float) -> None:
    file = result.get("file") if isinstance(result, dict) else None
    if isinstance(file, dict) and "filePath" in file:
        path = _absolute(row, file["filePath"])
        step.whole = step.whole and path is not None
        step.file_read = (path, moment) if path is not None else None


class _Log:
    """Collects an `Activity` step by step."""

    def __init__(self) -> None:
        self.reads: dict[str, float] = {}
        self.calls: dict[str, str] = {}
        self.edits: dict[str, Edit] = {}  # by call; removed if the call fails
        self.commands: dict[str, Command] = {}  # by call; those whose results have not come yet
        self.ended: list[Command] = []
        self.failed: list[FailedTool] = []
        self.compactions: list[int] = []
        self.prompts: list[Message] = []
        self.answer: Message | None = None
        self.text = self.error_text = 0

    def take(self, step: _Step) -> None:
        self.compactions += [step.number] if step.compaction else []
        self.prompts += [Message(step.prompt, step.moment)] if step.prompt else []
        self.answer = Message(step.answer, step.moment) if step.answer else self.answer
        self.calls.update(step.calls)
        self.edits.update(step.edits)
        self.commands.update(step.commands)
        for result in step.results:
            self.text += result.size
            if result.call in self.commands:
                self.ended.append(replace(self.commands.pop(result.call), failed=result.failed))
            if result.failed:
                self.error_text += result.size
                self.failed.append(FailedTool(step.number, self.calls.get(result.call, ""), result.size))
                self.edits.pop(result.call, None)
        if step.file_read is not None:
            path, moment = step.file_read
            self.reads[path] = moment

    def finish(self) -> Activity:
        return Activity(
            self.reads,
            tuple(self.prompts),
            len(self.calls),
            tuple(self.failed),
            tuple(self.edits.values()),
            tuple(self.compactions),
            self.text,
            self.error_text,
            tuple(self.ended),
            self.answer,
        )


def _absolute(row: dict[str, Any], path: object) -> str | None:
    """A path as the model wrote it, resolved against the row's cwd; None if it is no valid path."""
    if not isinstance(path, str) or not path or "\0" in path:
        return None
    cwd = row.get("cwd")
    base = cwd if isinstance(cwd, str) and "\0" not in cwd else "/"
    return posixpath.normpath(posixpath.join("/", base, path))
