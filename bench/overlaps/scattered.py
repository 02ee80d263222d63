"""(i) Files with thousands of scattered changes: a key stroke there, and meanwhile in another document; next to `git merge-tree`."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

from bench.client import Client, Message
from bench.options import Options
from bench.overlaps.keystroke import conflicts
from bench.overlaps.saves import idling
from bench.repositories import History, create, worktrees
from bench.sources import encode
from bench.table import Part, Row, fraction, median, time

_START = {"line": 0, "character": 0}
_LETTER = {"range": {"start": _START, "end": _START}, "text": "x"}
MOST = 1.5  # goal: times what git takes for the merge
RESTING = 0.05  # share of a core; a server that uses less has nothing left to do
Lines = list[str]


def part(options: Options) -> Part:
    """A row for each shape and number of changes."""
    counts = (2_500,) if options.quick else (2_500, 5_000, 10_000, 20_000)
    return Part(
        "key stroke in a file with scattered changes",
        [
            measure(options.folder / f"{name}-{count}".replace(" ", "-"), name, count, 2 if options.quick else 5)
            for name in SHAPES
            for count in counts
        ],
        "through the real server over stdio, both sides changed as many lines, delay 0; compared with one `git merge-tree"
        " --write-tree` of the same texts committed. First: from opening the file as it is on disk, in a server that has nothing left"
        " to do, to its first diagnostics. Formatted: from replacing all lines, as a formatter in the editor does. Other: the longest"
        " key stroke in a small document while the first diagnostics were being computed",
    )


def every_other(count: int) -> Lines:
    """`2 * count` lines, all different."""
    return [line for number in range(count) for line in (f"call({number})", f"keep({number})")]


def blank(count: int) -> Lines:
    """`2 * count` different lines with a blank line after each."""
    return [line for number in range(2 * count) for line in (f"call({number})", "")]


def repetitive(count: int) -> Lines:
    """`2 * count` lines in order, each repeated 64 times: histogram diff does not split at lines that are more frequent."""
    period = max(1, 2 * count // 64)
    return [f"call({number % period})" for number in range(2 * count)]


def drawn(count: int) -> Lines:
    """`2 * count` lines in random order, each about twenty times."""
    rng = random.Random(count)
    return [f"call({rng.randrange(max(1, count // 10))})" for _ in range(2 * count)]


SHAPES: dict[str, tuple[Callable[[int], Lines], int]] = {  # how the base is made; one of so many lines is changed
    "every other line": (every_other, 2),
    "blank lines": (blank, 4),
    "repeated in order": (repetitive, 2),
    "repeated at random": (drawn, 2),
}


def measure(folder: Path, name: str, count: int, rounds: int) -> Row:
    """Open the file while typing into another one, then type into it, then replace its text."""
    make, step = SHAPES[name]
    base = make(count)
    ours = [f"  {line} mine" if number % step == 0 else line for number, line in enumerate(base)]
    formatted = [f"    {line} mine" if number % step == 0 else line for number, line in enumerate(base)]
    theirs = [f"\t{line} theirs" if number % step == 0 else line for number, line in enumerate(base)]
    small = [f"line {number}" for number in range(40)]
    repository = create(folder / "shop", {"big.py": encode(base), "small.py": encode(small)})
    history = History()
    history.commit("here", {"big.py": encode(ours)}, "refs/heads/main^0")
    history.commit("there", {"big.py": encode(theirs)}, "refs/heads/main^0")
    history.write(repository)
    (worktree,) = worktrees(repository, 1)
    (worktree / "big.py").write_bytes(encode(theirs))
    (worktree / "small.py").write_bytes(encode(["theirs", *small[1:]]))
    (repository / "big.py").write_bytes(encode(ours))
    by_git = [_timed(lambda: conflicts(repository, "there")) for _ in range(rounds)]
    big, other = repository / "big.py", repository / "small.py"
    with Client(repository) as client:
        client.open(other, encode(["mine", *small[1:]]).decode())
        client.diagnostics(other)
        _wait_until_it_rests(client)
        first, meanwhile = _opened(client, big, encode(ours).decode(), other)
        strokes = list(_typed(client, big, [len(base) // 2 + 7 * number for number in range(2 * rounds)]))
        _wait_until_it_rests(client)
        whole = _changed(client, big, {"text": encode(formatted).decode()})
    stroke, beside = median(strokes), median(by_git)
    return Row(
        f"{name}, {count:,} changes",
        f"{time(stroke)}, first {time(first)}, formatted {time(whole)}, other {time(meanwhile)}",
        f"git: {time(beside)}",
        fraction(stroke, beside),
        f"{MOST}x",
        max(stroke, first, whole) <= MOST * beside,
        {"stroke": stroke, "first": first, "formatted": whole, "other": meanwhile, "git": beside, "rounds": rounds},
    )


def _wait_until_it_rests(client: Client) -> None:
    """Wait until the server has read the sessions and scanned the disk, which it does a second after its start.

    Raises TimeoutError after a minute.
    """
    if all(idling(client.process.pid, 2.0)[0] > RESTING for _ in range(30)):
        raise TimeoutError("the server is still busy after a minute")


def _timed(act: Callable[[], object]) -> float:
    begun = perf_counter()
    act()
    return perf_counter() - begun


def _opened(client: Client, path: Path, text: str, other: Path) -> tuple[float, float]:
    """Open a document, and type into another one until the diagnostics arrive: the seconds until then, and the longest stroke."""
    longest, begun = 0.0, perf_counter()
    client.open(path, text)
    while True:
        stroke = perf_counter()
        awaited = {path.as_uri(): 1, other.as_uri(): client.change(other, [_LETTER])}
        message, arrived = client.until(partial(_publishes, awaited))
        if message["params"]["uri"] == path.as_uri():
            return arrived - begun, longest
        longest = max(longest, arrived - stroke)


def _publishes(awaited: Mapping[str, int], message: Message) -> bool:
    """Whether a message publishes the diagnostics of one of these document versions (by URI)."""
    params = message.get("params") or {}
    published = message.get("method") == "textDocument/publishDiagnostics"
    return published and awaited.get(params["uri"]) == params.get("version")


def _typed(client: Client, path: Path, lines: Sequence[int]) -> Iterator[float]:
    """Type a letter at the start of each line; yields the seconds until its diagnostics."""
    for line in lines:
        position = {"line": line, "character": 0}
        yield _changed(client, path, {"range": {"start": position, "end": position}, "text": "x"})


def _changed(client: Client, path: Path, change: Message) -> float:
    """Change a document; returns the seconds until its diagnostics."""
    begun = perf_counter()
    _, arrived = client.diagnostics(path, client.change(path, [change]))
    return arrived - begun
