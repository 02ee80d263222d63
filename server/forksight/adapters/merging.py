"""What only git itself can tell of two worktrees: merges with renames, or with several merge bases.

Snapshots become commits, made and merged in a view of the repository that is gone afterwards.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from forksight.adapters import git
from forksight.adapters.config import Config
from forksight.adapters.objects import Objects
from forksight.adapters.view import View, c_quoted
from forksight.core.problems import GitError
from forksight.core.snapshot import REGULAR, Entry, MergeMessage, MergeResult, Snapshot

_LATE = 4_000_000_000  # seconds since 1970: git walks from late to early, so it meets a late commit's parents in order
Dirty = Callable[[str], bytes | None]  # the bytes of what is on disk only, by id


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit to make: `parent`'s tree (an empty one if `bare`) with these paths set, or removed (None)."""

    parent: str | None
    paths: Mapping[str, tuple[Entry, bytes | None] | None]
    bare: bool = False


def merges(view: View, pairs: Sequence[tuple[Snapshot, Snapshot]], dirty: Dirty) -> list[MergeResult | None]:
    """`git merge-tree --write-tree` of each pair (ours, theirs); None where git fails. Raises `GitError`."""
    commits = _snapshot_commits(view, [snapshot for pair in pairs for snapshot in pair], dirty)
    results: dict[int, MergeResult | None] = {}
    for worktree in dict.fromkeys(ours.worktree.path for ours, _ in pairs):
        mine = [number for number, (ours, _) in enumerate(pairs) if ours.worktree.path == worktree]
        found = _merge(view, [(commits[2 * number], commits[2 * number + 1]) for number in mine], worktree)
        results.update(zip(mine, found, strict=True))
    return [results[number] for number in range(len(pairs))]


def rename_limit(config: Config) -> str | None:
    """How many files `git merge` compares to find renames; None if it looks for none."""
    values = config.values
    if values.get("merge.renames", values.get("diff.renames", "")).lower() in ("false", "no", "off", "0"):
        return None
    limit = values.get("merge.renamelimit", values.get("diff.renamelimit", ""))
    return limit if limit.isdigit() and int(limit) else "7000"


def renames(view: View, sides: Sequence[tuple[str, Snapshot]], dirty: Dirty, limit: str) -> list[dict[str, str]]:
    """Renames between a tree and what a snapshot would record, for each side: old -> new path. Raises `GitError`."""
    commits = _snapshot_commits(view, [snapshot for _, snapshot in sides], dirty)
    asked = ["rev-parse", *(f"{commit}^{{tree}}" for commit in commits)]
    trees = git.run(asked, cwd=view.folder, env=view.environment).decode().split()
    pairs = [f"{base} {tree}" for (base, _), tree in zip(sides, trees, strict=True)]
    detecting = ["--find-renames=50%", f"-l{limit}", "--diff-filter=R", "--name-status"]
    output = git.run(
        ["diff-tree", "--stdin", "-r", "-z", *detecting],
        cwd=view.folder,
        env=view.environment,
        stdin="".join(f"{pair}\n" for pair in pairs).encode(),
    )
    found: dict[str, dict[str, str]] = {}
    renamed: dict[str, str] = {}
    words = iter(os.fsdecode(output).split("\0"))
    for word in words:
        *announced, status = word.split("\n")  # as in `tree_changes`
        for pair in announced:
            renamed = found[pair] = {}
        if status:
            old, new = next(words), next(words)
            renamed[old] = new
    if missing := next((pair for pair in pairs if pair not in found), None):
        raise GitError(f"trees {missing} can't be compared", fix="run `git fsck`")
    return [found[pair] for pair in pairs]


def virtual_bases(view: View, ours: str, theirs: str, paths: Sequence[str]) -> dict[str, bytes]:
    """The bytes of each path in the merge base that git makes of several. Raises `GitError`.

    Two commits with these parents that hold nothing but the wanted paths, each with other text, stop git on every one
    of them, and it says what the base has there.
    """
    groups = list(_apart(paths))
    commits = make(
        view, [_probe(parent, side, group) for group in groups for side, parent in enumerate((ours, theirs))]
    )
    results = _merge(view, list(zip(commits[::2], commits[1::2], strict=True)), "")
    bases = {
        path: result.stages[path][1].oid
        for result, group in zip(results, groups, strict=True)
        for path in group
        if result and path in result.stages and 1 in result.stages[path] and result.stages[path][1].regular
    }
    blobs = _blobs(view, bases.values())
    return {path: blobs[oid] for path, oid in bases.items() if oid in blobs}


