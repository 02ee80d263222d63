"""What the fork tree needs of a transcript, taken from its rows one after the other; a file that grew is read on from where it ended.

Most of a transcript is tool results, between them stand a few facts. A row in the shape that Claude Code writes is read with
a few searches, any other is parsed as JSON: the order of keys matters for speed only. What makes the searches safe: a quote
inside a JSON string is always escaped, so `"uuid":"` in a row can only be a key.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

Usage = tuple[int, int, int, int]  # input, output, cache read, cache written
Message = tuple[int, Usage, str | None]  # index of its first row, usage, the session that paid if that is told

NO_USAGE: Usage = (0, 0, 0, 0)
_NO_MODEL = "<synthetic>"  # Claude Code's own words; a fork of a session in mid-turn begins with some
_TITLE = 80  # characters of a first prompt that serve as a title

_START = b'{"parentUuid":'
_KIND = b'{"type":"'
_UUID, _STAMP, _PAYER, _POINTER = (
    b'"uuid":"',
    b'","timestamp":"',
    b'"requestSessionId":"',
    b'"forkedFrom":{"sessionId":"',
)
_MESSAGE, _ATTACHMENT, _CLOSED = b',"message":{', b'"attachment":{', 0x7D  # }
_RESULT, _FAILURE = (b'"role":"user","content":[{"tool_use_id"', b'"role":"user","content":[{"type":"tool_result"')
# Claude Code's own word in a tool's place; a fork of a session in mid-turn begins with some.
_DENIED = b'"toolDenialKind":"'
_TAIL = 800  # bytes at a row's end, behind all that a tool said
_ANSWER = re.compile(rb'(?:"(?:model|type|role)":"[^"\\]*",)*"id":"([^"\\]+)"').match
_USAGE = re.compile(
    rb'"usage":\{"input_tokens":(\d{1,18}),"cache_creation_input_tokens":(\d{1,18}),"cache_read_input_tokens":(\d{1,18}),'
    rb'(?:"cache_creation":\{[^{}]*\},)?"output_tokens":(\d{1,18})[,}]'
).match
_CWD = re.compile(rb'"cwd":\s*("(?:[^"\\]|\\.)+")').search
_NOT_SAID = re.compile(r"\s*(<|\[Request interrupted|Caveat:)")  # commands, notifications, interruptions
_TITLES = {b"custom-title": "customTitle", b"agent-name": "agentName", b"ai-title": "aiTitle"}
_BEGINNINGS = (b"queue-operation", b"file-history-snapshot")


@dataclass(slots=True)
class Outline:
    """What is known of one transcript so far; only `fold` changes it.

    Indexes count the rows of the conversation (those that have a uuid) from 0; stamps are ISO 8601, "" where there is none.
    """

    rows: list[bytes] = field(default_factory=list)  # uuids; empty for tools' results, which always follow their calls
    roots: list[int] = field(default_factory=list)  # indexes of the rows without a parent
    turns: list[tuple[int, str]] = field(default_factory=list)  # index and stamp of what was said to the model besides
    messages: dict[str, Message] = field(default_factory=dict)  # answers, by the API's message id
    block: int | None = None  # how many rows stand before the first bookkeeping among them; None while all of them do
    queued: str = ""  # when the first prompt was queued, from the bookkeeping before the first root
    snapshot: tuple[str, str] = ("", "")  # of the newest snapshot of files before the first root: stamp, row
    continues: str = (
        ""  # the row that the compaction goes on from which the transcript begins with; it stands elsewhere
    )
    pointer: tuple[str, int] | None = None  # of the last `forkedFrom`: the session it names, how many rows it covers
    name: str | None = None  # a title that was given
    idea: str | None = None  # a title that Claude Code thought up
    prompt: str | None = None  # the beginning of a person's first prompt
    owner: str | None = None  # the session that the rows name
    origin: str | None = None  # the first directory that a row names
    cwd: str | None = None  # the last one
    branch: str | None = None  # in the row with `cwd`; None when detached or unknown
    first: str = ""  # stamp of the first row
    last: str = ""  # the newest stamp that goes with a directory
    unreadable: int = 0  # rows that are not JSON objects


def fold(outline: Outline, data: bytes, *, more: bool = False) -> int:
    """Add the rows of `data` to the outline; returns how many of its bytes were used. A last row that is not complete is left.

    `more`: the file goes on behind `data`, so that a row without its newline is not complete.
    """
    outline.origin = outline.origin or cwd_of(_CWD(data))
    position, end = 0, data.find(b"\n")
    while end >= 0:
        known = (
            _scan_message(outline, data, position, end)
            if data.startswith(_START, position)
            else _skip_bookkeeping(outline, data, position, end)
        )
        if not known:
            _add_row(outline, data[position:end])
        position = end + 1
        end = data.find(b"\n", position)
    if (
        not more and position < len(data) and parse(data[position:]) is not None
    ):  # complete, only its newline is missing
        _add_row(outline, data[position:])
        position = len(data)
    _locate(outline, data, position)
    return position


def cwd_of(match: "re.Match[bytes] | None") -> str | None:
    """The directory that the first group of a match spells as JSON."""
    try:
        return str(orjson.loads(match[1])) if match else None
    except orjson.JSONDecodeError:
        return None


def parse(line: bytes) -> dict[str, Any] | None:
    """A row as a dict; None if it is not a JSON object. Bytes that are not UTF-8 are replaced."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            row = orjson.loads(line.decode(errors="replace"))
        except orjson.JSONDecodeError:
            return None
    return row if isinstance(row, dict) else None


