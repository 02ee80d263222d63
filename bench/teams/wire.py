"""The traffic of sharing: bytes and round trips of a publish, of an idle poll, and of a poll that finds changes."""

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
# Kilobytes and round trips of plain git for the same, measured before Forksight existed: a pack with one snapshot has 4.1 KB, and listing
# 20 refs takes 2.4 KB. The list of refs that a remote sends before a push is not counted, because it grows with the remote's branches.
PACK, REFS = 4.1, 2.4
GOALS = {"publish": (PACK, 2), "idle poll": (REFS, 2), "poll with news": (REFS + PACK, 3)}
SHARE = 1.2  # goal: times plain git's kilobytes


def rows(options: Options) -> Iterator[Row]:
    """A row for a publish, an idle poll and a poll that finds changes."""
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
    """The traffic when one machine saves a file, and another polls before and after that."""
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
        polled = poll(here, "origin", State())
        here.team.note(polled)
        idle = remote.during(lambda: poll(here, "origin", polled))
        edited.write_bytes(edited.read_bytes() + b"saved = True\n")
        shared, _ = outgoing(there, "origin")
        published = remote.during(lambda: publish(there, "origin", shared, state))
        news = remote.during(lambda: poll(here, "origin", polled))
    return {"publish": published, "idle poll": idle, "poll with news": news}


def _edit(clone: Path) -> Path:
    """Add worktrees to the clone and change files in each; returns the file that was changed last."""
    rng = random.Random(9)
    for place in worktrees(clone, WORKTREES):
        names = git(place, "ls-files", "src").decode().splitlines()
        for name in rng.sample(names, FILES):
            path = place / name
            path.write_bytes(sources.encode(sources.edited(rng, path.read_text().splitlines(), 5)))
    return path
