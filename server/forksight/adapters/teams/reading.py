"""Reads rosters and snapshots out of the object store: bounded, and each broken one costs itself alone."""

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

_MOST_NAMED = 50  # machines that are left out
_SILENT = ("git-busy", "git-missing", "git-timeout")  # codes of a git that said nothing


@dataclass(frozen=True, slots=True)
class Reading:
    """What the snapshots of one roster are."""

    snapshots: tuple[Snapshot, ...]
    problems: tuple[Problem, ...]
    at: float  # seconds since the epoch
    paths: int  # that the snapshots change
    bases: Mapping[str, int]  # in how many paths each commit that they start from differs from those here
    is_told_by_git: bool  # False: git said nothing of one of them, which is no fault of theirs

    def stands(self, now: float) -> bool:
        """Whether it need not be read again: what was wrong with a colleague's is tried again an hour later."""
        return self.is_told_by_git and (not self.problems or 0 <= now - self.at < LEFT_ALONE)


def read_rosters(
    objects: Objects, *, folder: str, env: Mapping[str, str], own: str, left_out: Collection[str]
) -> tuple[dict[str, Roster], tuple[Problem, ...]]:
    """The other machines' rosters by their commit. `left_out`: the refs without `REFS` whose rosters could not be taken."""
    asked = ["for-each-ref", f"--count={MOST_MACHINES + 1}", "--format=%(objectname) %(refname)", REFS]
    listing = os.fsdecode(process.run(asked, cwd=folder, env=env))
    refs = [line.partition(" ")[::2] for line in listing.splitlines()]
    ours = {commit for commit, ref in refs if machine_of(ref) == own}  # anybody may point another ref at it
    damaged = "what it shares is damaged, or larger than may be shared"
    problems = [
        _problem(f"The machine {machine[:8]} is left out: {damaged}", f"{REFS}{name}")
        for name in sorted(left_out)[:_MOST_NAMED]
        if (machine := machine_of(f"{REFS}{name}")) is not None
    ]
    if len(refs) > MOST_MACHINES:
        said = f"More than {MOST_MACHINES} machines share here: the first {MOST_MACHINES} are looked at"
        problems.append(_problem(said, None))
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
    """One roster a machine: it may have moved into a shard, or out of one."""
    by_age = sorted(rosters.items(), key=lambda item: item[1].at)
    last = {roster.machine: commit for commit, roster in by_age}
    return {commit: roster for commit, roster in rosters.items() if last[roster.machine] == commit}


def within_limit(rosters: Mapping[str, Roster]) -> Mapping[str, Roster]:
    """As many of the rosters as may be read: their snapshots are no more than `MOST_SNAPSHOTS_IN_ALL`. Those with the fewest first."""
    fitting: dict[str, Roster] = {}
    room = MOST_SNAPSHOTS_IN_ALL
    for commit, roster in sorted(rosters.items(), key=lambda item: len(item[1].snapshots)):
        room -= len(roster.snapshots)
        if room >= 0:
            fitting[commit] = roster
    return fitting


def read_snapshots(objects: Objects, roster: Roster, trees: Trees, bases: Bases) -> Reading:
    """The snapshots of one roster, as the scanner has those of worktrees here."""
    place = f"{REFS}{roster.machine}"
    snapshots: dict[str, Snapshot] = {}
    problems = []
    known_bases: dict[str, int] = {}
    room = MOST_PATHS_OF_MACHINE
    is_told_by_git = True
    commits = _commits(objects, roster.snapshots)
    for commit in roster.snapshots:
        try:
            parents, text = commits[commit]
            message = read_snapshot(text)
            if not parents:
                raise ValueError("it starts from no commit")
            apart = {**known_bases, **bases.check(parents)}
            path = f"{place}:{message.label}"
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
            left = room - _paths([snapshot])
            if left < sum(apart.values()):
                said = f"Of {roster.user} ({roster.host}) some worktrees are left out: they share more than {MOST_PATHS_OF_MACHINE} files"
                problems.append(_problem(said, place))
                break  # each takes its time to read
            snapshots[path], known_bases, room = snapshot, apart, left
        except (KeyError, ValueError, GitError) as error:
            why = "a commit that it names is missing" if isinstance(error, KeyError) else str(error)
            problems.append(_problem(f"A worktree of {roster.user} ({roster.host}) is left out: {why}", place))
            is_told_by_git = is_told_by_git and not (isinstance(error, GitError) and error.code in _SILENT)
    return Reading(
        tuple(snapshots.values()),
        tuple(problems),
        time.time(),
        MOST_PATHS_OF_MACHINE - room,
        known_bases,
        is_told_by_git,
    )


