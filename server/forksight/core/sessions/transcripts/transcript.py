"""Folds a transcript's rows into an `Outline`. A transcript that grew is read on from where reading ended."""

import posixpath
import re
from collections.abc import Sequence

from forksight.core.sessions.session import EARLIEST, LATEST
from forksight.core.sessions.transcripts.json_text import parse
from forksight.core.sessions.transcripts.outline import NO_USAGE, Outline, Usage
from forksight.core.sessions.transcripts.prompts import last_sentence, own_words, shorten, words
from forksight.core.sessions.transcripts.rows import Block, Iteration, Row, RowMessage, RowUsage, blocks, decode

EDITS = {"Edit": "file_path", "MultiEdit": "file_path", "Write": "file_path", "NotebookEdit": "notebook_path"}
# The model of messages that Claude Code writes itself; a fork made in mid-turn begins with one.
_NO_MODEL = "<synthetic>"
_EXEMPT = "claude-desktop"  # the entrypoint whose transcripts Claude Code's clean-up leaves alone
_RESULT = b'[{"tool_use_id":'  # how the content of a tool's result begins, unless it failed
# What a shell command writes to, as far as it shows: redirections, `tee`, and files changed in place.
_WRITTEN = re.compile(r"(?:>>?|\btee(?:\s+-a)?|\bsed\s+-i\S*(?:\s+'[^']*')?)\s*[\"']?(/[\w./+@-]+)")
# The calls of tools that may change files, in the content of an answer; most calls only look.
_CHANGES = re.compile(rb'"name":\s*"(?:%b)"' % "|".join([*EDITS, "Bash"]).encode()).search
_NOWHERE = ("/dev/", "/proc/")


def fold(outline: Outline, data: bytes, *, more: bool = False) -> int:
    """Add the rows of `data` to the outline; returns how many bytes were consumed. An incomplete last row is left.

    `more`: the file continues after `data`, so that a last row without a newline is always incomplete.
    """
    end = data.rfind(b"\n") + 1
    if not more and end < len(data) and parse(data[end:]) is not None:  # complete, only its newline is missing
        end = len(data)
    rows, broken = decode(data[:end] if end < len(data) else data)
    outline.unreadable += broken
    last_located: Row | None = None  # the last row with a directory
    cwd = branch = None  # of the last row that was looked at
    last = outline.last
    for row in rows:
        row_cwd, stamp = row.cwd, row.timestamp
        if (
            (row_cwd is not None and row_cwd != cwd and not _is_path(row_cwd))
            or (row.gitBranch is not None and row.gitBranch != branch and not _is_branch(row.gitBranch))
            or (stamp and not EARLIEST <= stamp < LATEST)
            or (row.uuid and "\n" in row.uuid)
        ):
            _take_away(row)
            row_cwd, stamp = row.cwd, row.timestamp
            outline.unreadable += 1
        if row_cwd is not None:
            last_located, cwd, branch = row, row_cwd, row.gitBranch
            outline.origin = outline.origin or row_cwd
            if stamp and stamp > last:
                last = stamp
        if row.uuid is not None:
            _add_message(outline, row, row.uuid)
        else:
            _add_bookkeeping(outline, row)
    outline.last = last
    _note_answer(outline, rows)
    if last_located is not None:
        outline.cwd, outline.session = last_located.cwd, last_located.sessionId or None
        outline.branch = last_located.gitBranch if last_located.gitBranch not in ("", "HEAD") else None
    return end


def _note_answer(outline: Outline, rows: Sequence[Row]) -> None:
    """Note the model's last answer with text in these rows, which are the outline's last ones."""
    index = len(outline.rows)
    for row in reversed(rows):
        if row.uuid is None:
            continue
        index -= 1
        message = row.message
        if row.type != "assistant" or row.isSidechain or message is None or message.model == _NO_MODEL:
            continue
        content = bytes(message.content)
        text = words(parse(content, object)) if b'"text"' in content else None
        if text and text.strip():
            outline.answer = index, last_sentence(text)
            return


def _is_path(cwd: str | None) -> bool:
    return cwd is None or (cwd.startswith("/") and "\0" not in cwd)


def _is_branch(name: str | None) -> bool:
    """Whether a branch may have this name: git refuses ASCII control characters (`git check-ref-format`), and allows joined emoji."""
    return name is None or not any(char < " " or char == "\x7f" for char in name)


def _take_away(row: Row) -> None:
    """Remove invalid values from a row."""
    row.cwd = row.cwd if _is_path(row.cwd) else None
    row.gitBranch = row.gitBranch if _is_branch(row.gitBranch) else None
    row.timestamp = row.timestamp if row.timestamp and EARLIEST <= row.timestamp < LATEST else None
    row.uuid = row.uuid.replace("\n", " ") if row.uuid is not None else None


