"""The time from a key stroke to its diagnostics with colleagues' snapshots, compared with local worktrees that made the same changes."""

import random
from collections.abc import Iterator, Sequence

from bench.client import Client, Message
from bench.options import Options
from bench.overlaps.keystroke import GOALS, LINES, fixture, type_on
from bench.repositories import git
from bench.table import Row, fraction, median, percentile, time
from bench.teams.machines import Machine, machine
from forksight.core.teams.state import State
from forksight.core.teams.wire import Roster
from forksight.features.context import Context
from forksight.features.teams.round_trip import poll
from forksight.features.teams.sharing import outgoing

OTHERS, OF_EACH = 200, 10  # snapshots in all; snapshots of each machine
SHARE = 1.2  # goal: times the key stroke with local worktrees


def rows(options: Options) -> Iterator[Row]:
    """Type into the same text in two editors, alternately: on one machine the worktrees are local, on the other they are colleagues'."""
    others = 50 if options.quick else OTHERS
    folder = options.folder / "keystrokes"
    path, text, _ = fixture(folder, others)
    ada = Machine("ada", folder / "data", path.parent.parent)
    bob = _shared(ada, others)
    rng = random.Random(others)
    strokes: dict[str, list[float]] = {"worktrees": [], "colleagues": []}
    with Client(ada.clone) as near, bob.editor(poll=3600) as far:
        editors = {"worktrees": (near, path), "colleagues": (far, bob.clone / "src" / "big.py")}
        opponents = {}
        for name, (client, file) in editors.items():
            client.open(file, text)
            diagnostics, _ = client.diagnostics(file, wanted=_conflicts)
            opponents[name] = len({other for diagnostic in diagnostics for other in diagnostic["data"]["others"]})
        assert opponents["worktrees"] == opponents["colleagues"], opponents
        for _ in range(2 if options.quick else 5):
            for name, (client, file) in editors.items():
                strokes[name] += type_on(client, file, rng, 30 if options.quick else 60)
    middle, high = median(strokes["colleagues"]), percentile(strokes["colleagues"], 0.95)
    beside, high_beside = median(strokes["worktrees"]), percentile(strokes["worktrees"], 0.95)
    goal = GOALS[others]
    yield Row(
        f"key stroke to diagnostics, {LINES:,} lines, {others} colleagues' snapshots changed it",
        f"{time(middle)}, p95 {time(high)}",
        f"{others} worktrees: {time(beside)}, p95 {time(high_beside)}",
        fraction(middle, beside),
        f"p95 {time(goal)}, {SHARE}x",
        high <= goal and middle <= SHARE * beside,
        {
            "median": middle,
            "p95": high,
            "worktrees": beside,
            "p95_worktrees": high_beside,
            "conflicts": opponents["colleagues"],
        },
    )


def _conflicts(diagnostics: Sequence[Message]) -> bool:
    return any(diagnostic["code"] == "conflict" for diagnostic in diagnostics)


def _shared(ada: Machine, others: int) -> Machine:
    """Another machine that has fetched the contents of this machine's worktrees as snapshots of others, `OF_EACH` per machine."""
    bare = ada.clone.parent / "shop.git"
    git(ada.clone, "clone", "--quiet", "--bare", "--single-branch", "--branch=main", str(ada.clone), str(bare))
    git(ada.clone, "remote", "add", "origin", str(bare))
    git(ada.clone, "fetch", "--quiet", "origin")
    bob = machine(ada.clone.parent, "bob", bare).share()
    there, here = ada.share().open(), bob.open()
    for number in range(0, others, OF_EACH):
        _publish(there, number)
    here.team.note(poll(here, "origin", State()))
    return bob


def _publish(context: Context, first: int) -> None:
    listed, _ = context.repository.worktrees()
    snapshots = [context.repository.scan(worktree)[0] for worktree in listed[1 + first : 1 + first + OF_EACH]]
    shared, _ = outgoing(context, "origin", snapshots)
    roster = Roster(f"{first:032x}", f"Person {first}", "laptop", context.clock.now(), context.team.commit(shared))
    context.team.publish("origin", roster)
