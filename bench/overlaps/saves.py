"""(c) The time from a save in another worktree to the diagnostics here, and the cost of idling."""

import os
import random
import time as clock
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import psutil

from bench import sources
from bench.client import Client
from bench.options import Options
from bench.repositories import create, settle, worktrees
from bench.table import Part, Row, median, percentile, time

OTHERS, IGNORED = 50, 2_000
SAVE, IDLE = 1.0, 0.01  # goals: seconds, and the share of a core


def part(options: Options) -> Part:
    """Rows for saves, idling and kernel watches."""
    return Part(
        f"{OTHERS} other worktrees, {IGNORED:,} ignored folders in each",
        list(measure(options)),
        "idle includes the processes that the server starts",
    )


def measure(options: Options) -> Iterator[Row]:
    """Idle first, then save in one worktree after another."""
    repository, others, base = fixture(options.folder / "saves")
    path = repository / "src" / "app.py"
    with Client(repository) as client:
        client.open(path, sources.encode([*base[:20], "    ours = True", *base[21:]]).decode())
        client.diagnostics(path)
        clock.sleep(1)  # the first scan does not count as idling
        idle, seconds = idling(client.process.pid, 4 if options.quick else 12)
        watches = inotify_watches(client.process.pid)
        times = [saved(client, path, others[n % len(others)], base) for n in range(5 if options.quick else 20)]
    yield save_row("a save there to diagnostics here", times)
    yield idle_row("idle", idle, seconds)
    directories = sum(len(names) for place in [repository, *others] for _, names, _ in os.walk(place))
    yield Row(
        "kernel watches",
        f"{watches:,}",
        f"folders: {directories:,}",
        f"1/{directories / watches:.0f}" if watches else "",
        numbers={"watches": watches, "directories": directories},
    )


def save_row(what: str, times: Sequence[float]) -> Row:
    """A row about the seconds from each save to its diagnostics, with the goal `SAVE`."""
    middle, high = median(times), percentile(times, 0.95)
    return Row(
        what,
        f"{time(middle)}, p95 {time(high)}",
        goal=time(SAVE),
        met=high <= SAVE,
        numbers={"median": middle, "p95": high, "saves": len(times)},
    )


def idle_row(what: str, share: float, seconds: float) -> Row:
    """A row about the share of a core that was used in `seconds` of idling, with the goal `IDLE`."""
    return Row(
        what,
        f"{share:.2%} of a core",
        goal=f"{IDLE:.0%}",
        met=share <= IDLE,
        numbers={"share": share, "seconds": seconds},
    )


def fixture(folder: Path) -> tuple[Path, list[Path], list[str]]:
    """A repository, its other worktrees, and the lines of src/app.py; every worktree has an ignored node_modules."""
    base = sources.source(random.Random(3), 300)
    files = {f"src/part_{n}/module.py": b"x = 1\n" for n in range(20)}
    repository = create(
        folder / "shop", {**files, "src/app.py": sources.encode(base), ".gitignore": b"node_modules/\n"}
    )
    others = worktrees(repository, OTHERS)
    for place in [repository, *others]:
        for number in range(IGNORED // 10):
            for inner in ("", *(f"/lib{n}" for n in range(9))):
                os.makedirs(f"{place}/node_modules/package_{number}{inner}")
    settle([repository, *others])
    return repository, others, base


def saved(client: Client, path: Path, other: Path, base: list[str], name: str = "src/app.py") -> float:
    """Save a conflicting edit in the worktree `other`; returns the seconds until it is reported. Then restore the file, and wait."""
    file = other / name

    def named(diagnostics: object) -> bool:
        return str(other) in str(diagnostics)

    begun = perf_counter()
    file.write_bytes(sources.encode([*base[:20], f"    theirs = {begun}", *base[21:]]))
    _, arrived = client.diagnostics(path, wanted=named)
    file.write_bytes(sources.encode(base))
    client.diagnostics(path, wanted=lambda diagnostics: not named(diagnostics))
    return arrived - begun


def idling(process: int, seconds: float) -> tuple[float, float]:
    """The share of a core that a process and its children use while nothing happens, and the seconds over which it was measured."""
    server = psutil.Process(process)

    def used() -> float:
        running = 0.0
        for child in server.children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it has ended, and the server's own times include it
                running += sum(child.cpu_times()[:2])
        times = server.cpu_times()
        return times.user + times.system + times.children_user + times.children_system + running

    before, begun = used(), perf_counter()
    clock.sleep(seconds)
    passed = perf_counter() - begun
    return (used() - before) / passed, passed


def inotify_watches(process: int) -> int:
    """How many kernel watches a process holds."""
    total = 0
    for name in os.listdir(f"/proc/{process}/fdinfo"):
        with open(f"/proc/{process}/fdinfo/{name}", encoding="ascii") as facts:
            total += sum(line.startswith("inotify wd:") for line in facts)
    return total
