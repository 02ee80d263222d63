"""(h) Planning the clean-up of a hundred forks, and comparing two; next to `git status` and `git diff`."""

import json
import os
import random
import subprocess
import sys
import time as clock
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from bench import sources
from bench.options import Options
from bench.repositories import create, git, settle, worktrees
from bench.table import Part, Row, fraction, median, time
from forksight.app.workbench import Forksight
from forksight.core.cleanup.facts import Merged
from forksight.core.cleanup.proposal import CleanPlan
from forksight.features.cleanup.propose import propose
from forksight.features.compare.compare import compare_forks
from forksight.features.context import Context

FORKS, PLAN = 100, 1.0  # forks; goal of the plan in seconds
FILES, EDITS, TIMES = 5_000, 25, 2  # files; edited in each fork; at most so many times `git diff`
DAY = 86_400


def part(options: Options) -> Part:
    """Rows about the plan of a clean-up and about a comparison: each in a running server, and as a whole process."""
    return Part(
        "forks",
        [*clean(options), *compare(options)],
        f"a quarter of the {FORKS} forks merged, a quarter squashed, a quarter with commits, a quarter with edits; compared with"
        f" `git status` in each, one after the other. Two forks with {EDITS} edits each, a fifth of them uncommitted; compared with"
        " `git diff --numstat BASE` in each. A running server has computed the same before and remembers what never changes (a commit's"
        " tree, what a text defines); a whole process starts without that",
    )


def clean(options: Options) -> Iterator[Row]:
    """Rows about the plan to clean up every fork."""
    count = 20 if options.quick else FORKS
    repository, places = forks(options.folder / "clean", 1_000, count)
    config = options.folder / "claude-clean"
    for number, place in enumerate(places):
        work(repository, place, number)
    write_sessions(config, repository, places, age=30 * DAY)
    settle(places)
    os.environ["CLAUDE_CONFIG_DIR"] = str(config)

    def look(context: Context) -> None:
        verify(propose(context), count)

    yield from rows(
        f"plan to clean up {count} forks",
        repository,
        look,
        ["clean", "--dry-run", "--json"],
        lambda: statuses(places),
        options,
        PLAN,
    )


def compare(options: Options) -> Iterator[Row]:
    """Rows about the comparison of two forks."""
    repository, places = forks(options.folder / "compare", FILES, 2)
    config = options.folder / "claude-compare"
    base = git(repository, "rev-parse", "HEAD").decode().strip()
    rng = random.Random(3)
    for place in places:
        paths = sorted(path for path in place.rglob("*.py"))
        for number, path in enumerate(rng.sample(paths[:60], EDITS)):
            if number == EDITS * 4 // 5:
                git(place, "commit", "--quiet", "--all", "--message", "work")
            path.write_bytes(sources.encode(sources.edited(rng, path.read_text().splitlines(), 1)))
    write_sessions(config, repository, places, age=0)
    settle(places)
    os.environ["CLAUDE_CONFIG_DIR"] = str(config)

    def look(context: Context) -> None:
        comparison = compare_forks(context, ["topic-0", "topic-1"])
        assert [len(fork.changes) for fork in comparison.forks] == [EDITS, EDITS]

    def diff() -> None:
        for place in places:
            git(place, "diff", "--numstat", base)

    yield from rows(
        f"compare two forks, {FILES:,} files",
        repository,
        look,
        ["compare", "topic-0", "topic-1", "--json"],
        diff,
        options,
        None,
    )


def rows(
    what: str,
    repository: Path,
    read: Callable[[Context], None],
    command: list[str],
    beside: Callable[[], object],
    options: Options,
    goal: float | None,
) -> Iterator[Row]:
    """Rows about a running server (`read`) and the command line, run alternately with `beside`.

    `goal` is in seconds; without one, the goal is `TIMES` the time of `beside`.
    """
    rounds = 3 if options.quick else 7
    program = [str(Path(sys.executable).with_name("forksight")), *command]
    mine, whole, theirs = [], [], []
    context = Forksight().open(str(repository))
    read(context)
    for _ in range(rounds):
        theirs.append(spent(beside))
        mine.append(spent(lambda: read(context)))
        whole.append(spent(lambda: subprocess.run(program, cwd=repository, capture_output=True, check=False)))
    by_git = median(theirs)
    limit = goal if goal is not None else TIMES * by_git
    for name, values in ((what, mine), (f"{what}, whole process", whole)):
        ours = median(values)
        goal_text = time(goal) if goal is not None else f"{TIMES}x"
        yield Row(
            name,
            time(ours),
            f"git: {time(by_git)}",
            fraction(ours, by_git),
            goal_text if values is mine else "",
            ours <= limit if values is mine else None,
            {"median": ours, "git": by_git, "rounds": rounds},
        )


