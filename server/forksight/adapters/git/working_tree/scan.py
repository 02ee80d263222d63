"""Determines what `git add -A` would record in a worktree, without recording it: `git status` lists the paths, the disk is read."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace

from forksight.adapters.git import process
from forksight.adapters.git.config import Config
from forksight.adapters.git.objects.object_id import object_id
from forksight.adapters.git.working_tree import status
from forksight.adapters.git.working_tree.attributes import AttributeReader
from forksight.adapters.git.working_tree.dirty_blobs import HELD, Recipe, Recorded, record
from forksight.adapters.system.disk.regular_file import LARGEST, LINK, read_text
from forksight.core.frozen import dataclass
from forksight.core.git import conversion
from forksight.core.git.snapshot import EXECUTABLE, GITLINK, REGULAR, SYMLINK, Change, Entry, Snapshot, Worktree
from forksight.core.problems import GitError, NotARepositoryError, Problem

_ROOM = 4 * 1024 * 1024  # bytes of changed files that are held for one worktree; the rest is read again if asked for


@dataclass(frozen=True, slots=True)
class Tools:
    """The dependencies of a scan."""

    common_dir: str
    config: Config
    attributes: AttributeReader
    crlf_in: Callable[[str], bool]  # whether a blob has CRLF, by its id
    tree_of: Callable[[str], str]  # the tree of a commit, by its id
    has_file: Callable[[str, str], bool]  # whether a commit has a file at a path
    known: Mapping[str, Recorded]  # the files of an earlier scan, by path: not read again if they did not change


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of a scan: the snapshot, problems, and the files that were read, by path."""

    snapshot: Snapshot
    problems: tuple[Problem, ...]
    recorded: dict[str, Recorded]


@dataclass(frozen=True, slots=True)
class _File:
    """A path to read from disk."""

    mode: int  # as git told it, 0 where only the disk knows
    head: Entry | None
    index: Entry | None


@dataclass(slots=True)
class _PartialScan:
    """A scan in progress."""

    changes: dict[str, Change] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    not_covered: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    recorded: dict[str, Recorded] = field(default_factory=dict)

    def put(self, path: str, old: Entry | None, new: Entry | None) -> None:
        """Set a path's change. A later one replaces an earlier one: an untracked file may be where the index deletes one."""
        if old != new:
            self.changes[path] = Change(old, new)
        else:
            self.changes.pop(path, None)


def scan(worktree: Worktree, tools: Tools, only: str | None = None) -> Scan:
    """Scan a worktree, or one path of it. Raises `GitError` if it can't be read."""
    git_status = _status(worktree, tools.config) if only is None else _status_of(only, worktree, tools)
    partial = _PartialScan()
    files: dict[str, _File] = {}
    for path, tracked in git_status.tracked.items():
        if tracked.on_disk is None:
            partial.put(path, tracked.head, tracked.index)
        elif tracked.on_disk == 0:
            if not _only_intended(path, tracked, git_status.head, tools):
                partial.put(path, tracked.head, None)
        else:
            files[path] = _File(tracked.on_disk, tracked.head, tracked.index)
    for name in git_status.untracked:
        path = name.removesuffix("/")
        head = git_status.tracked[path].head if path in git_status.tracked else None
        if path == name:
            files[path] = _File(0, head, None)
        elif not _is_worktree_of(os.path.join(worktree.path, path), tools.common_dir):
            files[path] = _File(GITLINK, head, None)
    _read(worktree.path, files, partial, tools)
    snapshot = Snapshot(
        worktree=replace(worktree, head=git_status.head, branch=git_status.branch, merging=_merging(worktree.git_dir)),
        tree=tools.tree_of(git_status.head) if git_status.head else None,
        changes=partial.changes,
        since=partial.since,
        unmerged=frozenset(git_status.unmerged),
        not_covered=partial.not_covered,
    )
    return Scan(snapshot, tuple(partial.problems), partial.recorded)


def _status_of(path: str, worktree: Worktree, tools: Tools) -> status.Status:
    """The `git status` of one path.

    Untracked files are only looked for if the path may be one, since that takes most of the time in a large worktree.
    """
    where = ("--", f":(top,literal){path}")
    git_status = _status(worktree, tools.config, ("--untracked-files=no", *where))
    tracked = git_status.tracked.get(path)
    if path in git_status.unmerged or (tracked is not None and tracked.index is not None):
        return git_status
    if tracked is None and git_status.head is not None and tools.has_file(git_status.head, path):
        return git_status  # unchanged
    return _status(worktree, tools.config, where) if os.path.lexists(f"{worktree.path}/{path}") else git_status