def make(view: View, commits: Sequence[Commit]) -> list[str]:
    """Make commits; their ids. Raises `GitError`."""
    marks = os.path.join(view.folder, "marks")
    stream = b"".join(part for number, commit in enumerate(commits, 1) for part in _stream(commit, number))
    git.run(
        ["fast-import", "--quiet", "--force", "--depth=0", f"--export-marks={marks}"],
        cwd=view.folder,
        env=view.environment,
        stdin=stream,
    )
    with open(marks, encoding="ascii") as file:
        ids = dict(line.split() for line in file)
    return [ids[f":{number}"] for number in range(1, len(commits) + 1)]


def _probe(parent: str, side: int, paths: Iterable[str]) -> Commit:
    return Commit(
        parent, {path: (Entry(REGULAR, ""), b"%d %b" % (side, os.fsencode(path))) for path in paths}, bare=True
    )


def _apart(paths: Iterable[str]) -> Iterator[list[str]]:
    """The paths in groups in which none is a folder of another: a tree can't hold both."""
    left = sorted(paths)
    while left:
        group: dict[str, None] = {}
        for path in left:
            parts = path.split("/")
            if not any("/".join(parts[:depth]) in group for depth in range(1, len(parts))):
                group[path] = None
        yield list(group)
        left = [path for path in left if path not in group]


def _snapshot_commits(view: View, snapshots: Sequence[Snapshot], dirty: Dirty) -> list[str]:
    """A commit for what each snapshot would record; its HEAD itself where that is the same."""
    wanted: dict[int, Commit] = {}  # by the identity of the snapshot: one may be in many pairs
    for snapshot in snapshots:
        head = snapshot.worktree.head
        left_out = snapshot.unmerged | snapshot.not_covered.keys()
        paths = {
            path: None if change.new is None else (change.new, dirty(change.new.oid))
            for path, change in snapshot.changes.items()
            if path not in left_out
        }
        if (paths or head is None) and id(snapshot) not in wanted:
            wanted[id(snapshot)] = Commit(head, paths)
    made = dict(zip(wanted, make(view, list(wanted.values())), strict=True)) if wanted else {}
    return [made.get(id(snapshot), snapshot.worktree.head or "") for snapshot in snapshots]


def _stream(commit: Commit, number: int) -> Iterator[bytes]:
    """A commit in fast-import's language."""
    header = f"commit refs/heads/{number}\nmark :{number}\ncommitter Forksight <forksight> {_LATE} +0000\ndata 0\n"
    yield header.encode()
    if commit.parent:
        yield f"from {commit.parent}\n".encode()
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


def _merge(view: View, pairs: Sequence[tuple[str, str]], worktree: str) -> list[MergeResult | None]:
    """Merge pairs of commits, with the gitattributes of the files in `worktree` in force; None where git fails.

    Git 2.39 ends at an assertion of its own on some renames, and with it the answers to all other pairs: halving finds the one.
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
    output = git.run(
        ["merge-tree", "--write-tree", "--stdin", "--allow-unrelated-histories"],
        cwd=place,
        env={**view.environment, "GIT_WORK_TREE": place},
        stdin=request,
        accept=(0, 1),
    )
    words = iter(os.fsdecode(output).split("\0"))
    return [_result(words) for _ in pairs]


def _result(words: Iterator[str]) -> MergeResult:
    """One answer of `merge-tree --stdin`: whether it is clean, the tree, and after a conflict the stages and messages."""
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


def _blobs(view: View, oids: Iterable[str]) -> Mapping[str, bytes]:
    objects = Objects(view.folder, lambda: view.environment)
    try:
        return {oid: found.data for oid, found in objects.contents(oids).items() if found.data is not None}
    finally:
        objects.close()
