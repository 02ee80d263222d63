"""Simulates a working day of machines that publish through one remote at the pace of `core.teams.pace`.

    python -m bench.teams.scale [MACHINES …]

People start between 7 and 10 and work for eight hours; a machine saves something every two minutes on average. The traffic is computed
from measured figures: 4.1 KB for a publish of one saved file, 2.4 KB for an idle poll, 3.7 KB for the changes of one machine.
"""

import heapq
import random
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from forksight.core.teams.pace import QUIET, jittered, publish_pause

DAY, HOUR = 86_400.0, 3600.0
BETWEEN_SAVES = 120.0  # seconds, on average
WORK = 8 * HOUR
POLL = 15.0  # seconds
PUBLISH_KB, POLL_KB, NEWS_KB = 4.1, 2.4, 3.7
SIZES = (10, 30, 100, 300, 1000, 3000, 10_000)


@dataclass
class Outcome:
    """A simulated day. `pushes` are moments in seconds; `waits` are the seconds from each save until another machine has it, sorted."""

    machines: int
    pushes: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def busiest(self) -> float:
        """Pushes a minute in the busiest hour."""
        hours = [0] * 24
        for moment in self.pushes:
            hours[int(moment // HOUR) % 24] += 1
        return max(hours) / 60

    @property
    def megabytes(self) -> float:
        """Megabytes that one machine sends and receives in a day."""
        polls, pushes = WORK / (POLL * 1.1), len(self.pushes)
        return (polls * POLL_KB + pushes / self.machines * PUBLISH_KB + pushes * WORK / DAY * 3 * NEWS_KB) / 1024


class Active:
    """Which machines published in the last hour and day, as every machine knows it from the rosters."""

    def __init__(self) -> None:
        self.last: dict[int, float] = {}
        self.windows = {HOUR: (deque[tuple[float, int]](), set[int]()), DAY: (deque[tuple[float, int]](), set[int]())}

    def published(self, machine: int, now: float) -> None:
        """Record that a machine published at `now`."""
        self.last[machine] = now
        for order, active in self.windows.values():
            order.append((now, machine))
            active.add(machine)

    def others(self, machine: int, now: float) -> tuple[float, ...]:
        """Moments that lead to the same pause as those at which the other machines last published."""
        counts = []
        for width, (order, active) in self.windows.items():
            while order and order[0][0] <= now - width:
                moment, gone = order.popleft()
                if self.last[gone] == moment:
                    active.discard(gone)
            counts.append(len(active) - (machine in active))
        hour, day = counts
        return (now,) * hour + (now - 2 * HOUR,) * (day - hour)


def simulate(machines: int, seed: int = 1) -> Outcome:
    """Simulate one working day."""
    chance = random.Random(seed)
    outcome, active = Outcome(machines), Active()
    ends: list[float] = []
    unsent: list[list[float]] = [[] for _ in range(machines)]
    queue: list[tuple[float, int, bool]] = []  # the moment, the machine, and whether it publishes then (else it saves)
    for machine in range(machines):
        begins = chance.uniform(7, 10) * HOUR
        ends.append(begins + WORK)
        heapq.heappush(queue, (begins + chance.expovariate(1 / BETWEEN_SAVES), machine, False))

    def due(machine: int, now: float) -> float:
        """The earliest moment at which a machine may publish."""
        last = active.last.get(machine)
        return now if last is None else last + publish_pause(now, active.others(machine, now), 10)

    while queue:
        now, machine, publishes = heapq.heappop(queue)
        if publishes:
            at = due(machine, now)
            if at > now:
                heapq.heappush(queue, (at, machine, True))
                continue
            active.published(machine, now)
            outcome.pushes.append(now)
            received = now + chance.uniform(0, jittered(POLL, chance.random()))
            outcome.waits += [received - saved for saved in unsent[machine]]
            unsent[machine].clear()
        elif now < ends[machine]:
            if not unsent[machine]:
                heapq.heappush(queue, (max(now + QUIET, due(machine, now)), machine, True))
            unsent[machine].append(now)
            heapq.heappush(queue, (now + chance.expovariate(1 / BETWEEN_SAVES), machine, False))
    outcome.waits.sort()
    return outcome


def table(sizes: tuple[int, ...]) -> Iterator[str]:
    """The lines of a Markdown table with a row for each number of machines."""
    yield "| machines | pushes a minute, busiest hour | save to colleague, median | p95 | MB a day and machine |"
    yield "|---|---|---|---|---|"
    for size in sizes:
        day = simulate(size)
        median, late = (day.waits[int(len(day.waits) * part)] for part in (0.5, 0.95))
        yield f"| {size:,} | {day.busiest:.1f} | {_span(median)} | {_span(late)} | {day.megabytes:.1f} |"


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * HOUR else f"{seconds / HOUR:.1f} h"


if __name__ == "__main__":
    for line in table(tuple(map(int, sys.argv[1:])) or SIZES):
        print(line, flush=True)