def _scan_message(outline: Outline, data: bytes, start: int, end: int) -> bool:
    """Add a row of the conversation without parsing it as JSON; False if it has none of the known shapes."""
    # Behind the comma that follows the parent: null, or a uuid.
    head = start + (19 if data.startswith(b"null", start + 14) else 53)
    body = data.find(_MESSAGE, head - 1, head + 700) + 12
    failed = body > 11 and data.startswith(_FAILURE, body)
    if failed and data.find(_DENIED, max(body, end - _TAIL), end) >= 0:
        return False
    if (failed or (body > 11 and data.startswith(_RESULT, body))) and data[end - 1] == _CLOSED:
        outline.rows.append(b"")
    else:
        answer = _ANSWER(data, body, end) if body > 11 else None
        if answer is None and not data.startswith(_ATTACHMENT, data.find(b",", head, head + 40) + 1):
            return False
        at = data.rfind(_UUID, head, end)
        if at < 0 or not data.startswith(_STAMP, at + 44) or data[end - 1] != _CLOSED:
            return False
        if answer is not None and not _scan_answer(outline, data, answer, at, end):
            return False
        outline.rows.append(data[at + 8 : at + 44])
        if not outline.first:
            outline.first = data[at + 59 : data.find(b'"', at + 59, end)].decode()
    if head - start == 19:
        outline.roots.append(len(outline.rows) - 1)
    if data[end - 2] == _CLOSED and (named := data.find(_POINTER, end - 200, end)) >= 0:
        named += len(_POINTER)
        outline.pointer = data[named : data.find(b'"', named, end)].decode(), len(outline.rows)
    return True


def _scan_answer(outline: Outline, data: bytes, answer: "re.Match[bytes]", at: int, end: int) -> bool:
    """Add an answer's usage without parsing the row; False unless it stands where it is looked for, and a model was paid."""
    if not data.startswith(b'"type":"assistant",', at - 19):
        return False
    usage = _USAGE(data, data.rfind(b'"usage":{', answer.end(), at), at)
    if usage is None or not any(map(int, usage.groups())):
        return False
    payer = data.find(_PAYER, at, end)
    name = None if payer < 0 else data[payer + 20 : data.find(b'"', payer + 20, end)].decode()
    billed, written, read, output = usage.groups()
    _add_usage(outline, answer[1].decode(), (int(billed), int(output), int(read), int(written)), name)
    return True


def _add_usage(outline: Outline, message: str, usage: Usage, payer: str | None) -> None:
    """The last usage of a message counts, except that a fork of a compacted session copies answers with zeroes."""
    before = outline.messages.get(message)
    if before is None:
        outline.messages[message] = len(outline.rows), usage, payer
    else:
        row, earlier, named = before
        outline.messages[message] = row, usage if usage != NO_USAGE else earlier, payer or named


def _skip_bookkeeping(outline: Outline, data: bytes, start: int, end: int) -> bool:
    """Pass over a row of bookkeeping that says nothing about the session; False if the row must be parsed."""
    if end <= start or data[start:end].isspace():
        return True
    if not data.startswith(_KIND, start) or data[end - 1] != 0x7D:
        return False
    kind = data[start + 9 : data.find(b'"', start + 9, end)]
    if kind in _TITLES or (not outline.roots and kind in _BEGINNINGS) or data.find(_UUID, start, end) >= 0:
        return False
    if outline.roots and outline.block is None:
        outline.block = len(outline.rows)
    return True


