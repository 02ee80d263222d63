"""(j) The time that hooks add to an agent's edit, as Claude Code itself logs it; the status line; the memory of resident processes."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from time import perf_counter, sleep

import psutil
from tests.claude.model import Model
from tests.claude.rig import Claude, binary

from bench import sources
from bench.options import Options
from bench.repositories import create, git, settle, worktrees
from bench.sources import ROOT
from bench.table import Part, Row, fraction, median, percentile, time
from forksight.adapters.store.status_files import StatusFiles, cache_folder

# Other worktrees; lines of the file; they changed every so many lines; how often the agent edits each of these lines.
OTHERS, LINES, APART, ROUNDS = (50, 400, 100, 5)
EVENTS = ("PreToolUse", "PostToolUse")
MEDIAN, HIGH, SHARE, MEMORY = 0.008, 0.025, 3, 60e6  # goals: seconds; times an empty hook; bytes
# Goals of the status line: times `python -c pass`; seconds if no process keeps the status current.
LINE, ALONE = (1.5, 0.150)
NOTHING = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    result = {"tools": []} if message["method"] == "tools/list" else {"content": [{"type": "text", "text": "{}"}]}
    if message["method"] == "initialize":
        version = message["params"]["protocolVersion"]
        result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": {"name": "n", "version": "0"}}
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""


def part(options: Options) -> Part:
    """Rows about the hooks of an edit, the status line, and memory."""
    path = fixture(options.folder)
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # where the plugin looks for the program
    rows = [status_line(path.parent, options), memory(path, 1), memory(path, 6)]
    if claude := binary("claude"):
        rows[:0] = edits(options, path, claude)
    return Part(
        f"an agent's edit, {OTHERS} other worktrees that conflict with it",
        rows,
        "from calling the hook to its answer, by Claude Code's debug log, which counts milliseconds; compared with the same hook"
        " of a server that does nothing, and with one `git merge-tree` process per other worktree, which merges the HEADs",
    )


def fixture(folder: Path) -> Path:
    """The path of a file that each other worktree changed in the same lines, each to another text."""
    rng = random.Random(11)
    base = [f"{line}  # {number}" for number, line in enumerate(sources.source(rng, LINES))]
    repository = create(folder / "shop", {"app.py": sources.encode(base)})
    places = worktrees(repository, OTHERS)
    for number, worktree in enumerate(places):
        text = [
            f"{'    ' if at else ''}theirs_{number} = {at}" if at % APART == 0 else line for at, line in enumerate(base)
        ]
        (worktree / "app.py").write_bytes(sources.encode(text))
        if number % 2:
            git(worktree, "commit", "--quiet", "--all", "--message", "work")
    settle([repository, *places])
    return repository / "app.py"


def edits(options: Options, path: Path, claude: Path) -> list[Row]:
    """Claude Code edits conflicting lines, alternately with the plugin and with one whose server does nothing."""
    empty = options.folder / "empty"
    shutil.copytree(ROOT / "editors/claude", empty)
    (empty / "server.py").write_text(NOTHING)
    (empty / "bin/forksight").write_text(f'#!/bin/sh\n[ "$1" = hook ] || exec {sys.executable} -S {empty}/server.py\n')
    ours: dict[str, list[float]] = {event: [] for event in EVENTS}
    beside: dict[str, list[float]] = {event: [] for event in EVENTS}
    by_git: list[float] = []
    for _ in range(1 if options.quick else 3):
        for plugin, answers, times in ((ROOT / "editors/claude", True, ours), (empty, False, beside)):
            log = logged(options.folder, path, claude, plugin, answers=answers)
            for event in EVENTS:
                times[event] += durations(log, event)
        by_git.append(merge_trees(path.parent))
    return [
        hook_row("before", ours["PreToolUse"], beside["PreToolUse"], median(by_git)),
        hook_row("after", ours["PostToolUse"], beside["PostToolUse"], None),
    ]


def hook_row(when: str, ours: list[float], beside: list[float], by_git: float | None) -> Row:
    """A row about the hook before, or after, each edit. Only the one with `by_git` (before) has a goal: an agent waits for it to write."""
    middle, high, nothing = median(ours), percentile(ours, 0.95), median(beside)
    goal = by_git is not None
    return Row(
        f"hook {when} an edit, {len(ours)} edits",
        f"{time(middle)}, p95 {time(high)}",
        f"empty hook: {time(nothing)}, p95 {time(percentile(beside, 0.95))}"
        + (f"; git: {time(by_git)}" if by_git is not None else ""),
        fraction(middle, nothing),
        f"{time(MEDIAN)}, p95 {time(HIGH)}, {SHARE}x" if goal else "",
        (middle <= MEDIAN and high <= HIGH and middle <= SHARE * nothing) if goal else None,
        {
            "median": middle,
            "p95": high,
            "empty": nothing,
            "edits": len(ours),
            **({} if by_git is None else {"git": by_git}),
        },
    )


def logged(folder: Path, path: Path, binary_path: Path, plugin: Path, *, answers: bool) -> str:
    """Claude Code's debug log of a session that edits. `answers`: whether the plugin's server reports conflicts."""
    home, log = folder / "home", folder / "debug.log"
    shutil.rmtree(home, ignore_errors=True)
    log.unlink(missing_ok=True)
    home.mkdir()
    text = path.read_bytes()
    steps = [f"READ {path}", *(f"EDIT {path} {old}=>{new}" for old, new in changes(text))]
    model = Model()
    try:
        claude = Claude(binary_path, home, model)
        options = ["-p", "--dangerously-skip-permissions", "--plugin-dir", str(plugin), "--debug-file", str(log)]
        claude.run(path.parent, *options, "--", "\n".join(steps))
        assert path.read_text().count(f"mine {ROUNDS - 1} ") == LINES // APART, "every edit was carried out"
        is_warned = "is also changed in" in json.dumps(model.requests)
        assert is_warned == answers, "the plugin found no program, or the empty server's plugin found Forksight"
    finally:
        model.close()
        path.write_bytes(text)
    return log.read_text()


def changes(text: bytes) -> list[tuple[str, str]]:
    """The agent's edits as (old, new) texts: `ROUNDS` of each line that the other worktrees changed."""
    lines = text.decode().splitlines()
    places = range(0, LINES, APART)
    first = [(lines[at], f"mine 0 {at}") for at in places]
    return first + [(f"mine {again - 1} {at}", f"mine {again} {at}") for again in range(1, ROUNDS) for at in places]


