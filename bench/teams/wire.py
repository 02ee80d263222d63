"""What goes over the line: bytes and round trips of a publish, of an idle poll, and of a poll that brings news."""

import random
from collections.abc import Iterator
from pathlib import Path

from bench import sources
from bench.options import Options
from bench.repositories import git, worktrees
from bench.table import Row, fraction
from bench.teams.machines import machine, shop
from bench.teams.remote import Traffic, serve
from forksight.core.teams.state import State
from forksight.core.teams.wire import Roster
from forksight.features.teams.round_trip import poll, publish
from forksight.features.teams.sharing import outgoing

MACHINES, WORKTREES, FILES = 20, 10, 10  # machines; worktrees of each; changed files of each
# Kilobytes and round trips of plain git for the same, measured before there was a Forksight: a pack with one snapshot is 4.1 KB, and 20 refs are
# asked for in 2.4. What a push is told of the remote's refs is more the more branches it has, and not counted.
PACK, REFS = 4.1, 2.4
GOALS = {"publish": (PACK, 2), "idle poll": (REFS, 2), "poll with news": (REFS + PACK, 3)}
SHARE = 1.2


def rows(options: Options) -> Iterator[Row]:
    """A row for each."""
    for what, traffic in measure(options.folder / "wire").items():
        kilobytes, requests = GOALS[what]
        ours = (traffic.up + (0 if what == "publish" else traffic.down)) / 1000
        yield Row(
            f"{what}, {MACHINES} machines of {WORKTREES} worktrees",
            f"{ours:.1f} KB, {traffic.requests} round trips",
            f"plain git: {kilobytes} KB, {requests}",
            fraction(ours, kilobytes),
            f"{SHARE}x",
            ours <= SHARE * kilobytes and traffic.requests <= requests,
            {"up": traffic.up, "down": traffic.down, "requests": traffic.requests},
        )


def measure(folder: Path) -> dict[str, Traffic]:
    """A machine saves one file, and another looks before and after."""
    bare, _ = shop(folder, 200)
    with serve(folder) as remote:
        address = remote.line().address(bare.name)
        ada, bob = (machine(folder, name, bare, address).share() for name in ("ada", "bob"))
        edited = _edit(ada.clone)
        there, here = ada.open(), bob.open()
        shared, _ = outgoing(there, "origin")
        snapshots = there.team.commit(shared)
        for number in range(MACHINES - 1):
            there.team.publish("origin", Roster(f"{number:032x}", f"Person {number}", "laptop", 0.0, snapshots))
        state = publish(there, "origin", shared, State())
        seen = poll(here, "origin", State())
        here.team.note(seen)
        idle = remote.during(lambda: poll(here, "origin", seen))
        edited.write_bytes(edited.read_bytes() + b"saved = True\n")
        shared, _ = outgoing(there, "origin")
        published = remote.during(lambda: publish(there, "origin", shared, state))
        news = remote.during(lambda: poll(here, "origin", seen))
    return {"publish": published, "idle poll": idle, "poll with news": news}


def _edit(clone: Path) -> Path:
    """Files are changed in the clone's worktrees; the last of them."""
    rng = random.Random(9)
    for place in worktrees(clone, WORKTREES):
        names = git(place, "ls-files", "src").decode().splitlines()
        for name in rng.sample(names, FILES):
            path = place / name
            path.write_bytes(sources.encode(sources.edited(rng, path.read_text().splitlines(), 5)))
    return path
