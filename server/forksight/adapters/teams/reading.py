"""Reads rosters and snapshots out of the object store: bounded, and each broken one costs itself alone."""

import os
from collections.abc import Iterable, Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.git.cat_file import Objects
from forksight.core.git.snapshot import GITLINK, Change, Colleague, Entry, Snapshot, Worktree
from forksight.core.problems import GitError, Problem
from forksight.core.teams.wire import (
    LARGEST_FILE,
    LONGEST_MESSAGE,
    MOST_MACHINES,
    MOST_PATHS,
    REFS,
    Roster,
    is_safe_path,
    machine_of,
    read_roster,
    read_snapshot,
)


def read_rosters(
    objects: Objects, *, folder: str, env: Mapping[str, str], own: str
) -> tuple[dict[str, Roster], tuple[Problem, ...]]:
    """The other machines' rosters by their commit."""
    listing = os.fsdecode(process.run(["for-each-ref", "--format=%(objectname) %(refname)", REFS], cwd=folder, env=env))
    refs = [line.partition(" ")[::2] for line in listing.splitlines()]
    machines = {commit: machine for commit, ref in refs if (machine := machine_of(ref)) and machine != own}
    problems = []
    if len(machines) > MOST_MACHINES:
        problems.append(_problem(f"{len(machines)} machines share here: the first {MOST_MACHINES} are looked at", None))
        machines = dict(sorted(machines.items(), key=lambda item: item[1])[:MOST_MACHINES])
    rosters = {}
    commits = _commits(objects, machines)
    for commit, machine in machines.items():
        try:
            parents, message = commits[commit]
            rosters[commit] = read_roster(machine, message, parents)
        except (KeyError, ValueError) as error:
            why = "its roster is none" if isinstance(error, KeyError) else str(error)
            problems.append(_problem(f"The machine {machine[:8]} is left out: {why}", f"{REFS}{machine}"))
    return rosters, tuple(problems)


def read_snapshots(
    objects: Objects, roster: Roster, *, folder: str, env: Mapping[str, str]
) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
    """The snapshots of one roster, as the scanner has those of worktrees here."""
    place = f"{REFS}{roster.machine}"
    snapshots: dict[str, Snapshot] = {}
    problems = []
    commits = _commits(objects, roster.snapshots)
    for commit in roster.snapshots:
        try:
            parents, text = commits[commit]
            message = read_snapshot(text)
            if not parents:
                raise ValueError("it starts from no commit")
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
            tree, changes, not_covered = _changes(objects, commit, parents[0], message.gone, folder=folder, env=env)
            snapshots[path] = Snapshot(worktree, tree, changes, {}, message.unmerged, not_covered)
        except (KeyError, ValueError, GitError) as error:
            why = "a commit that it names is missing" if isinstance(error, KeyError) else str(error)
            problems.append(_problem(f"A worktree of {roster.user} ({roster.host}) is left out: {why}", place))
    return tuple(snapshots.values()), tuple(problems)


def _changes(
    objects: Objects, commit: str, parent: str, gone: Sequence[str], *, folder: str, env: Mapping[str, str]
) -> tuple[str, dict[str, Change], dict[str, str]]:
    """The first parent's tree, the changes to it, and the changed paths that are not looked at, with why."""
    tree = objects.infos([f"{parent}^{{tree}}"])[f"{parent}^{{tree}}"].oid
    files = _entries(process.run(["ls-tree", "-r", "-z", "--full-tree", commit], cwd=folder, env=env))
    if len(files) > MOST_PATHS:
        raise ValueError(f"it holds more than {MOST_PATHS} files")
    if not all(map(is_safe_path, files)):
        raise ValueError("a path in it leads out of the worktree")
    names = [*files, *gone]
    before: dict[str, Entry] = {}
    for start in range(0, len(names), 500):  # bytes of a command line are limited
        asked = ["--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", *names[start : start + 500]]
        before |= _entries(process.run(asked, cwd=folder, env=env))
    sizes = objects.infos(entry.oid for entry in files.values() if entry.mode != GITLINK)
    not_covered = {
        path: "it is larger than may be shared" if entry.oid in sizes else "its text is missing"
        for path, entry in files.items()
        if entry.mode != GITLINK and (entry.oid not in sizes or sizes[entry.oid].size > LARGEST_FILE)
    }
    changes = {path: Change(before.get(path), entry) for path, entry in files.items() if before.get(path) != entry}
    changes |= {path: Change(before[path], None) for path in gone if path in before and path not in files}
    return tree, changes, not_covered


def _entries(listing: bytes) -> dict[str, Entry]:
    """`ls-tree -z`: `MODE TYPE ID<tab>PATH`."""
    entries = {}
    for record in os.fsdecode(listing).split("\0")[:-1]:
        meta, _, path = record.partition("\t")
        mode, kind, oid = meta.split(" ")
        if kind != "tree":
            entries[path] = Entry(int(mode, 8), oid)
    return entries


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


def _problem(message: str, place: str | None) -> Problem:
    return Problem("colleague-unreadable", f"{message}.", place)
