"""Asks git itself to merge two worktrees, for renames and several merge bases.

Snapshots are made into commits and merged in a temporary view of the repository.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

from forksight.adapters.git import process
from forksight.adapters.git.config import Config
from forksight.adapters.git.merge.scratch import View
from forksight.adapters.git.objects.cat_file import Objects
from forksight.core.git.paths import c_quoted
from forksight.core.git.snapshot import REGULAR, Change, Entry, MergeMessage, MergeResult, Snapshot, Worktree
from forksight.core.problems import GitError

_LATE = 4_000_000_000  # seconds since 1970: git walks from late to early, so it meets a late commit's parents in order
# Who makes commits in a view.
_NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Forksight"), ("EMAIL", "forksight"), ("DATE", f"{_LATE} +0000"))
}
Dirty = Callable[[str], bytes | None]  # the bytes of what is on disk only, by id


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit to make: its first parent's tree, with some paths changed."""

    parents: tuple[str, ...]
    # what each path becomes: an entry with its bytes, if they are nowhere else; None: it goes
    paths: Mapping[str, tuple[Entry, bytes | None] | None]
    bare: bool = False  # it begins with an empty tree instead


def merges(view: View, pairs: Sequence[tuple[Snapshot, Snapshot]], dirty: Dirty) -> list[MergeResult | None]:
    """`git merge-tree --write-tree` of each pair (ours, theirs); None where git fails. Raises `GitError`."""
    commits = _snapshot_commits(view, [snapshot for pair in pairs for snapshot in pair], dirty)
    return _merge_in(view, [ours.worktree.path for ours, _ in pairs], commits)


def merges_in_turn(view: View, worktree: str, onto: str, commits: Sequence[str]) -> list[MergeResult | None]:
    """Merge commits one after the other into `onto`, each into the result of the clean merges before; None where git fails.

    The gitattributes of the files in `worktree` are in force. Raises `GitError`.
    """
    results: list[MergeResult | None] = []
    for commit in commits:
        (result,) = _merge(view, [(onto, commit)], worktree)
        results.append(result)
        if result is not None and result.clean:
            arguments = ["commit-tree", "-p", onto, "-p", commit, "-m", "merge", result.tree]
            made = process.run(arguments, cwd=view.folder, env={**view.environment, **_NOBODY})
            onto = made.decode("ascii").strip()
    return results


def rename_limit(config: Config) -> str | None:
    """How many files `git merge` compares to detect renames; None if rename detection is off."""
    values = config.values
    if values.get("merge.renames", values.get("diff.renames", "")).lower() in ("false", "no", "off", "0"):
        return None
    limit = values.get("merge.renamelimit", values.get("diff.renamelimit", ""))
    return limit if limit.isdigit() and int(limit) else "7000"


def renames(view: View, sides: Sequence[tuple[Snapshot, Snapshot]], dirty: Dirty, limit: str) -> list[dict[str, str]]:
    """For each (base, snapshot) the renames that git detects: old -> new path. Raises `GitError`."""
    commits = _snapshot_commits(view, [snapshot for side in sides for snapshot in side], dirty)
    arguments = ["rev-parse", *(f"{commit}^{{tree}}" for commit in commits)]
    trees = process.run(arguments, cwd=view.folder, env=view.environment).decode().split()
    pairs = [f"{base} {tree}" for base, tree in zip(trees[::2], trees[1::2], strict=True)]
    detecting = ["--find-renames=50%", f"-l{limit}", "--diff-filter=R", "--name-status"]
    output = process.run(
        ["diff-tree", "--stdin", "-r", "-z", *detecting],
        cwd=view.folder,
        env=view.environment,
        stdin="".join(f"{pair}\n" for pair in pairs).encode(),
    )
    stages: dict[str, dict[str, str]] = {}
    renamed: dict[str, str] = {}
    words = iter(os.fsdecode(output).split("\0"))
    for word in words:
        *announced, status = word.split("\n")  # as in `tree_changes`
        for pair in announced:
            renamed = stages[pair] = {}
        if status:
            old, new = next(words), next(words)
            renamed[old] = new
    if missing := next((pair for pair in pairs if pair not in stages), None):
        raise GitError(f"trees {missing} can't be compared", fix="run `git fsck`")
    return [stages[pair] for pair in pairs]


@dataclass(frozen=True, slots=True)
class CrissCross:
    """A pair whose HEADs have several merge bases: the first of them, its tree, and the others' changes from that."""

    ours: Snapshot
    theirs: Snapshot
    base: str
    tree: str
    apart: Sequence[Mapping[str, Change]]


