"""Words of strangers on a terminal: whatever titles, branches, folders and files are called, no command shows it raw."""

import os
import pty
from concurrent.futures import ThreadPoolExecutor

import pytest

from forksight.cli import COMMANDS
from forksight.core.words.terminal import can_be_shown
from tests import command_line
from tests.words.hostile import BASELINE, BRANCH, TITLE, Hostile, check_lines


def on_a_terminal(hostile: Hostile, *words: str) -> str:
    """What a command shows on a terminal that knows no colours."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "dumb", "COLUMNS": "100", "NO_COLOR": "1"}
    with ThreadPoolExecutor(1) as reader:
        shown = reader.submit(_read_all, ours)
        status = command_line.run_onto(theirs, theirs, words, cwd=hostile.sessions_repo.repo.path, env=env)
        os.close(theirs)
        text = shown.result().decode().replace("\r\n", "\n")
    os.close(ours)
    assert status in (0, 1, 2)
    return text


def _read_all(terminal: int) -> bytes:
    shown = b""
    while True:
        try:
            block = os.read(terminal, 65536)
        except OSError:  # how Linux tells that nobody writes any more
            return shown
        if not block:
            return shown
        shown += block


def words_of(hostile: Hostile) -> dict[str, list[list[str]]]:
    """For each command the ways to call it."""
    return {
        "overlaps": [[]],
        "matrix": [[]],
        "tree": [[]],
        "land": [["--dry-run"], ["\x1b[31m\nFORGED"], ["--undo"]],
        "savings": [[], ["--print-prices"]],
        "doctor": [[]],
        "compare": [[hostile.fork, hostile.old]],
        "fork": [
            ["--dry-run", "new"],
            ["--print", BRANCH],
            ["--print", "--again", BRANCH],
            ["--start-point", TITLE[:20], "n"],
        ],
        "resume": [["--print", hostile.fork], ["--dry-run", hostile.fork], ["nobody \x1b[31m\nFORGED"]],
        "baseline": [
            *(["list"], ["show"], ["check"], ["refresh", "--dry-run"], ["rollback"], ["show", "\x1b[31m\nFORGED"]),
            *(["set", hostile.fork, "--name", f"{BASELINE}2"], ["unset", f"{BASELINE}2"]),
        ],
        "clean": [["--dry-run"], [], ["\x1b[31m\nFORGED"], ["--discard", hostile.old]],
        "restore": [[], ["--dry-run", hostile.archived], [hostile.archived]],
        "statusline": [[]],
        "show": [[hostile.fork], ["\x1b[31m\nFORGED"]],
        "setup": [[], ["claude", "--dry-run"]],
        "findings": [["--dry-run", hostile.fork], ["--dry-run", "\x1b[31m\nFORGED"]],
        "share": [["on", "--remote", "\x1b[31m\nFORGED"], ["forget", "\x1b[31m\nFORGED"]],
    }


NO_WORDS = frozenset(["server", "mcp", "hook"])  # what they say is a protocol's


@pytest.mark.timeout(1000)
def test_every_command_on_a_terminal(hostile: Hostile) -> None:
    ways = words_of(hostile)
    assert set(ways) == set(COMMANDS) - NO_WORDS, "a command that this test does not know"
    for name, calls in ways.items():
        for words in calls:
            shown = on_a_terminal(hostile, name, *words)
            assert "an internal error" not in shown, (name, words, shown)
            assert shown.strip(), (name, words)
            check_lines(shown, f"{name} {words}")


@pytest.mark.timeout(1000)
def test_every_json_document(hostile: Hostile) -> None:
    calls = [["overlaps"], ["matrix"], ["tree"], ["savings"], ["doctor"], ["compare", hostile.fork, hostile.old]]
    calls += [["baseline", "list"], ["clean", "--dry-run"], ["restore"], ["fork", "--dry-run", "new"]]
    for words in calls:
        shown = on_a_terminal(hostile, *words, "--json")
        hidden = [char for char in shown if char != "\n" and not can_be_shown(char)]
        assert not hidden, (words, hidden)