def paths_within_limit(readings: Mapping[str, Reading], rosters: Mapping[str, Roster]) -> dict[str, Reading]:
    """The readings, by the commits of their rosters, if they are of no more than `MOST_PATHS_IN_ALL` paths. Else those of the machines with
    the most are empty but for a problem."""
    bases: dict[str, int] = {}
    for reading in readings.values():
        bases |= reading.bases
    if sum(reading.paths for reading in readings.values()) + sum(bases.values()) <= MOST_PATHS_IN_ALL:
        return dict(readings)
    return _fewest(readings, rosters)


def _fewest(readings: Mapping[str, Reading], rosters: Mapping[str, Roster]) -> dict[str, Reading]:
    bases: dict[str, int] = {}
    fitting = dict(readings)
    by_size = sorted(readings, key=lambda commit: readings[commit].paths + sum(readings[commit].bases.values()))
    room = MOST_PATHS_IN_ALL
    for commit in by_size:
        reading = readings[commit]
        news = {base: paths for base, paths in reading.bases.items() if base not in bases}
        room -= reading.paths + sum(news.values())
        bases |= news
        if room < 0:
            roster = rosters[commit]
            said = f"What {roster.user} ({roster.host}) shares is left out: colleagues share more than {MOST_PATHS_IN_ALL} files"
            fitting[commit] = replace(
                reading, snapshots=(), paths=0, bases={}, problems=(_problem(said, f"{REFS}{roster.machine}"),)
            )
    return fitting


def _paths(snapshots: Iterable[Snapshot]) -> int:
    return sum(len(snapshot.changes) + len(snapshot.unmerged) for snapshot in snapshots)


def _changes(
    objects: Objects, trees: Trees, commit: str, parent: str, gone: Sequence[str]
) -> tuple[str, dict[str, Change], dict[str, str]]:
    """The first parent's tree, the changes to it, and the changed paths that are not looked at, with why."""
    tree = objects.infos([f"{parent}^{{tree}}"])[f"{parent}^{{tree}}"].oid
    files = trees.files(commit)
    if not all(map(is_safe_path, files)):
        raise ValueError("a path in it leads out of the worktree")
    before = trees.entries(tree, [*files, *gone])
    sizes = objects.infos(entry.oid for entry in files.values() if entry.mode != GITLINK)
    not_covered: dict[str, str] = {}
    room = LARGEST_SHARE
    for path, entry in files.items():
        known = sizes.get(entry.oid)
        size = known.size if known else 0
        if entry.mode != GITLINK and known is None:
            not_covered[path] = "its text is missing"
        elif size > LARGEST_FILE or size > room:
            not_covered[path] = "it is larger than may be shared"
        else:
            room -= size
    changes = {path: Change(before.get(path), entry) for path, entry in files.items() if before.get(path) != entry}
    changes |= {path: Change(before[path], None) for path in gone if path in before and path not in files}
    return tree, changes, not_covered


def _commits(objects: Objects, ids: Iterable[str]) -> dict[str, tuple[tuple[str, ...], bytes]]:
    """Parents and message of each commit; others are left out."""
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
    """That nothing of colleagues can be read now."""
    return _problem(f"What colleagues share can't be read: {error.sentence}", None)


def _problem(message: str, place: str | None) -> Problem:
    return Problem("colleague-unreadable", f"{message}.", place)


TOO_MANY = _problem(
    f"Colleagues share more than {MOST_SNAPSHOTS_IN_ALL} worktrees: of the machines with the most none is looked at",
    None,
)
