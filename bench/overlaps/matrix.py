"""(b) All pairs of dirty worktrees, compared with the git way: a snapshot of each worktree, then a merge of each pair."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from bench import gitway, sources
from bench.options import Options
from bench.repositories import create, settle, worktrees
from bench.table import Part, Row, fraction, median, time
from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.features.overlaps.engine import OverlapEngine

FILES, EDITS = 5_000, 25
COLD, WARM = 4, 50  # goals: at most one 4th, one 50th of the time of the git way

Answer = dict[tuple[int, int], frozenset[str]]


def part(options: Options) -> Part:
    """Two rows for each number of worktrees: a whole process, and a running engine after one more save."""
    counts = (10,) if options.quick else (10, 50)
    return Part(
        f"all pairs of dirty worktrees, {FILES:,} files",
        [row for count in counts for row in measure(options.folder / f"matrix-{count}", count, options)],
        f"{EDITS} files edited in each; compared with a temporary-index snapshot of each worktree, then one `git merge-tree --stdin`"
        " over the pairs; the answers were the same in every round",
    )


def measure(folder: Path, count: int, options: Options) -> Iterator[Row]:
    """Compute the matrix by git, by a whole process and by the engine, alternately; assert that the answers are the same."""
    repository, places = fixture(folder, count)
    cold: list[float] = []
    warm: list[float] = []
    beside: list[float] = []
    engine = OverlapEngine(GitRepository(find_common_dir(str(repository))))
    engine.refresh()
    engine.matrix()
    for number in range(2 if options.quick else 5):
        save(places[number % count])
        begun = perf_counter()
        expected = gitway.matrix(repository, places)
        beside.append(perf_counter() - begun)
        begun = perf_counter()
        stopped = process(repository, places)
        cold.append(perf_counter() - begun)
        begun = perf_counter()
        engine.refresh({str(places[number % count])})
        pairs = engine.matrix().pairs
        warm.append(perf_counter() - begun)
        assert stopped == expected, "git and Forksight name the same files for the same pairs"
        assert len(pairs) == len(expected)
    by_git = median(beside)
    for what, values, share in (("whole process", cold, COLD), ("after one more save", warm, WARM)):
        ours = median(values)
        yield Row(
            f"{count} worktrees, {what}",
            time(ours),
            f"git: {time(by_git)}",
            fraction(ours, by_git),
            f"1/{share}" if count == 50 else "",
            ours * share <= by_git if count == 50 else None,
            {"median": ours, "git": by_git, "rounds": len(values), "conflicting_pairs": len(pairs)},
        )


def fixture(folder: Path, count: int) -> tuple[Path, list[Path]]:
    """A repository and its worktrees, the main one first: each edits files that few others edit, and three of fifty that many edit."""
    rng = random.Random(11)
    files = {
        f"src/part_{number // 100}/module_{number}.py": sources.encode(sources.source(rng, rng.randint(30, 150)))
        for number in range(FILES)
    }
    paths = sorted(files)
    repository = create(folder / "shop", files)
    places = [repository, *worktrees(repository, count - 1)]
    for place in places:
        for path in rng.sample(paths[:50], 3) + rng.sample(paths[50:], EDITS - 3):
            (place / path).write_bytes(sources.encode(sources.edited(rng, files[path].decode().splitlines(), 1)))
    settle(places)
    return repository, places


def save(place: Path) -> None:
    """One more edit in a worktree."""
    path = place / "src" / "part_0" / "module_7.py"
    path.write_bytes(path.read_bytes() + f"saved = {perf_counter()}\n".encode())


def process(repository: Path, places: list[Path]) -> Answer:
    """The answer of `forksight matrix --json`: the files of each pair, by the indexes in `places` (the smaller first)."""
    command = [str(Path(sys.executable).with_name("forksight")), "matrix", "--json"]
    document = json.loads(subprocess.run(command, cwd=repository, capture_output=True, check=False).stdout)
    numbers = [places.index(Path(worktree["path"])) for worktree in document["worktrees"]]
    answer = {}
    for pair in document["pairs"]:
        a, b = sorted((numbers[pair["a"]], numbers[pair["b"]]))
        answer[a, b] = frozenset(file["path"] for file in pair["files"])
    return answer
