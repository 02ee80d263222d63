"""The time from a colleague's save to the diagnostics here, over lines of two latencies; and the cost of idling."""

import random
import time as clock
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from bench import sources
from bench.client import Client
from bench.options import Options
from bench.overlaps.saves import idle_row, idling
from bench.table import Row, fraction, median, time
from bench.teams.machines import Machine, machine, shop
from bench.teams.remote import serve

LATENCIES = (0.0, 0.05)  # seconds of a round trip
PAIRS, SAVES, POLL = 2, 4, 5  # pairs of machines at each latency; saves of each; seconds between two polls
GOAL = (6.0, 8.0)  # seconds, median and worst: those of plain git in a loop with the same poll and 50 ms latency
SHARE = 1.2  # goal: times `GOAL`
DEFAULT_POLL = 15  # seconds between two polls
APART = 10  # both sides change every tenth line
_PUSH_PAUSE = 10.5  # seconds: a little more than those between two pushes of the only machine


def rows(options: Options) -> Iterator[Row]:
    """A row for each latency and one for idling, all measured at the same time."""
    saves, pairs = (2, 1) if options.quick else (SAVES, PAIRS)
    with ExitStack() as stack:
        pairs_at = {
            latency: [_pair(stack, options.folder / f"pair-{latency}-{n}", latency, POLL) for n in range(pairs)]
            for latency in LATENCIES
        }
        waiting = _pair(stack, options.folder / "idle", 0.0, DEFAULT_POLL).here
        pool = stack.enter_context(ThreadPoolExecutor())
        idle = pool.submit(_idle, waiting, 20 if options.quick else 60)
        running = {
            latency: [pool.submit(_saves, pair, saves, seed) for seed, pair in enumerate(made)]
            for latency, made in pairs_at.items()
        }
        times = {latency: [wait for future in made for wait in future.result()] for latency, made in running.items()}
        share, seconds = idle.result()
    for latency, waited in times.items():
        middle, worst = median(waited), max(waited)
        yield Row(
            f"a colleague's save to diagnostics here, {latency * 1000:.0f} ms away",
            f"{time(middle)}, worst {time(worst)}",
            f"a poll every {POLL} s",
            fraction(middle, POLL),
            f"{time(GOAL[0])}, worst {time(GOAL[1])}, {SHARE}x",
            middle <= SHARE * GOAL[0] and worst <= SHARE * GOAL[1],
            {"median": middle, "worst": worst, "saves": len(waited), "poll": POLL},
        )
    yield idle_row(f"idle while sharing, a poll every {DEFAULT_POLL} s", share, seconds)


@dataclass(frozen=True)
class Pair:
    """Two machines that share, each with an editor."""

    ada: Machine  # where the file is saved
    bob: Machine  # where that is reported
    here: Client  # Bob's editor
    file: Path  # of Ada's


def _pair(stack: ExitStack, folder: Path, latency: float, poll: int) -> Pair:
    bare, base = shop(folder)
    address = stack.enter_context(serve(folder)).line(latency).address(bare.name)
    ada, bob = (machine(folder, name, bare, address).share() for name in ("ada", "bob"))
    there, here = (stack.enter_context(sharing.editor(poll=poll)) for sharing in (ada, bob))
    theirs = ada.clone / "src" / "app.py"
    there.open(theirs, theirs.read_text())
    there.diagnostics(theirs)
    ours = bob.clone / "src" / "app.py"
    here.open(ours, sources.encode(_changed(base, "ours", len(base))).decode())
    here.diagnostics(ours)
    return Pair(ada, bob, here, theirs)


def _changed(base: Sequence[str], whose: str, until: int) -> list[str]:
    """The lines with every tenth one, up to number `until`, replaced by an assignment to `whose`."""
    return [
        f"    {whose} = {number}" if number % APART == 5 and number <= until else line
        for number, line in enumerate(base)
    ]


def _saves(pair: Pair, count: int, seed: int) -> list[float]:
    """Save `count` times; returns the seconds until each save is reported. Raises TimeoutError with both machines' share status."""
    try:
        return _shown(pair.here, pair.file, count, seed)
    except TimeoutError as error:
        raise TimeoutError(f"{error}\n{pair.ada.status()}\n{pair.bob.status()}") from error


def _shown(here: Client, file: Path, count: int, seed: int) -> list[float]:
    rng = random.Random(seed)
    base, ours = file.read_text().splitlines(), here.folder / "src" / "app.py"
    times: list[float] = []
    for number in range(count):
        line = 5 + APART * number
        clock.sleep(
            (_PUSH_PAUSE if times else 0.0) + rng.uniform(0, POLL)
        )  # after the pause since the last push, at a random moment between two polls
        begun = perf_counter()
        file.write_bytes(sources.encode(_changed(base, "theirs", line)))
        _, arrived = here.diagnostics(ours, wanted=partial(_begins_at, line))
        times.append(arrived - begun)
    return times


def _begins_at(line: int, diagnostics: list[dict[str, Any]]) -> bool:
    return any(diagnostic["range"]["start"]["line"] == line for diagnostic in diagnostics)


def _idle(client: Client, seconds: float) -> tuple[float, float]:
    clock.sleep(5)  # the first scan does not count as idling
    return idling(client.process.pid, seconds)
