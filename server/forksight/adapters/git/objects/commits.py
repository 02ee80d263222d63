"""Reads commits, trees and refs: differences, merge bases, and what refs point to."""

import os
from collections.abc import Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.git.objects.cat_file import Objects
from forksight.core.git import merge_bases as history
from forksight.core.git.snapshot import Branch, Change, Entry
from forksight.core.problems import GitError

_FOLDER = 0o040000  # the mode of a tree in a tree
_FEW = 4  # pairs; for more, one walk over the history is cheaper than a process for each pair


def tree_changes(
    pairs: Sequence[tuple[str, str]], *, cwd: str, env: Mapping[str, str]
) -> dict[tuple[str, str], Mapping[str, Change]]:
    """For each pair of trees the paths that differ, without detecting renames. Raises `GitError`."""
    request = "".join(f"{old} {new}\n" for old, new in pairs).encode()
    output = os.fsdecode(
        process.run(
            [
                "diff-tree",
                "--stdin",
                "-r",
                "--raw",
                "-z",
                "--no-abbrev",
                "--no-renames",
                "--no-ext-diff",
                "--no-textconv",
            ],
            cwd=cwd,
            env=env,
            stdin=request,
        )
    )
    answers: dict[tuple[str, str], Mapping[str, Change]] = {}
    changes: dict[str, Change] = {}
    words = iter(output.split("\0"))
    for word in words:
        # A line naming the two trees stands before each pair's changes, ended by a newline even with -z.
        *announced, meta = word.split("\n")
        for line in announced:
            old, _, new = line.partition(" ")
            answers[old, new] = changes = {}
        if meta:
            mode_old, mode_new, old, new, _ = meta[1:].split(" ")
            changes[next(words)] = Change(_entry(mode_old, old), _entry(mode_new, new))
    unread = next((pair for pair in pairs if pair not in answers), None)
    if unread:  # git passes over it without failing
        raise GitError(f"trees {unread[0]} and {unread[1]} can't be compared in {cwd}", fix="run `git fsck` there")
    return answers


