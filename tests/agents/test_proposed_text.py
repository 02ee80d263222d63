"""What a file would hold after a tool call, and which files a command names."""

import json
from typing import Any

import pytest

from forksight.core.agents.command_paths import command_words
from forksight.core.agents.hook import read_hook
from forksight.core.agents.proposed_text import proposed_text


@pytest.mark.parametrize(
    ("old", "new", "everywhere", "before", "after"),
    [
        ("b", "B", False, b"a\nb\n", b"a\nB\n"),
        ("a", "x", False, b"a\na\n", None),
        ("a", "x", True, b"a\na\n", b"x\nx\n"),
        ("z", "x", False, b"a\n", None),
        ("a\nb", "x\ny", False, b"a\r\nb\r\n", b"x\r\ny\r\n"),
        ("", "new\n", False, None, b"new\n"),
        ("", "new\n", False, b"old\n", None),
        ("a", "x", False, None, None),
        ("a", "x", False, b"a\xff", None),
    ],
)
def test_edit(old: str, new: str, everywhere: bool, before: bytes | None, after: bytes | None) -> None:
    call = {"file_path": "/f", "old_string": old, "new_string": new, "replace_all": everywhere}
    assert proposed_text("Edit", call, before) == after


def test_write_keeps_the_line_endings_that_the_file_has() -> None:
    assert proposed_text("Write", {"content": "a\nb\n"}, None) == b"a\nb\n"
    assert proposed_text("Write", {"content": "a\nb\n"}, b"x\r\n") == b"a\r\nb\r\n"
    assert proposed_text("Write", {"content": 1}, None) is None


def cells(*sources: str) -> bytes:
    """A notebook as Claude Code writes it."""
    made: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{n}", "source": text, "execution_count": None, "outputs": []}
        for n, text in enumerate(sources)
    ]
    return json.dumps({"cells": made, "nbformat": 4}, indent=1, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("call", "sources"),
    [
        ({"cell_id": "c1", "new_source": "B"}, ["a", "B"]),
        ({"cell_id": "cell-0", "new_source": "A"}, ["A", "b"]),
        ({"cell_id": "c0", "edit_mode": "delete"}, ["b"]),
        ({"cell_id": "c0", "edit_mode": "insert", "new_source": "i"}, ["a", "i", "b"]),
        ({"edit_mode": "insert", "new_source": "i"}, ["i", "a", "b"]),
        ({"cell_id": "nowhere", "new_source": "i"}, None),
    ],
)
def test_notebook(call: dict[str, Any], sources: list[str] | None) -> None:
    after = proposed_text("NotebookEdit", {"notebook_path": "/n", **call}, cells("a", "b"))
    assert (after and [cell["source"] for cell in json.loads(after)["cells"]]) == sources
    assert proposed_text("NotebookEdit", {"notebook_path": "/n", **call}, b"no notebook") is None


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("cat app.py", ("cat", "app.py")),
        ("cat 'a b.py' \"c d.py\" e\\ f.py", ("cat", "a b.py", "c d.py", "e f.py")),
        ("sed -i 's/a/b/' app.py&&cat app.py", ("sed", "s/a/b/", "app.py", "cat")),
        ("cat > out.txt <<EOF\nhello\nEOF", ("cat", "out.txt", "EOF", "hello")),
        ("dd of=out.bin --file=x.py", ("dd", "of=out.bin", "out.bin", "x.py")),
        ("ls *.py $HOME", ("ls",)),
        ("(cd /r; cat a.py)|wc", ("cd", "/r", "cat", "a.py", "wc")),
        ("echo 'unfinished", ("echo", "unfinished")),
        ("", ()),
    ],
)
def test_words_of_a_command(command: str, words: tuple[str, ...]) -> None:
    assert command_words(command) == words


def test_a_hook_is_read_from_what_a_command_and_from_what_a_tool_gets() -> None:
    fields = {"hook_event_name": "PreToolUse", "session_id": "s", "cwd": "/r", "tool_name": "Edit"}
    as_command = read_hook({**fields, "tool_input": {"file_path": "/r/a"}})
    as_tool = read_hook({**fields, "agent_id": "", "tool_input": '{"file_path":"/r/a"}', "tool_response": ""})
    for hook in (as_command, as_tool):
        assert hook is not None
        assert hook.agent is None
        assert hook.tool_input == {"file_path": "/r/a"}
        assert hook.tool_response == {}