def _add_message(outline: Outline, row: Row, uuid: str) -> None:
    """Add a row of the conversation."""
    index, message = len(outline.rows), row.message
    if row.entrypoint is not None:
        outline.exempt_from_cleanup = row.entrypoint == _EXEMPT and (outline.exempt_from_cleanup or not index)
    if row.parentUuid is None:
        if not outline.roots:
            outline.continues = row.logicalParentUuid or ""
        outline.roots.append(index)
    if message is not None:
        if row.type == "assistant":
            _add_answer(outline, row, message, uuid)
        elif row.type == "user" and _is_result(outline, row, message):
            uuid = uuid if row.toolDenialKind else ""
    outline.rows.append(uuid)
    outline.first = outline.first or row.timestamp or ""
    if row.forkedFrom is not None and row.forkedFrom.sessionId is not None:
        outline.pointer = row.forkedFrom.sessionId, index + 1


def _is_result(outline: Outline, row: Row, message: RowMessage) -> bool:
    """Whether a user row is a tool's result; any other row is added as a turn."""
    # results may be large: no copy
    if not outline.pending_edits and memoryview(message.content)[: len(_RESULT)] == _RESULT:
        return True
    content = bytes(message.content)
    if content.startswith(b"["):
        results = [block for block in blocks(content) if block.type == "tool_result"]
        if results:
            _settle(outline, results)
            return True
    outline.turns.append((len(outline.rows), row.timestamp or ""))
    if outline.prompt is None and not (row.isMeta or row.isCompactSummary or row.isSidechain):
        outline.prompt = shorten(own_words(words(parse(content, object)) or "")) or None
    return False


def _settle(outline: Outline, results: Sequence[Block]) -> None:
    """Move the pending edits whose calls succeeded to the outline's edits; failed or refused ones are dropped."""
    for result in results:
        if not result.is_error:
            outline.edits += [edit for edit in outline.pending_edits if edit[1] == result.tool_use_id]
        outline.pending_edits = [edit for edit in outline.pending_edits if edit[1] != result.tool_use_id]


def _add_answer(outline: Outline, row: Row, message: RowMessage, uuid: str) -> None:
    """Add an answer's usage, and the edits outside of the origin that it asks for."""
    if message.usage is not None:
        usage = billed(message.usage)
        if usage != NO_USAGE or (message.id is not None and message.model != _NO_MODEL):
            _add_usage(outline, message.id or uuid, usage, row.requestSessionId or None)
    content = memoryview(message.content)
    if row.cwd is not None and _CHANGES(content):
        for block in blocks(bytes(content)):
            if block.type == "tool_use" and block.input is not None:
                for path in _changed(
                    block.name or "", row.cwd, block.input.file_path or block.input.notebook_path, block.input.command
                ):
                    if not _inside(path, outline.origin or "/"):
                        outline.pending_edits.append((len(outline.rows), block.id or "", path))


def _changed(tool: str, cwd: str, path: str | None, command: str | None) -> list[str]:
    """The absolute paths that a tool call changes, as far as its arguments show."""
    if tool in EDITS and path and "\0" not in path:
        return [posixpath.normpath(posixpath.join(cwd, path))]
    if tool == "Bash" and command:
        paths = (posixpath.normpath(match[1]) for match in _WRITTEN.finditer(command))
        return [path for path in paths if not path.startswith(_NOWHERE)]
    return []


def _inside(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def billed(usage: RowUsage) -> Usage:
    """All tokens of an answer, including its advisors'."""
    own = tokens(usage)
    advised = advisors(usage) if usage.iterations else None
    return tuple(map(sum, zip(own, *map(tokens, advised), strict=True))) if advised else own  # type: ignore[return-value]


def advisors(usage: RowUsage) -> list[Iteration]:
    """The advisors' requests of an answer. Their tokens are not in the usage's sums (ccusage's issue 1115)."""
    return [step for step in usage.iterations or () if step.type == "advisor_message"]


def tokens(usage: Iteration) -> Usage:
    """The sums of a usage."""
    return (
        usage.input_tokens or 0,
        usage.output_tokens or 0,
        usage.cache_read_input_tokens or 0,
        usage.cache_creation_input_tokens or 0,
    )


def _add_usage(outline: Outline, message: str, usage: Usage, payer: str | None) -> None:
    """Note a message's usage. A later one replaces an earlier one, unless it is all zeroes, as in a fork of a compacted session."""
    before = outline.messages.get(message)
    if before is None:
        outline.messages[message] = len(outline.rows), usage, payer
    else:
        row, earlier, named = before
        outline.messages[message] = row, usage if usage != NO_USAGE else earlier, payer or named


def _add_bookkeeping(outline: Outline, row: Row) -> None:
    """Add a row that is not part of the conversation: titles, and what says when the session began."""
    if row.type in ("custom-title", "agent-name"):
        outline.name = (row.customTitle or row.agentName or "").strip() or outline.name
    elif row.type == "ai-title":
        outline.generated_title = (row.aiTitle or "").strip() or outline.generated_title
    if outline.roots:
        if outline.block is None:
            outline.block = len(outline.rows)
    elif row.type == "queue-operation":
        outline.queued = outline.queued or row.timestamp or ""
    elif row.type == "file-history-snapshot" and row.snapshot is not None:
        outline.snapshot = max(outline.snapshot, (row.snapshot.timestamp or "", row.messageId or ""))
