"""The bytes of a file after a call of Edit, Write or NotebookEdit, computed as Claude Code 2.1.332 carries it out."""

import json
from collections.abc import Mapping
from typing import Any

from forksight.core.agents.hook import can_be_path

_LARGEST = 32 << 20  # characters; no larger file is compared
EDITS = frozenset(["Edit", "Write", "NotebookEdit"])


def edited_path(tool_input: Mapping[str, Any]) -> str | None:
    """The path that a tool call reads or edits, as the agent wrote it; None if the input has none."""
    path = tool_input.get("file_path") or tool_input.get("notebook_path")
    return path if isinstance(path, str) and can_be_path(path) else None


def proposed_text(tool: str, tool_input: Mapping[str, Any], current: bytes | None) -> bytes | None:
    """The file's bytes after the call; `current` are its bytes before, None if there is no file.

    The result is None if it can't be computed: Claude Code will refuse the call, the text is not UTF-8 or would be larger than
    32 million characters, or the tool is unknown.
    """
    try:
        before = None if current is None else current.decode()
    except UnicodeDecodeError:
        return None
    crlf = before is not None and "\r\n" in before
    text = before.replace("\r\n", "\n") if before is not None and crlf else before
    if tool == "Edit":
        after = _edited(tool_input, text)
    elif tool == "Write":
        content = tool_input.get("content")
        after = content if isinstance(content, str) else None
    else:
        after = _notebook(tool_input, text) if tool == "NotebookEdit" and text is not None else None
    if after is None:
        return None
    if crlf:
        after = after.replace("\r\n", "\n").replace("\n", "\r\n")
    return after.encode("utf-8", "surrogatepass")


def _edited(tool_input: Mapping[str, Any], text: str | None) -> str | None:
    old, new = tool_input.get("old_string"), tool_input.get("new_string")
    if not isinstance(old, str) or not isinstance(new, str):
        return None
    old, new = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
    if not old:  # makes a file
        return new if not text else None
    if text is None or old not in text:
        return None
    everywhere = tool_input.get("replace_all") in (True, "true")
    times = text.count(old)
    if (times > 1 and not everywhere) or len(text) + times * (len(new) - len(old)) > _LARGEST:
        return None
    return text.replace(old, new)


def _notebook(tool_input: Mapping[str, Any], text: str) -> str | None:
    """The notebook's JSON after one cell was replaced, inserted or deleted; with an indent of 1, as Claude Code writes it."""
    source, mode = tool_input.get("new_source"), tool_input.get("edit_mode") or "replace"
    try:
        notebook = json.loads(text)
        cells = notebook["cells"]
        at = _cell(cells, tool_input)
        if mode == "insert":
            kind = tool_input.get("cell_type") or "code"
            cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
            cells.insert(at + 1, {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell)
        elif at < 0:
            return None
        elif mode == "delete":
            del cells[at]
        else:
            cells[at]["source"] = source
            if cells[at].get("cell_type") == "code":
                cells[at] |= {"execution_count": None, "outputs": []}
        return json.dumps(notebook, indent=1, ensure_ascii=False)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _cell(cells: list[Any], tool_input: Mapping[str, Any]) -> int:
    """The index of the named cell; -1 if none is named, so that an insertion goes to the top."""
    identity = tool_input.get("cell_id")
    for number, cell in enumerate(cells):
        if identity is not None and identity in (cell.get("id"), f"cell-{number}"):
            return number
    return -1