def spent(do: Callable[[], object]) -> float:
    """Seconds that `do` takes."""
    begun = perf_counter()
    do()
    return perf_counter() - begun


def statuses(places: list[Path]) -> None:
    """`git status` of every worktree, one after the other."""
    for place in places:
        git(place, "status", "--porcelain")


def forks(folder: Path, files: int, count: int) -> tuple[Path, list[Path]]:
    """Make a repository of `files` files, and `count` worktrees beside it."""
    rng = random.Random(5)
    texts = {
        f"src/part_{number // 100}/module_{number}.py": sources.encode(sources.source(rng, rng.randint(30, 120)))
        for number in range(files)
    }
    repository = create(folder / "shop", texts)
    return repository, worktrees(repository, count)


def work(repository: Path, place: Path, number: int) -> None:
    """Do the work of fork `number`: merged, squashed, committed, or left uncommitted, in turn."""
    (place / f"own_{number}.py").write_text(f"number = {number}\n")
    if number % 4 == 3:
        (place / "src" / "part_0" / "module_0.py").write_text("edited = True\n")
        return
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", f"work {number}")
    if number % 4 == 0:
        git(repository, "merge", "--quiet", "--no-ff", "--message", "merge", f"topic-{number}")
    elif number % 4 == 1:
        git(repository, "merge", "--quiet", "--squash", f"topic-{number}")
        git(repository, "commit", "--quiet", "--message", "squash")


def verify(plan: CleanPlan, count: int) -> None:
    """Assert that every fork is proposed, with what `work` did in it."""
    assert len(plan.entries) == count, plan.problems
    merged = [entry.facts.branch.merged for entry in plan.entries if entry.facts.branch]
    assert merged.count(Merged.HISTORY) >= count // 4
    assert merged.count(Merged.CONTENT) == count // 4
    assert sum(bool(entry.lost.commits) for entry in plan.entries) == count // 4
    assert sum(bool(entry.lost.untracked) for entry in plan.entries) == count // 4


def write_sessions(config: Path, repository: Path, places: list[Path], age: float) -> None:
    """Write the transcripts of a session and of a fork of it in each worktree, last active `age` seconds ago, as Claude Code would."""
    parent = str(uuid.uuid4())
    rows = [_row(parent, repository, "main", clock.time() - age - DAY, number) for number in range(40)]
    _write(config, parent, repository, rows)
    for place in places:
        identity, branch = str(uuid.uuid4()), place.name.removeprefix("shop-")
        copied = [{**row, "sessionId": identity, "cwd": str(place), "gitBranch": branch} for row in rows]
        copied = [{**row, "requestSessionId": parent} if row["type"] == "assistant" else row for row in copied]
        own = [_row(identity, place, branch, clock.time() - age, number) for number in range(10)]
        _write(config, identity, place, [*copied, *own])


def _row(session: str, cwd: Path, branch: str, moment: float, number: int) -> dict[str, object]:
    kind = "assistant" if number % 2 else "user"
    usage = {"input_tokens": 5, "output_tokens": 7, "cache_read_input_tokens": 9, "cache_creation_input_tokens": 5}
    text = f"turn {number} of {session}"
    answer = {
        "id": f"m{uuid.uuid4()}",
        "role": "assistant",
        "content": [{"type": "text", "text": text}],
        "usage": usage,
    }
    return {
        "type": kind,
        "uuid": str(uuid.uuid4()),
        "parentUuid": None if number == 0 else "above",
        "timestamp": clock.strftime("%Y-%m-%dT%H:%M:%S.000Z", clock.gmtime(moment)),
        "message": answer if kind == "assistant" else {"role": "user", "content": text},
        "sessionId": session,
        "cwd": str(cwd),
        "gitBranch": branch,
    }


def _write(config: Path, session: str, cwd: Path, rows: list[dict[str, object]]) -> None:
    folder = config / "projects" / str(cwd).replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{session}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
