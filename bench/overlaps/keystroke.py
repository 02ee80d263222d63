"""(a) The time from a key stroke to its diagnostics, compared with one `git merge-tree` for each other worktree."""

import random
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from bench import sources
from bench.client import Client, Message
from bench.options import Options
from bench.repositories import History, create, git, worktrees
from bench.table import Part, Row, fraction, median, percentile, time

LINES, EDITS = 10_000, 25
GOALS = {50: 0.008, 200: 0.012}  # number of other worktrees -> goal of the 95th percentile in seconds
SHARE = 80  # goal: the median is at most one 80th of git's


def part(options: Options) -> Part:
    """A row for each number of other worktrees."""
    counts = (10, 50) if options.quick else (10, 50, 200)
    return Part(
        f"key stroke to diagnostics, {LINES:,} lines",
        [measure(options.folder / f"keystroke-{others}", others, options) for others in counts],
        f"through the real server over stdio, {EDITS} edits on each side, delay 0; compared with one `git merge-tree --write-tree`"
        " for each other worktree, of the same texts committed",
    )


def measure(folder: Path, others: int, options: Options) -> Row:
    """Type into a file that all other worktrees changed, and merge it with git in each round."""
    path, text, names = fixture(folder, others)
    rng = random.Random(others)
    strokes: list[float] = []
    by_git: list[float] = []
    with Client(path.parent.parent) as client:
        client.open(path, text)
        diagnostics, _ = client.diagnostics(path)
        stopped = {f"topic-{number}" for number, name in enumerate(names) if conflicts(path.parent.parent, name)}
        assert stopped == branches(diagnostics), "git and Forksight name the same worktrees"
        for _ in range(2 if options.quick else 5):
            begun = perf_counter()
            for name in names:
                conflicts(path.parent.parent, name)
            by_git.append(perf_counter() - begun)
            strokes += type_on(client, path, rng, 30 if options.quick else 60)
    middle, high, beside = median(strokes), percentile(strokes, 0.95), median(by_git)
    goal = GOALS.get(others)
    return Row(
        f"{others} other worktrees changed it",
        f"{time(middle)}, p95 {time(high)}",
        f"git: {time(beside)}",
        fraction(middle, beside),
        f"p95 {time(goal)}, 1/{SHARE}" if goal else "",
        high <= goal and middle * SHARE <= beside if goal else None,
        {"median": middle, "p95": high, "git": beside, "strokes": len(strokes), "rounds": len(by_git)},
    )


def fixture(folder: Path, others: int) -> tuple[Path, str, list[str]]:
    """The file's path, its text with unsaved edits, and for each other worktree a branch with its uncommitted text.

    The branch `here` has the file with the unsaved edits.
    """
    rng = random.Random(7)
    base = sources.source(rng, LINES)
    repository = create(folder / "shop", {"src/big.py": sources.encode(base), "README": b"A shop.\n"})
    history, names = History(), []
    text = sources.encode(sources.edited(rng, base, EDITS))
    history.commit("here", {"src/big.py": text}, "refs/heads/main^0")
    for number, worktree in enumerate(worktrees(repository, others)):
        theirs = sources.encode(sources.edited(rng, base, EDITS))
        (worktree / "src" / "big.py").write_bytes(theirs)
        names.append(f"there-{number}")
        history.commit(names[-1], {"src/big.py": theirs}, "refs/heads/main^0")
    history.write(repository)
    return repository / "src" / "big.py", text.decode(), names


def conflicts(repository: Path, name: str) -> bool:
    """Whether git stops at merging the branch `name` with the branch `here`."""
    return b"\nCONFLICT" in git(repository, "merge-tree", "--write-tree", "here", name, accept=(0, 1))


def branches(diagnostics: list[Message]) -> set[str]:
    """The branches of the worktrees that conflicts are reported with."""
    return {
        str(other).rpartition("shop-")[2]
        for diagnostic in diagnostics
        if diagnostic["code"] == "conflict"
        for other in diagnostic["data"]["others"]
    }


def type_on(client: Client, path: Path, rng: random.Random, count: int) -> Iterator[float]:
    """Type `count` characters, six at each of several places; yields the seconds until each stroke's diagnostics."""
    line = column = 0
    for number in range(count):
        if number % 6 == 0:
            line, column = rng.randrange(LINES), 0
        position = {"line": line, "character": column}
        letter = "\n" if number % 30 == 29 else "x"
        begun = perf_counter()
        version = client.change(path, [{"range": {"start": position, "end": position}, "text": letter}])
        _, arrived = client.diagnostics(path, version)
        yield arrived - begun
        column += 1