def _status(worktree: Worktree, config: Config, arguments: Sequence[str] = ()) -> status.Status:
    environment = process.confined(config.environment, worktree.path)
    try:
        git_status = status.parse(process.run([*status.ARGUMENTS, *arguments], cwd=worktree.path, env=environment))
    except NotARepositoryError:
        raise GitError(
            f"{worktree.path} is no worktree any more", fix="run `git worktree repair` or `git worktree prune`"
        ) from None
    if git_status.untracked and config.flag("core.sparsecheckout", default=False):
        inside = _inside_sparse_checkout(worktree, environment)
        git_status.untracked = [path for path in git_status.untracked if path in inside]
    return git_status


def _merging(git_dir: str) -> tuple[str, ...]:
    """The commits that an unfinished merge brings in (MERGE_HEAD, which git removes when the merge ends)."""
    try:
        return tuple(read_text(os.path.join(git_dir, "MERGE_HEAD")).split())
    except OSError:
        return ()


def _only_intended(path: str, tracked: status.Tracked, head: str | None, tools: Tools) -> bool:
    """Whether a missing file was only added with `git add -N` and never recorded: git shows it as if HEAD had it, empty."""
    empty = tracked.index is not None and tracked.index.oid == object_id(b"", _algorithm(tools.config))
    return empty and not (head is not None and tools.has_file(head, path))


def _inside_sparse_checkout(worktree: Worktree, environment: Mapping[str, str]) -> set[str]:
    """The untracked files that `git add` would take in a sparse checkout: those that its patterns match, read as an ignore file."""
    patterns = os.path.join(worktree.git_dir, "info", "sparse-checkout")
    if not os.path.exists(patterns):
        return set()
    listed = process.run(
        ["ls-files", "--others", "--ignored", f"--exclude-from={patterns}", "-z"], cwd=worktree.path, env=environment
    )
    return set(os.fsdecode(listed).split("\0"))


def _is_worktree_of(folder: str, common_dir: str) -> bool:
    """Whether a nested checkout is a worktree of this repository, which is scanned by itself."""
    try:
        link = read_text(os.path.join(folder, ".git"), LINK)
        git_dir = os.path.realpath(os.path.join(folder, link.removeprefix("gitdir:").strip()))
    except OSError:  # a folder: a repository of its own
        return False
    return os.path.dirname(git_dir) == os.path.join(common_dir, "worktrees")


def _read(top: str, files: Mapping[str, _File], partial: _PartialScan, tools: Tools) -> None:
    """Read files from disk into the scan."""
    attributes = tools.attributes.read(top, tools.config, list(files))
    autocrlf = tools.config.values.get("core.autocrlf")
    algorithm = _algorithm(tools.config)
    room = _ROOM
    for path, file in files.items():
        full_path = f"{top}/{path}"
        if file.mode == GITLINK:
            head = _head_of(full_path, tools.config)
            partial.put(path, file.head, Entry(GITLINK, head) if head else file.index)
            continue
        link = file.mode == SYMLINK  # also where the disk knows none (core.symlinks=false): its text is in a file then
        converted = conversion.RAW if link else conversion.conversion_of(attributes[path], autocrlf)
        index = file.index.oid if converted.needs_index and file.index is not None and file.index.regular else None
        try:
            recorded = record(
                full_path,
                Recipe(converted, index),
                tools.crlf_in,
                algorithm,
                tools.known.get(path),
                hold=min(HELD, room),
            )
        except OSError as error:
            partial.changes[path] = Change(file.head, file.head)
            partial.not_covered[path] = f"its file can't be read ({error.strerror})"
            partial.problems.append(_unreadable(full_path, error))
            continue
        if recorded is None:  # gone since git looked
            partial.put(path, file.head, None)
            continue
        partial.recorded[path] = recorded
        room -= len(recorded.data or b"")
        partial.put(path, file.head, Entry(_mode(file.mode, recorded, tools.config), recorded.oid))
        if path in partial.changes:
            partial.since[path] = recorded.since
            why = None if link or recorded.link else conversion.needs_program(attributes[path])
            if recorded.size > LARGEST:
                why = f"it is larger than {LARGEST // 2**20} MB"
            if why:
                partial.not_covered[path] = why


def _head_of(folder: str, config: Config) -> str | None:
    """The HEAD of a nested repository, which is what git records of it."""
    environment = process.confined(config.environment, folder)
    try:
        return process.run(["rev-parse", "--verify", "-q", "HEAD"], cwd=folder, env=environment).decode().strip()
    except (GitError, NotARepositoryError):  # no commit yet: there is nothing to record
        return None


def _algorithm(config: Config) -> str:
    return config.values.get("extensions.objectformat", "sha1")


def _mode(by_git: int, recorded: Recorded, config: Config) -> int:
    if by_git == SYMLINK or recorded.link:
        return SYMLINK
    if by_git:
        return by_git
    return EXECUTABLE if recorded.executable and config.flag("core.filemode", default=True) else REGULAR


def _unreadable(file: str, error: OSError) -> Problem:
    return Problem(
        "file-unreadable", f"{file} can't be read ({error.strerror}) and is not compared: check its permissions.", file
    )
