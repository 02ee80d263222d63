"""(d) From starting the server to the first diagnostics, and its memory."""

import random
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench import keystroke, sources
from bench.client import Client
from bench.options import Options
from bench.repositories import create, settle, worktrees
from bench.table import Part, Row, median, time

START, MEMORY = 0.4, 90e6  # goals: seconds, bytes


def part(options: Options) -> Part:
    """A row for each number of other worktrees, and one for memory."""
    return Part("server start to first diagnostics; memory", [*starts(options), memory(options.folder / "memory")])


def starts(options: Options) -> Iterator[Row]:
    """Start it, open a document, wait, stop it."""
    for others in (3, 50):
        path, text = fixture(options.folder / f"startup-{others}", others)
        times = [start(path, text) for _ in range(3 if options.quick else 9)]
        yield Row(
            f"{others} other worktrees",
            time(median(times)),
            goal=time(START),
            met=median(times) <= START,
            numbers={"median": median(times), "starts": len(times)},
        )


def fixture(folder: Path, others: int) -> tuple[Path, str]:
    """A file that each other worktree changed, and its text with unsaved edits."""
    rng = random.Random(5)
    base = sources.source(rng, 400)
    files = {f"src/part_{n // 20}/module_{n}.py": sources.encode(sources.source(rng, 60)) for n in range(400)}
    repository = create(folder / "shop", {**files, "src/app.py": sources.encode(base)})
    places = worktrees(repository, others)
    for worktree in places:
        (worktree / "src" / "app.py").write_bytes(sources.encode(sources.edited(rng, base, 6)))
    settle([repository, *places])
    return repository / "src" / "app.py", sources.encode(sources.edited(rng, base, 6)).decode()


def start(path: Path, text: str) -> float:
    """Start a server as an editor does; seconds until the diagnostics of its document are there."""
    with Client(path.parent.parent) as client:
        client.open(path, text)
        _, arrived = client.diagnostics(path)
        return arrived - client.started


def memory(folder: Path) -> Row:
    """What the server holds after a while of typing into a big file that fifty others changed."""
    path, text, _ = keystroke.fixture(folder, 50)
    with Client(path.parent.parent) as client:
        client.open(path, text)
        client.diagnostics(path)
        list(keystroke.type_on(client, path, random.Random(1), 60))
        used = psutil.Process(client.process.pid).memory_full_info()
    return Row(
        f"memory, {keystroke.LINES:,} lines, 50 others changed them",
        f"{used.rss / 1e6:.0f} MB ({used.uss / 1e6:.0f} MB its own)",
        goal=f"{MEMORY / 1e6:.0f} MB",
        met=used.rss <= MEMORY,
        numbers={"rss": used.rss, "uss": used.uss},
    )
