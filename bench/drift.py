"""(g) The drift of a baseline that read 200 files, over 1,000 commits."""

import json
import os
import random
import time as clock
import uuid
from pathlib import Path

from bench import sources
from bench.options import Options
from bench.repositories import History, create, git
from bench.table import Part, Row, median, time
from forksight.app.workbench import Forksight
from forksight.features.baseline import baselines
from forksight.features.baseline.drift import drift
from forksight.features.context import Context
from forksight.features.sessions.tree import fork_tree

READ, WARM = 200, 0.15  # files that the baseline read; goal in seconds


def part(options: Options) -> Part:
    """Rows about the first computation, after one more commit, and after no change; compared with `git log` and `git diff`."""
    count = 100 if options.quick else 1_000
    repository = fixture(options.folder / "shop")
    os.environ["CLAUDE_CONFIG_DIR"] = str(options.folder / "claude")
    session = write_session(options.folder / "claude", repository)
    baselines.mark(Forksight().open(str(repository)), session, "shop-core")
    move_on(repository, count)
    cold, context = [], Forksight().open(str(repository))
    for _ in range(3):
        context = Forksight().open(str(repository))
        cold.append(seconds_of_drift(context, count))
    warm = []
    for number in range(3 if options.quick else 9):
        git(repository, "commit", "--quiet", "--allow-empty", "--message", str(number))
        warm.append(seconds_of_drift(context, count + number + 1))
    idle = [seconds_of_drift(context, count + len(warm)) for _ in range(9)]
    since = git(repository, "rev-list", "--max-parents=0", "HEAD").decode().strip()
    beside = [seconds_of_git(repository, since) for _ in range(3)]
    what = f"{READ} files read, {count:,} commits"
    return Part(
        "drift of a baseline",
        [
            _row(f"{what}: at first", cold, beside),
            _row(f"{what}: after one more commit", warm, beside, goal=WARM),
            _row(f"{what}: nothing happened", idle, beside, goal=WARM),
        ],
        "compared with `git log --name-status -M` and `git diff --stat` over the same commits",
    )


def fixture(folder: Path) -> Path:
    """A repository of 2,000 files."""
    rng = random.Random(7)
    return create(
        folder, {f"src/part_{n // 20}/module_{n}.py": sources.encode(sources.source(rng, 40)) for n in range(2_000)}
    )


def write_session(config: Path, repository: Path) -> str:
    """Write the transcript of a session that has read the first `READ` files, as Claude Code would; returns its id."""
    identity, last, rows = str(uuid.uuid4()), None, []
    stamp = clock.strftime("%Y-%m-%dT%H:%M:%S.000Z", clock.gmtime())
    for number in range(READ):
        path = f"{repository}/src/part_{number // 20}/module_{number}.py"
        text = Path(path).read_text()
        call = {"type": "tool_use", "id": f"t{number}", "name": "Read", "input": {"file_path": path}}
        usage = {"input_tokens": 5, "output_tokens": 7, "cache_read_input_tokens": 9, "cache_creation_input_tokens": 5}
        answer = [{"type": "tool_result", "tool_use_id": f"t{number}", "content": text}]
        for kind, body in (
            ("assistant", {"message": {"id": f"m{number}", "role": "assistant", "content": [call], "usage": usage}}),
            (
                "user",
                {
                    "message": {"role": "user", "content": answer},
                    "toolUseResult": {"type": "text", "file": {"filePath": path, "content": text}},
                },
            ),
        ):
            row = {"type": kind, "uuid": str(uuid.uuid4()), "parentUuid": last, "timestamp": stamp, **body}
            rows.append({**row, "sessionId": identity, "cwd": str(repository), "gitBranch": "main"})
            last = row["uuid"]
    folder = config / "projects" / "shop"
    folder.mkdir(parents=True)
    (folder / f"{identity}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return identity


def move_on(repository: Path, count: int) -> None:
    """Make `count` commits: each changes a file, some also add a folder or delete a file."""
    rng = random.Random(11)
    history, last = History(), git(repository, "rev-parse", "HEAD").decode().strip()
    for number in range(count):
        path = f"src/part_{(file := rng.randrange(2_000)) // 20}/module_{file}.py"
        text = sources.encode(sources.source(rng, 40))
        extra = {f"src/new_{number}/x.py": text} if number % 50 == 0 else {}
        gone: dict[str, bytes | None] = {f"src/part_0/module_{number // 100}.py": None} if number % 100 == 0 else {}
        last = history.commit("main", {path: text, **extra, **gone}, last)
    history.write(repository)
    git(repository, "reset", "--quiet", "--hard")


def seconds_of_drift(context: Context, commits: int) -> float:
    """Seconds that the drift takes, without the fork tree. It must count `commits` commits."""
    tree = fork_tree(context)
    (baseline,) = context.ledger.view()[0].baselines
    node = next(node for node in tree.nodes if node.id == baseline.generation.session)
    begun = clock.perf_counter()
    measured, problems = drift(context, baseline, node)
    seconds = clock.perf_counter() - begun
    assert measured is not None, problems
    assert (measured.commits, measured.read) == (commits, READ), measured
    return seconds


def seconds_of_git(repository: Path, since: str) -> float:
    """Seconds that git takes to show a person the same changes."""
    begun = clock.perf_counter()
    git(repository, "log", "--name-status", "-M", "--format=%H", f"{since}..HEAD")
    git(repository, "diff", "--stat", since, "HEAD")
    return clock.perf_counter() - begun


def _row(what: str, ours: list[float], beside: list[float], goal: float | None = None) -> Row:
    our_median, git_median = median(ours), median(beside)
    return Row(
        what,
        time(our_median),
        time(git_median),
        f"1/{git_median / our_median:.0f}" if our_median < git_median else f"{our_median / git_median:.1f}",
        time(goal) if goal else "",
        our_median <= goal if goal else None,
        {"ours": our_median, "beside": git_median},
    )