def _add_row(outline: Outline, line: bytes) -> None:
    """Parse a row of any shape and add it."""
    row = parse(line)
    if row is None:
        outline.unreadable += 1
    elif isinstance(row.get("uuid"), str):
        _add_message(outline, row)
    else:
        _add_bookkeeping(outline, row)


def _add_message(outline: Outline, row: dict[str, Any]) -> None:
    """Add a parsed row of the conversation."""
    uuid, stamp, message = row["uuid"], _text(row.get("timestamp")), row.get("message")
    if row.get("parentUuid") is None:
        if not outline.roots:
            outline.continues = _text(row.get("logicalParentUuid"))
        outline.roots.append(len(outline.rows))
    if row.get("type") == "assistant" and isinstance(message, dict) and isinstance(message.get("usage"), dict):
        usage = _usage(message["usage"])
        if isinstance(message.get("id"), str) and (usage != NO_USAGE or message.get("model") != _NO_MODEL):
            _add_usage(outline, message["id"], usage, _text(row.get("requestSessionId")) or None)
    elif row.get("type") == "user" and isinstance(message, dict):
        text = words(message.get("content"))
        if text is None:
            uuid = uuid if row.get("toolDenialKind") else ""
        else:
            _add_turn(outline, row, text, stamp)
    outline.rows.append(uuid.replace("\n", " ").encode(errors="replace"))
    outline.first = outline.first or stamp
    pointer = row.get("forkedFrom")
    if isinstance(pointer, dict) and isinstance(pointer.get("sessionId"), str):
        outline.pointer = pointer["sessionId"], len(outline.rows)


def _add_turn(outline: Outline, row: dict[str, Any], text: str, stamp: str) -> None:
    """Add what was said to the model, and keep a person's first prompt."""
    outline.turns.append((len(outline.rows), stamp))
    if outline.prompt is None and prompts(row, text):
        outline.prompt = shorten(text)


def prompts(row: dict[str, Any], text: str) -> bool:
    """Whether the text of a user row is a person's own words, not a command, a notification or a summary."""
    hidden = row.get("isMeta") or row.get("isCompactSummary") or row.get("isSidechain")
    return not hidden and bool(text.strip()) and not _NOT_SAID.match(text)


def _add_bookkeeping(outline: Outline, row: dict[str, Any]) -> None:
    """Add a parsed row that is no part of the conversation: titles, and what tells when the session began."""
    kind = row.get("type")
    if kind in ("custom-title", "agent-name"):
        outline.name = _text(row.get("customTitle") or row.get("agentName")).strip() or outline.name
    elif kind == "ai-title":
        outline.idea = _text(row.get("aiTitle")).strip() or outline.idea
    if outline.roots:
        if outline.block is None:
            outline.block = len(outline.rows)
    elif kind == "queue-operation":
        outline.queued = outline.queued or _text(row.get("timestamp"))
    elif kind == "file-history-snapshot" and isinstance(snapshot := row.get("snapshot"), dict):
        outline.snapshot = max(outline.snapshot, (_text(snapshot.get("timestamp")), _text(row.get("messageId"))))


def _locate(outline: Outline, data: bytes, end: int) -> None:
    """Note the directory and branch of the last row that has a directory."""
    while end > 0:
        start = data.rfind(b"\n", 0, end - 1) + 1
        row = parse(data[start:end]) if data.startswith(_START, start) or b'"cwd"' in data[start:end] else None
        if row is not None and isinstance(row.get("cwd"), str):
            outline.cwd, branch = row["cwd"], _text(row.get("gitBranch"))
            outline.branch = branch if branch not in ("", "HEAD") else None
            outline.owner = _text(row.get("sessionId")) or None
            outline.last = max(outline.last, _text(row.get("timestamp")))
            return
        end = start


def words(content: object) -> str | None:
    """What a user row says; None if it is a tool's result."""
    if isinstance(content, str):
        return content
    blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    if any(block.get("type") == "tool_result" for block in blocks):
        return None
    return "\n".join(_text(block.get("text")) for block in blocks if block.get("type") == "text")


def _usage(usage: dict[str, Any]) -> Usage:
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    billed, output, read, written = (value if isinstance(value := usage.get(name), int) else 0 for name in names)
    return billed, output, read, written


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def shorten(text: str, limit: int = _TITLE) -> str:
    """The beginning of a text as one line, cut at a word with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"
