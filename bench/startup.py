"""(d) The time from the server's start to the first diagnostics, also in a big repository; the cost of following it; memory."""

import os
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter

import psutil

from bench import sources
from bench.client import Client
from bench.options import Options
from bench.overlaps import keystroke, saves
from bench.repositories import create, git, settle, worktrees
from bench.table import Part, Row, fraction, median, time
from forksight.core.git.watching import SHARE

MEMORY = 90e6  # goal: bytes
SMALL_TIMES = 1.6  # goal: times the start of a minimal server with the same library
LEAST = [sys.executable, str(Path(__file__).with_name("least_server.py"))]
BIG_FILES, BIG_OTHERS = 60_000, 12
BIG_TIMES = 1.5  # goal: times one `git status` of one worktree
LIMIT = Path("/proc/sys/fs/inotify/max_user_watches")


def part(options: Options) -> Part:
    """Rows for two numbers of other worktrees, for a big repository, and for memory."""
    rows = [*starts(options), *big(options), memory(options.folder / "memory")]
    return Part(
        "server start to first diagnostics; a big repository; memory",
        rows,
        "the start is compared with that of a pygls server that answers `initialize` and publishes one diagnostic",
    )


def starts(options: Options) -> Iterator[Row]:
    """Start the server, open a document, wait for its diagnostics and stop; alternately with the minimal server."""
    for others in (3, 50):
        path, text = fixture(options.folder / f"startup-{others}", others)
        times, least = [], []
        for _ in range(3 if options.quick else 9):
            least.append(start(path, text, LEAST))
            times.append(start(path, text))
        ours, theirs = median(times), median(least)
        yield Row(
            f"{others} other worktrees",
            time(ours),
            f"pygls: {time(theirs)}",
            fraction(ours, theirs),
            f"{SMALL_TIMES}x",
            ours <= SMALL_TIMES * theirs,
            {"median": ours, "pygls": theirs, "starts": len(times)},
        )


def big(options: Options) -> Iterator[Row]:
    """The start alternately with one `git status` of one worktree; then saves, idling, watches and memory of one server."""
    files, others = (6_000, 4) if options.quick else (BIG_FILES, BIG_OTHERS)
    what = f"{files:,} files, {others} other worktrees"
    path, text = fixture(options.folder / "startup-big", others, small_files(files))
    repository = path.parent.parent
    starts, statuses = [], []
    for _ in range(3 if options.quick else 7):
        begun = perf_counter()
        git(repository, "status", "--porcelain")
        statuses.append(perf_counter() - begun)
        starts.append(start(path, text))
    ours, status = median(starts), median(statuses)
    yield Row(
        what,
        time(ours),
        f"git status: {time(status)}",
        fraction(ours, status),
        "" if options.quick else f"{BIG_TIMES}x",
        None if options.quick else ours <= BIG_TIMES * status,  # with `quick` the repository is too small for the goal
        {"median": ours, "status": status, "starts": len(starts)},
    )
    yield from following(options, what, path)


def following(options: Options, what: str, path: Path) -> Iterator[Row]:
    """The cost of following a repository: in another worktree, a file that nobody has edited is edited and restored again and again."""
    repository = path.parent.parent
    other, base = repository.parent / f"{repository.name}-topic-0", sources.source(random.Random(9), 40)
    quiet = repository / "src" / "quiet.py"
    with Client(repository) as client:
        client.open(quiet, sources.encode([*base[:20], "    ours = True", *base[21:]]).decode())
        client.diagnostics(quiet)
        # Once the server has reported this save, it watches everything.
        saves.saved(client, quiet, other, base, "src/quiet.py")
        idle, seconds = saves.idling(client.process.pid, 4 if options.quick else 12)
        watches = saves.inotify_watches(client.process.pid)
        times = [saves.saved(client, quiet, other, base, "src/quiet.py") for _ in range(5 if options.quick else 20)]
        used = psutil.Process(client.process.pid).memory_full_info()
    yield saves.save_row(f"{what}: a save there to diagnostics here", times)
    yield saves.idle_row(f"{what}: idle", idle, seconds)
    places = [repository, *repository.parent.glob(f"{repository.name}-topic-*")]
    directories = sum(len(names) for place in places for _, names, _ in os.walk(place))
    allowed = int(LIMIT.read_text()) if LIMIT.exists() else 0  # of all programs of this user together
    yield Row(
        f"{what}: kernel watches",
        f"{watches:,} for {directories:,} folders",
        f"allowed: {allowed:,}" if allowed else "",
        fraction(watches, allowed) if watches and allowed else "",
        f"1/{SHARE}" if allowed else "",
        watches * SHARE <= allowed if allowed else None,
        {"watches": watches, "directories": directories, "allowed": allowed},
    )
    yield memory_row(f"{what}: memory", used.rss, used.uss)


def small_files(count: int) -> dict[str, bytes]:
    """`count` files of one line each, sixty per folder, and `src/quiet.py`, which nobody edits before the saves."""
    files = {f"src/part_{n // 60}/module_{n}.py": b"number = %d\n" % n for n in range(count)}
    return {**files, "src/quiet.py": sources.encode(sources.source(random.Random(9), 40))}


def modules(rng: random.Random) -> dict[str, bytes]:
    """400 files of 60 lines."""
    return {f"src/part_{n // 20}/module_{n}.py": sources.encode(sources.source(rng, 60)) for n in range(400)}


def fixture(folder: Path, others: int, files: Mapping[str, bytes] | None = None) -> tuple[Path, str]:
    """The path of a file that each other worktree changed, and its text with unsaved edits. `files` are the repository's other files."""
    rng = random.Random(5)
    base = sources.source(rng, 400)
    repository = create(folder / "shop", {**(files or modules(rng)), "src/app.py": sources.encode(base)})
    places = worktrees(repository, others)
    for worktree in places:
        (worktree / "src" / "app.py").write_bytes(sources.encode(sources.edited(rng, base, 6)))
    settle([repository, *places])
    return repository / "src" / "app.py", sources.encode(sources.edited(rng, base, 6)).decode()


def start(path: Path, text: str, command: Sequence[str] | None = None) -> float:
    """Start a server as an editor does; returns the seconds until the document's diagnostics arrive."""
    with Client(path.parent.parent, command=command) as client:
        client.open(path, text)
        _, arrived = client.diagnostics(path)
        return arrived - client.started


def memory(folder: Path) -> Row:
    """The server's memory after typing into a big file that fifty other worktrees changed."""
    path, text, _ = keystroke.fixture(folder, 50)
    with Client(path.parent.parent) as client:
        client.open(path, text)
        client.diagnostics(path)
        list(keystroke.type_on(client, path, random.Random(1), 60))
        used = psutil.Process(client.process.pid).memory_full_info()
    return memory_row(f"memory, {keystroke.LINES:,} lines, 50 others changed them", used.rss, used.uss)


def memory_row(what: str, rss: float, uss: float) -> Row:
    """A row about a process's resident bytes and those that it does not share, with the goal `MEMORY`."""
    return Row(
        what,
        f"{rss / 1e6:.0f} MB ({uss / 1e6:.0f} MB its own)",
        goal=f"{MEMORY / 1e6:.0f} MB",
        met=rss <= MEMORY,
        numbers={"rss": rss, "uss": uss},
    )
