"""The disk space that a thousand publishes take: in the bare remote, and on both machines."""

import os
from collections.abc import Iterator
from pathlib import Path

from bench import sources
from bench.options import Options
from bench.repositories import git
from bench.table import Row, fraction
from bench.teams.machines import machine, shop
from forksight.core.teams.state import State
from forksight.features.teams.round_trip import poll, publish
from forksight.features.teams.sharing import outgoing

PUBLISHES, FILES = 1000, 10  # of one machine; files that it has changed
EVERY = 10  # publishes after which both machines poll
REMOTE, KEPT = 29e6, 3e6  # goals, bytes for a thousand publishes: of plain git's loose objects; on each machine
SHARE = 1.2  # goal of the remote: times plain git's


def rows(options: Options) -> Iterator[Row]:
    """Rows for the remote and for each machine."""
    count = 60 if options.quick else PUBLISHES
    folder = options.folder / "growth"
    bare, base = shop(folder, FILES)
    git(bare, "config", "receive.autogc", "false")  # it is packed below, because hosts do so at other times
    ada, bob = (machine(folder, name, bare).share() for name in ("ada", "bob"))
    ada_context, bob_context = ada.open(), bob.open()
    files = sorted((ada.clone / "src").rglob("*.py"))[:FILES]
    for file in files:
        file.write_bytes(file.read_bytes() + b"edited = True\n")
    ada_state, bob_state = State(), State()
    before: dict[Path, int] = {}
    most: dict[Path, int] = {}  # the largest size before any poll, because polls clean up
    for number in range(count + 1):
        text = [*base[:20], f"    saved = {number}", *base[21:]]
        files[0].write_bytes(sources.encode(text))
        shared, _ = outgoing(ada_context, "origin")
        ada_state = publish(ada_context, "origin", shared, ada_state)
        if number % EVERY == 0:
            most = {place: max(most.get(place, 0), _size(place)) for place in (ada.data, bob.data)}
            ada_state, bob_state = poll(ada_context, "origin", ada_state), poll(bob_context, "origin", bob_state)
        if number == 0:
            _pack(bare)
            before = {place: _size(place) for place in (bare, ada.data, bob.data)}
    grown = {place: most.get(place, _size(place)) - size for place, size in before.items()}
    _pack(bare)
    packed = _size(bare) - before[bare]
    scale = count / 1000
    yield Row(
        f"growth after {count:,} publishes: the remote",
        f"{grown[bare] / 1e6:.1f} MB, {packed / 1000:.0f} KB once it is packed",
        f"plain git: {REMOTE * scale / 1e6:.1f} MB",
        fraction(max(grown[bare], 1), REMOTE * scale),
        f"{SHARE}x",
        grown[bare] <= SHARE * REMOTE * scale,
        {"bytes": grown[bare], "packed": packed, "publishes": count},
    )
    for who, place in (("who publishes", ada.data), ("who polls", bob.data)):
        yield Row(
            f"growth in {count:,} publishes: {who}, at most",
            f"{grown[place] / 1e6:.1f} MB",
            goal=f"{KEPT / 1e6:.0f} MB",
            met=grown[place] <= KEPT,
            numbers={"bytes": grown[place], "publishes": count},
        )


def _pack(bare: Path) -> None:
    """Pack a repository, as hosts do from time to time."""
    git(bare, "repack", "-a", "-d", "-q")
    git(bare, "prune", "--expire=now")


def _size(folder: Path) -> int:
    """The bytes that everything in a folder takes on disk."""
    return sum(
        os.lstat(os.path.join(place, name)).st_blocks * 512 for place, _, names in os.walk(folder) for name in names
    )