def virtual_bases(view: View, criss_crosses: Sequence[CrissCross]) -> tuple[list[Snapshot | None], dict[str, bytes]]:
    """The virtual base that git makes of several merge bases, as changes of the first; and the bytes of blobs that only it has.

    git never prints that base. So two commits are merged: ours deletes every file, theirs changes every path in which the bases
    differ. The merge conflicts at each such path, whatever the gitattributes say, and git lists the base's entry as stage 1. A
    base is None where git fails. Raises `GitError`.
    """
    groups = [
        (number, group)
        for number, criss_cross in enumerate(criss_crosses)
        for group in _apart(_made_up_paths(criss_cross.apart))
    ]
    sides = [
        commit
        for number, group in groups
        for commit in (
            _emptied(criss_crosses[number].ours.worktree.parents),
            _emptied(criss_crosses[number].theirs.worktree.parents, group),
        )
    ]
    results = _merge_in(view, [criss_crosses[number].ours.worktree.path for number, _ in groups], make(view, sides))
    entries_of: list[dict[str, Entry | None] | None] = [{} for _ in criss_crosses]
    for (number, group), result in zip(groups, results, strict=True):
        entries = entries_of[number]
        if result is None:
            entries_of[number] = None
        elif entries is not None:
            entries.update((path, result.stages.get(path, {}).get(1)) for path in group)
    bases = [
        None if entries is None else _made_of(criss_cross, entries)
        for criss_cross, entries in zip(criss_crosses, entries_of, strict=True)
    ]
    made_up = {
        entry.oid
        for criss_cross in criss_crosses
        for side in criss_cross.apart
        for change in side.values()
        for entry in _both(change)
    }
    oids = {change.new.oid for base in bases if base for change in base.changes.values() if change.new}
    objects = Objects(view.folder, lambda: view.environment)
    try:
        contents = objects.contents(oids - made_up)
    finally:
        objects.close()
    return bases, {oid: blob.data for oid, blob in contents.items() if blob.data is not None}


def _made_of(pair: CrissCross, entries: Mapping[str, Entry | None]) -> Snapshot:
    before = {path: change.old for side in pair.apart for path, change in side.items()}
    changes = {path: Change(before.get(path), entry) for path, entry in entries.items() if entry != before.get(path)}
    return Snapshot(Worktree("", "", pair.base, None), pair.tree, changes)


def _made_up_paths(apart: Sequence[Mapping[str, Change]]) -> set[str]:
    """The paths in which bases differ, and the names to which git renames files that collide with a folder or another type."""
    paths = {path for side in apart for path in side}
    folders = {
        "/".join(parts[:depth]) for path in paths for parts in [path.split("/")] for depth in range(1, len(parts))
    }
    types = {
        path: {entry.mode >> 12 for side in apart if path in side for entry in _both(side[path])} for path in paths
    }
    aside = [path for path in paths if path in folders or len(types[path]) > 1]
    return paths | {f"{path}~Temporary merge branch {number}" for path in aside for number in (1, 2)}


def _both(change: Change) -> Iterator[Entry]:
    yield from (entry for entry in (change.old, change.new) if entry)


def make(view: View, commits: Sequence[Commit]) -> list[str]:
    """Make commits; returns their ids. Raises `GitError`."""
    marks = os.path.join(view.folder, "marks")
    stream = b"".join(part for number, commit in enumerate(commits, 1) for part in _stream(commit, number))
    process.run(
        ["fast-import", "--quiet", "--force", "--depth=0", f"--export-marks={marks}"],
        cwd=view.folder,
        env=view.environment,
        stdin=stream,
    )
    with open(marks, encoding="ascii") as file:
        ids = dict(line.split() for line in file)
    return [ids[f":{number}"] for number in range(1, len(commits) + 1)]


def _emptied(parents: tuple[str, ...], probes: Iterable[str] = ()) -> Commit:
    return Commit(parents, {path: (Entry(REGULAR, ""), os.fsencode(path)) for path in probes}, bare=True)


def _apart(paths: Iterable[str]) -> Iterator[list[str]]:
    """The paths in groups, such that no path in a group is a folder of another one: a tree can't have both."""
    remaining = sorted(paths)
    while remaining:
        group: dict[str, None] = {}
        for path in remaining:
            parts = path.split("/")
            if not any("/".join(parts[:depth]) in group for depth in range(1, len(parts))):
                group[path] = None
        yield list(group)
        remaining = [path for path in remaining if path not in group]