def durations(log: str, event: str) -> Iterator[float]:
    """Seconds from each call of the MCP tool to its answer, for the hooks of an event (`PreToolUse`) of Edit."""
    called = None
    for line in log.splitlines():
        moment = re.match(r"(\S+Z) \[DEBUG\] ", line)
        if moment is None:
            continue
        now = datetime.fromisoformat(moment[1]).timestamp()
        if "Hooks: mcp_tool calling" in line:
            called = now
        elif f"Hook {event}:Edit" in line and called is not None:
            yield now - called
            called = None


def merge_trees(repository: Path) -> float:
    """Seconds that git takes to merge each other worktree's HEAD with ours, one process per worktree."""
    begun = perf_counter()
    for number in range(OTHERS):
        git(repository, "merge-tree", "--write-tree", "HEAD", f"topic-{number}", accept=(0, 1))
    return perf_counter() - begun


def memory(path: Path, count: int) -> Row:
    """The memory of resident processes after a session's edits; pages shared by several count once."""
    with ExitStack() as stack:
        residents = [stack.enter_context(Resident(path.parent)) for _ in range(count)]
        for resident in residents:
            resident.work(path)
        used = [psutil.Process(resident.process.pid).memory_full_info() for resident in residents]
    total = used[0].rss if count == 1 else sum(memory.pss for memory in used)
    goal = MEMORY if count == 1 else None
    return Row(
        "memory of a resident process" if count == 1 else f"memory of {count} resident processes",
        f"{total / 1e6:.0f} MB",
        goal=f"{MEMORY / 1e6:.0f} MB" if goal else "",
        met=total <= goal if goal else None,
        numbers={"bytes": total},
    )


def status_line(repository: Path, options: Options) -> Row:
    """The status line alternately with Python's bare start: with a resident process that keeps the status current, and without one."""
    program = Path(sys.executable).with_name("forksight")
    request = json.dumps({"session_id": "s", "cwd": str(repository)}).encode()
    files = StatusFiles(cache_folder(os.environ))
    files.read(str(repository))

    def seconds_of(argv: list[str]) -> float:
        begun = perf_counter()
        subprocess.run(argv, input=request, stdout=subprocess.DEVNULL, check=True)
        return perf_counter() - begun

    line = [str(program), "statusline"]
    ours, beside = [], []
    with Resident(repository):
        until = perf_counter() + 60
        while not files.read(str(repository))[1]:
            assert perf_counter() < until, "no process keeps the status current"
            sleep(0.1)
        for _ in range(10 if options.quick else 60):
            beside.append(seconds_of([sys.executable, "-c", "pass"]))
            ours.append(seconds_of(line))
    alone = []
    for _ in range(3 if options.quick else 10):
        shutil.rmtree(Path(cache_folder(os.environ)) / "status")
        alone.append(seconds_of(line))
        while not files.renewed(str(repository)):  # the process that it started must not slow the next status line
            sleep(0.1)
    middle, nothing, without = median(ours), median(beside), median(alone)
    return Row(
        "status line",
        f"{time(middle)}, alone {time(without)}",
        f"python -c pass: {time(nothing)}",
        fraction(middle, nothing),
        f"{LINE}x, alone {time(ALONE)}",
        middle <= LINE * nothing and without <= ALONE,
        {"median": middle, "python": nothing, "alone": without},
    )


class Resident:
    """A `forksight mcp` process, called as Claude Code calls it."""

    def __init__(self, cwd: Path) -> None:
        program = Path(sys.executable).with_name("forksight")
        self.cwd = cwd
        self.process = subprocess.Popen([program, "mcp"], cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._session = str(uuid.uuid4())  # a new one, because no session is told the same twice
        self._requests = 0

    def __enter__(self) -> "Resident":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def work(self, path: Path) -> None:
        """Read the file, make all `changes` with the hooks that Claude Code would call, and restore the file."""
        text = path.read_bytes()
        until = perf_counter() + 60
        while not self.hook("PostToolUse", "Read", {"file_path": str(path)}):
            assert perf_counter() < until, "the hooks still answer nothing a minute after the process started"
        for old, new in changes(text):
            call = {"file_path": str(path), "old_string": old, "new_string": new}
            self.hook("PreToolUse", "Edit", call)
            path.write_text(path.read_text().replace(old, new))
            self.hook("PostToolUse", "Edit", call)
        path.write_bytes(text)

    def hook(self, event: str, tool: str, tool_input: dict[str, str]) -> dict[str, object]:
        """Call one hook; returns its answer."""
        fields = {"hook_event_name": event, "session_id": self._session, "cwd": str(self.cwd), "tool_name": tool}
        arguments = {**fields, "tool_input": json.dumps(tool_input)}
        self._requests += 1
        params = {"name": "hook", "arguments": arguments}
        message = {"jsonrpc": "2.0", "id": self._requests, "method": "tools/call", "params": params}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        answer: dict[str, object] = json.loads(reply["result"]["content"][0]["text"])
        return answer
