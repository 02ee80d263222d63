"""Reads rosters and snapshots from our repository. Sizes are bounded, and an unreadable one hides no other."""

import os
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from forksight.adapters.git import process
from forksight.adapters.git.objects.cat_file import Objects
from forksight.adapters.teams.bases import Bases
from forksight.adapters.teams.polling import LEFT_ALONE
from forksight.adapters.teams.trees import Trees
from forksight.core.git.snapshot import GITLINK, Change, Colleague, Snapshot, Worktree
from forksight.core.problems import ForksightError, GitError, Problem
from forksight.core.teams.wire import (
    LARGEST_FILE,
    LARGEST_SHARE,
    LONGEST_MESSAGE,
    MOST_MACHINES,
    MOST_PATHS_IN_ALL,
    MOST_PATHS_OF_MACHINE,
    MOST_SNAPSHOTS_IN_ALL,
    REFS,
    Roster,
    is_safe_path,
    machine_of,
    read_roster,
    read_snapshot,
)

_MOST_NAMED = 50  # left-out machines that get a problem each
_NO_ANSWER = ("git-busy", "git-missing", "git-timeout")  # codes of errors of a git that did not run to its end


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading one roster's snapshots."""

    snapshots: tuple[Snapshot, ...]
    problems: tuple[Problem, ...]
    at: float  # when it was read, seconds since the epoch
    paths: int  # how many paths the snapshots change or leave unmerged
    bases: Mapping[str, int]  # parent of a snapshot -> number of paths in which it differs from the commits here
    is_complete: bool  # False: git gave no answer about a snapshot, which may well be fine

    def stands(self, now: float) -> bool:
        """Whether it need not be read again yet. A reading with problems is repeated after `LEFT_ALONE`. `now`: seconds since the epoch."""
        return self.is_complete and (not self.problems or 0 <= now - self.at < LEFT_ALONE)


def read_rosters(
    objects: Objects, *, folder: str, env: Mapping[str, str], own: str, left_out: Collection[str]
) -> tuple[dict[str, Roster], tuple[Problem, ...]]:
    """The other machines' rosters by their commit, and what could not be read. Raises `GitError`.

    `folder` and `env` are our repository's, `own` is this machine's id, and `left_out` are the refs (without `REFS`) whose fetch failed.
    """
    arguments = ["for-each-ref", f"--count={MOST_MACHINES + 1}", "--format=%(objectname) %(refname)", REFS]
    listing = os.fsdecode(process.run(arguments, cwd=folder, env=env))
    refs = [line.partition(" ")[::2] for line in listing.splitlines()]
    # Own rosters are left out by their commit, not by their ref: anybody can point another ref at the commit.
    ours = {commit for commit, ref in refs if machine_of(ref) == own}
    damaged = "what it shares is damaged, or larger than may be shared"
    problems = [
        _problem(f"The machine {machine[:8]} is left out: {damaged}", f"{REFS}{name}")
        for name in sorted(left_out)[:_MOST_NAMED]
        if (machine := machine_of(f"{REFS}{name}")) is not None
    ]
    if len(refs) > MOST_MACHINES:
        too_many = f"More than {MOST_MACHINES} machines share here: the first {MOST_MACHINES} are looked at"
        problems.append(_problem(too_many, None))
    machines = {
        commit: machine
        for commit, ref in refs[:MOST_MACHINES]
        if (machine := machine_of(ref)) is not None and commit not in ours and ref.removeprefix(REFS) not in left_out
    }
    rosters = {}
    commits = _commits(objects, machines)
    for commit, machine in machines.items():
        try:
            parents, message = commits[commit]
            rosters[commit] = read_roster(machine, message, parents)
        except (KeyError, ValueError) as error:
            why = "its roster is none" if isinstance(error, KeyError) else str(error)
            problems.append(_problem(f"The machine {machine[:8]} is left out: {why}", f"{REFS}{machine}"))
    return _newest(rosters), tuple(problems)


def _newest(rosters: Mapping[str, Roster]) -> dict[str, Roster]:
    """The newest roster of each machine: one machine can have two refs, with and without a shard (see `core.teams.wire`)."""
    by_age = sorted(rosters.items(), key=lambda item: item[1].at)
    newest = {roster.machine: commit for commit, roster in by_age}
    return {commit: roster for commit, roster in rosters.items() if newest[roster.machine] == commit}


def within_limit(rosters: Mapping[str, Roster]) -> Mapping[str, Roster]:
    """The rosters with the fewest snapshots, at most `MOST_SNAPSHOTS_IN_ALL` snapshots in total."""
    fitting: dict[str, Roster] = {}
    room = MOST_SNAPSHOTS_IN_ALL
    for commit, roster in sorted(rosters.items(), key=lambda item: len(item[1].snapshots)):
        room -= len(roster.snapshots)
        if room >= 0:
            fitting[commit] = roster
    return fitting