def _snapshot_commits(view: View, snapshots: Sequence[Snapshot], dirty: Dirty) -> list[str]:
    """For each snapshot a commit of what it would record; its HEAD if that is the same."""
    commits: dict[int, Commit] = {}  # by the identity of the snapshot: one may be in many pairs
    for snapshot in snapshots:
        parents = snapshot.worktree.parents
        left_out = snapshot.unmerged | snapshot.not_covered.keys()
        paths = {
            path: None if change.new is None else (change.new, dirty(change.new.oid))
            for path, change in snapshot.changes.items()
            if path not in left_out
        }
        if (paths or len(parents) != 1) and id(snapshot) not in commits:
            commits[id(snapshot)] = Commit(parents, paths)
    made_ids = dict(zip(commits, make(view, list(commits.values())), strict=True)) if commits else {}
    return [made_ids.get(id(snapshot), snapshot.worktree.head or "") for snapshot in snapshots]


def _stream(commit: Commit, number: int) -> Iterator[bytes]:
    """A commit as input of `git fast-import`."""
    header = f"commit refs/heads/{number}\nmark :{number}\ncommitter Forksight <forksight> {_LATE} +0000\ndata 0\n"
    yield header.encode()
    for word, parent in zip(("from", *repeat("merge", len(commit.parents))), commit.parents, strict=False):
        yield f"{word} {parent}\n".encode()
    if commit.bare:
        yield b"deleteall\n"
    for path, new in commit.paths.items():
        if new is None:
            yield b"D " + os.fsencode(c_quoted(path)) + b"\n"
    for path, new in commit.paths.items():
        if new is not None:
            entry, data = new
            yield (
                f"M {entry.mode:o} {entry.oid if data is None else 'inline'} ".encode()
                + os.fsencode(c_quoted(path))
                + b"\n"
            )
            if data is not None:
                yield b"data %d\n%b\n" % (len(data), data)
    yield b"\n"


def _merge_in(view: View, worktrees: Sequence[str], commits: Sequence[str]) -> list[MergeResult | None]:
    """Merge pairs of consecutive `commits`, each in the corresponding one of `worktrees`; None where git fails."""
    pairs = list(zip(commits[::2], commits[1::2], strict=True))
    results: dict[int, MergeResult | None] = {}
    for worktree in dict.fromkeys(worktrees):
        numbers = [number for number, other in enumerate(worktrees) if other == worktree]
        results.update(zip(numbers, _merge(view, [pairs[number] for number in numbers], worktree), strict=True))
    return [results[number] for number in range(len(pairs))]


def _merge(view: View, pairs: Sequence[tuple[str, str]], worktree: str) -> list[MergeResult | None]:
    """Merge pairs of commits with the gitattributes of the files in `worktree`; None where git fails.

    git 2.39 aborts with an assertion on some renames and loses the answers to all other pairs; bisection finds the failing
    pair.
    """
    try:
        return [*_merge_all(view, pairs, worktree)]
    except GitError as error:
        if error.code != GitError.code:
            raise
    if len(pairs) == 1:
        return [None]
    half = len(pairs) // 2
    return _merge(view, pairs[:half], worktree) + _merge(view, pairs[half:], worktree)


def _merge_all(view: View, pairs: Sequence[tuple[str, str]], worktree: str) -> list[MergeResult]:
    request = "".join(f"{ours} {theirs}\n" for ours, theirs in pairs).encode()
    place = worktree if os.path.isdir(worktree) else os.path.join(view.folder, "nothing")  # a compared ref has none
    output = process.run(
        ["merge-tree", "--write-tree", "--stdin", "--allow-unrelated-histories"],
        cwd=place,
        env={**view.environment, "GIT_WORK_TREE": place},
        stdin=request,
        accept=(0, 1),
    )
    words = iter(os.fsdecode(output).split("\0"))
    return [_result(words) for _ in pairs]


def _result(words: Iterator[str]) -> MergeResult:
    """Parses one answer of `merge-tree --stdin`: whether it is clean, the tree and, after a conflict, stages and messages."""
    clean, tree = next(words) == "1", next(words)
    stages: dict[str, dict[int, Entry]] = {}
    while line := next(words):
        facts, _, path = line.partition("\t")
        mode, oid, stage = facts.split(" ")
        stages.setdefault(path, {})[int(stage)] = Entry(int(mode, 8), oid)
    messages = []
    # The messages end with an empty word; after a submodule's, with advice for a person that git prints unasked.
    while not clean and (count := next(words)).isdigit():
        paths = tuple(next(words) for _ in range(int(count)))
        messages.append(MergeMessage(kind=next(words), paths=paths, text=next(words).rstrip("\n")))
    return MergeResult(clean, tree, stages, tuple(messages))