def merge_bases(
    pairs: Sequence[tuple[str, str]], *, cwd: str, env: Mapping[str, str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The merge bases of each pair of different commits; () if there are none. Raises `GitError`."""
    if len(pairs) <= _FEW:
        return {pair: _ask(["merge-base", "--all", *pair], cwd, env) for pair in pairs}
    heads = sorted({commit for pair in pairs for commit in pair})
    shared = _ask(["merge-base", "--octopus", "--all", *heads], cwd, env)
    request = "".join(f"{name}\n" for name in (*heads, *(f"^{commit}" for commit in shared))).encode()
    listing = process.run(
        ["rev-list", "--topo-order", "--parents", "--stdin"], cwd=cwd, env=env, stdin=request
    ).decode()
    parents = {line[0]: line[1:] for line in map(str.split, listing.splitlines())}
    bases = history.merge_bases(parents, heads, shared)
    return {pair: bases[pair] for pair in pairs}


def matching_refs(pattern: str, *, cwd: str, env: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """(short name, commit id) of the refs that a pattern with `*`, `?` or `[` matches, in all namespaces of `git rev-parse`.

    Symbolic refs (`origin/HEAD`) are left out, since their targets are listed. Raises `GitError`.
    """
    patterns = [prefix + pattern for prefix in ("", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/")]
    form = "%(symref)%00%(refname:short)%00%(objecttype) %(objectname)%00%(*objecttype) %(*objectname)"
    output = os.fsdecode(process.run(["for-each-ref", f"--format={form}", *patterns], cwd=cwd, env=env))
    matching = []
    for line in output.splitlines():
        symbolic, name, *objects = line.split("\0")
        commit = next(
            (oid for kind, _, oid in (described.partition(" ") for described in reversed(objects)) if kind == "commit"),
            None,
        )
        if commit and not symbolic:
            matching.append((name, commit))
    return tuple(matching)


def refs(
    names: Sequence[str], objects: Objects, *, cwd: str, env: Mapping[str, str]
) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """(name, commit id) of refs; patterns such as `origin/*` are allowed. And the names without a match. Raises `GitError`."""
    commits: dict[str, str] = {}
    unknown = []
    plain = objects.infos(f"{name}^{{commit}}" for name in names)
    for name in names:
        if any(character in name for character in "*?["):
            matches = matching_refs(name, cwd=cwd, env=env)
        else:
            commit = plain.get(f"{name}^{{commit}}")
            matches = ((name, commit.oid),) if commit else ()
        commits.update(matches)
        if not matches:
            unknown.append(name)
    return tuple(commits.items()), unknown


def branches(*, cwd: str, env: Mapping[str, str]) -> tuple[Branch, ...]:
    """Local and remote-tracking branches, the one with the latest commit first, without symbolic ones. Raises `GitError`."""
    form = "%00".join(f"%({field})" for field in ("symref", "refname", "refname:lstrip=2", "worktreepath"))
    arguments = ["for-each-ref", "--sort=-committerdate", f"--format={form}", "refs/heads", "refs/remotes"]
    rows = [line.split("\0") for line in os.fsdecode(process.run(arguments, cwd=cwd, env=env)).splitlines()]
    return tuple(
        Branch(name, remote=full.startswith("refs/remotes/"), worktree=worktree or None)
        for symbolic, full, name, worktree in rows
        if not symbolic
    )


def directories(commit: str, *, cwd: str, env: Mapping[str, str]) -> frozenset[str]:
    """All directories of a commit's tree as relative paths, without the top itself. Raises `GitError`."""
    listed = process.run(["ls-tree", "-r", "-d", "--name-only", "-z", commit], cwd=cwd, env=env)
    return frozenset(os.fsdecode(listed).split("\0")) - {""}


def files_of(tree: str, *, cwd: str, env: Mapping[str, str]) -> dict[str, Entry]:
    """All entries of a tree that are no folders, by path. Raises `GitError`."""
    files = {}
    for line in process.run(["ls-tree", "-r", "-z", tree], cwd=cwd, env=env).split(b"\0")[:-1]:
        mode, _, oid = line[: line.index(b"\t")].split(b" ")
        files[os.fsdecode(line[line.index(b"\t") + 1 :])] = Entry(int(mode, 8), oid.decode())
    return files


def entry_at(tree: str, path: str, objects: Objects) -> Entry | None:
    """A tree's entry at a path, or None. Raises `GitError` if a tree on the way is missing."""
    entry: Entry | None = Entry(_FOLDER, tree)
    for name in os.fsencode(path).split(b"/"):
        if entry is None or entry.mode != _FOLDER:
            return None
        folder = objects.contents([entry.oid]).get(entry.oid)
        if folder is None or folder.data is None:
            raise GitError(f"tree {entry.oid} is missing", fix="run `git fsck` there")
        entry = _entry_named(folder.data, name, len(tree) // 2)
    return entry


def _entry_named(tree: bytes, name: bytes, id_size: int) -> Entry | None:
    """The entry with this name in a tree object: a sequence of mode, space, name, NUL and the bytes of the id."""
    start = 0
    while start < len(tree):
        space = tree.index(b" ", start)
        end = tree.index(b"\0", space)
        if tree[space + 1 : end] == name:
            return Entry(int(tree[start:space], 8), tree[end + 1 : end + 1 + id_size].hex())
        start = end + 1 + id_size
    return None


def _ask(arguments: Sequence[str], cwd: str, env: Mapping[str, str]) -> tuple[str, ...]:
    # 1 says "none", not "failed", as long as git says no more
    return tuple(process.run(arguments, cwd=cwd, env=env, accept=(0, 1)).decode().split())


def _entry(mode: str, oid: str) -> Entry | None:
    number = int(mode, 8)
    return Entry(number, oid) if number else None