def read_snapshots(objects: Objects, roster: Roster, trees: Trees, bases: Bases) -> Reading:
    """Read the snapshots that a roster lists, in the form that the scanner gives worktrees here."""
    ref = f"{REFS}{roster.machine}"
    snapshots: dict[str, Snapshot] = {}
    problems = []
    bases_of_all: dict[str, int] = {}
    room = MOST_PATHS_OF_MACHINE
    is_complete = True
    commits = _commits(objects, roster.snapshots)
    for commit in roster.snapshots:
        try:
            parents, text = commits[commit]
            message = read_snapshot(text)
            if not parents:
                raise ValueError("it starts from no commit")
            new_bases = {**bases_of_all, **bases.check(parents)}
            path = f"{ref}:{message.label}"
            path = path if path not in snapshots else f"{path}:{commit[:8]}"
            worktree = Worktree(
                path=path,
                git_dir="",
                head=parents[0],
                branch=message.branch,
                merging=parents[1:],
                colleague=Colleague(roster.user, roster.host, roster.machine, commit),
            )
            tree, changes, not_covered = _changes(objects, trees, commit, parents[0], message.gone)
            snapshot = Snapshot(worktree, tree, changes, {}, message.unmerged, not_covered)
            new_room = room - (len(changes) + len(message.unmerged))
            if new_room < sum(new_bases.values()):
                why = f"they share more than {MOST_PATHS_OF_MACHINE} files"
                problems.append(_problem(f"Of {roster.user} ({roster.host}) some worktrees are left out: {why}", ref))
                break  # not even the smaller ones after it are read: each takes time
            snapshots[path], bases_of_all, room = snapshot, new_bases, new_room
        except (KeyError, ValueError, GitError) as error:
            why = "a commit that it names is missing" if isinstance(error, KeyError) else str(error)
            problems.append(_problem(f"A worktree of {roster.user} ({roster.host}) is left out: {why}", ref))
            is_complete = is_complete and not (isinstance(error, GitError) and error.code in _NO_ANSWER)
    return Reading(
        tuple(snapshots.values()),
        tuple(problems),
        time.time(),
        MOST_PATHS_OF_MACHINE - room,
        bases_of_all,
        is_complete,
    )


def paths_within_limit(readings: Mapping[str, Reading], rosters: Mapping[str, Roster]) -> dict[str, Reading]:
    """The readings by their rosters' commits, limited to `MOST_PATHS_IN_ALL` paths in total.

    Those with the fewest are kept as long as they fit, and the others are replaced with empty ones that have a problem. A base
    counts once.
    """
    bases: dict[str, int] = {}
    fitting = dict(readings)
    by_size = sorted(readings, key=lambda commit: readings[commit].paths + sum(readings[commit].bases.values()))
    room = MOST_PATHS_IN_ALL
    for commit in by_size:
        reading = readings[commit]
        new_bases = {base: paths for base, paths in reading.bases.items() if base not in bases}
        room -= reading.paths + sum(new_bases.values())
        bases |= new_bases
        if room < 0:
            roster = rosters[commit]
            why = f"colleagues share more than {MOST_PATHS_IN_ALL} files"
            message = f"What {roster.user} ({roster.host}) shares is left out: {why}"
            problem = _problem(message, f"{REFS}{roster.machine}")
            fitting[commit] = replace(reading, snapshots=(), paths=0, bases={}, problems=(problem,))
    return fitting


def _changes(
    objects: Objects, trees: Trees, commit: str, parent: str, gone: Sequence[str]
) -> tuple[str, dict[str, Change], dict[str, str]]:
    """The tree id of the first parent, the changes to it by path, and why some changed paths are not compared.

    `gone` are the paths that the snapshot deletes. Raises `ValueError`, `KeyError`, `GitError`.
    """
    tree = objects.infos([f"{parent}^{{tree}}"])[f"{parent}^{{tree}}"].oid
    files = trees.files(commit)
    if not all(map(is_safe_path, files)):
        raise ValueError("a path in it leads out of the worktree")
    before = trees.entries(tree, [*files, *gone])
    sizes = objects.infos(entry.oid for entry in files.values() if entry.mode != GITLINK)
    not_covered: dict[str, str] = {}
    room = LARGEST_SHARE
    for path, entry in files.items():
        info = sizes.get(entry.oid)
        size = info.size if info else 0
        if entry.mode != GITLINK and info is None:
            not_covered[path] = "its text is missing"
        elif size > LARGEST_FILE or size > room:
            not_covered[path] = "it is larger than may be shared"
        else:
            room -= size
    changes = {path: Change(before.get(path), entry) for path, entry in files.items() if before.get(path) != entry}
    changes |= {path: Change(before[path], None) for path in gone if path in before and path not in files}
    return tree, changes, not_covered


def _commits(objects: Objects, ids: Iterable[str]) -> dict[str, tuple[tuple[str, ...], bytes]]:
    """Maps each id to the parents and the message of that commit. Missing, other or too large objects are left out."""
    wanted = list(ids)
    sizes = objects.infos(wanted)
    fit = [
        oid for oid in wanted if oid in sizes and sizes[oid].kind == "commit" and sizes[oid].size < 2 * LONGEST_MESSAGE
    ]
    commits = {}
    for oid, commit in objects.contents(fit).items():
        headers, _, message = (commit.data or b"").partition(b"\n\n")
        lines = headers.split(b"\n")
        parents = tuple(line[7:].decode("ascii", "replace") for line in lines if line.startswith(b"parent "))
        commits[oid] = parents, message
    return commits


def unreadable(error: ForksightError) -> Problem:
    """The problem that no colleague's snapshots can be read."""
    return _problem(f"What colleagues share can't be read: {error.sentence}", None)


def _problem(message: str, ref: str | None) -> Problem:
    return Problem("colleague-unreadable", f"{message}.", ref)


TOO_MANY = _problem(
    f"Colleagues share more than {MOST_SNAPSHOTS_IN_ALL} worktrees: of the machines with the most none is looked at",
    None,
)
