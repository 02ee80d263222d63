"""(f) The fork tree with tokens from transcripts: `forksight tree` and ccusage on the same transcripts, alternately."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.options import Options
from bench.sessions.corpus import SHAPES, Answer
from bench.sources import ROOT
from bench.table import Part, Row, fraction
from bench.table import time as shown

ROUNDS = 5
IN_SERVER, MEMORY = 0.02, 150  # goals: seconds, megabytes


@dataclass(frozen=True)
class Run:
    """One run of a process: wall-clock seconds, peak memory in megabytes, standard output."""

    seconds: float
    megabytes: float
    output: bytes


def part(options: Options) -> Part:
    """Rows about time (cold, warm, in the server) and memory, and whether the answers are right."""
    rows = []
    for shape in SHAPES:
        # In a process of its own: the peak memory of a process includes that of the one that started it.
        folder = options.folder / shape
        command = [sys.executable, "-m", "bench.sessions.corpus", str(folder), shape]
        generated = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        truth = [Answer(**answer) for answer in json.loads(generated.stdout)]
        measured = [*_speed(folder, 2 if options.quick else ROUNDS), *_correctness(folder, truth)]
        rows += [replace(row, what=f"{shape} rows, {row.what}") for row in measured]
        shutil.rmtree(folder)
    return Part(
        "500 MB of transcripts with long rows in 1,400 sessions, 301 MB with short ones in 873: the fork tree",
        rows,
        "compared with `ccusage claude session` on the same transcripts (scripts/rigs/claude.sh sets it up)",
    )


def _speed(root: Path, rounds: int) -> list[Row]:
    cold, warm, server, theirs = [], [], [], []
    for _ in range(rounds):
        for folder in ("cache", "data"):
            shutil.rmtree(root / folder, ignore_errors=True)
        cold.append(_run(_tree(root), root))
        warm.append(_run(_tree(root), root))
        server += json.loads(_run([sys.executable, "-c", SERVER, str(root / "repo")], root).output)
        if command := _ccusage():
            theirs.append(_run(command, root))
    other = statistics.median(run.seconds for run in theirs) if theirs else None
    in_server, most = statistics.median(server), max(run.megabytes for run in cold)
    return [
        _timed("cold, whole process", [run.seconds for run in cold], other, 1),
        _timed("warm, whole process", [run.seconds for run in warm], other, 3),
        Row("warm, in the server", shown(in_server), goal=shown(IN_SERVER), met=in_server <= IN_SERVER),
        Row("memory while indexing", f"{most:.0f} MB", goal=f"{MEMORY} MB", met=most <= MEMORY),
    ]


def _correctness(root: Path, truth: Sequence[Answer]) -> list[Row]:
    nodes = {node["id"]: node for node in json.loads(_run(_tree(root), root).output)["sessions"]}
    right = sum(session.id in nodes and _right(session, nodes[session.id]) for session in truth)
    return [
        Row(
            "sessions with the right parent, rows and tokens",
            f"{right} of {len(truth)}",
            _their_answers(root, truth),
            "",
            "all",
            right == len(truth) == len(nodes),
        )
    ]


def _right(answer: Answer, node: Mapping[str, Any]) -> bool:
    printed = Answer(answer.id, node["parent"], node["rows"]["own"], node["rows"]["inherited"], **node["tokens"]["own"])
    return printed == answer


def _their_answers(root: Path, truth: Sequence[Answer]) -> str:
    """For how many sessions ccusage prints the output tokens that the session paid."""
    command = _ccusage()
    if command is None:
        return "ccusage is not set up"
    document = json.loads(_run(command, root).output)
    listed = next((value for value in document.values() if isinstance(value, list)), [])
    outputs = {str(item.get("sessionId") or item.get("session")): item.get("outputTokens") for item in listed}
    right = sum(outputs.get(session.id) == session.output for session in truth)
    return f"ccusage: {right} of {len(truth)} (tokens)"


SERVER = """
import json, sys, time
from forksight.app.workbench import Forksight
from forksight.features.sessions.tree import fork_tree
context = Forksight().open(sys.argv[1])
fork_tree(context)
times = []
for _ in range(9):
    started = time.perf_counter()
    fork_tree(context)
    times.append(time.perf_counter() - started)
print(json.dumps(times))
"""


def _tree(root: Path) -> list[str]:
    return [sys.executable, "-m", "forksight", "-C", str(root / "repo"), "tree", "--json"]


def _ccusage() -> list[str] | None:
    rigs = Path(os.environ.get("FORKSIGHT_RIGS") or ROOT / ".rigs")
    path = rigs / "ccusage" / "node_modules" / ".bin" / "ccusage"
    return [str(path), "claude", "session", "--json", "--offline"] if path.exists() else None


def _run(command: Sequence[str], root: Path) -> Run:
    """Run a process with the made-up Claude Code folder and a cache of its own. Raises CalledProcessError if it fails."""
    env = {**os.environ, "CLAUDE_CONFIG_DIR": str(root / "claude")}
    env |= {"XDG_CACHE_HOME": str(root / "cache"), "XDG_DATA_HOME": str(root / "data")}
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=env, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        output.seek(0)
        return Run(seconds, usage.ru_maxrss / 1024, output.read())


def _timed(what: str, ours: Sequence[float], other: float | None, part: int) -> Row:
    figure = statistics.median(ours)
    goal = f"1/{part}"
    if other is None:
        return Row(what, shown(figure), "ccusage is not set up", goal=goal)
    numbers = {"median": figure, "ccusage": other}
    return Row(
        what, shown(figure), f"ccusage: {shown(other)}", fraction(figure, other), goal, figure * part <= other, numbers
    )
