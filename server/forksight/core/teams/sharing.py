"""Selects what a machine shares: the files of each worktree that differ from the remote's commits, except those that must not leave."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from forksight.core.git.snapshot import GITLINK, SYMLINK, Entry, Worktree
from forksight.core.overlaps.pairing import Changes
from forksight.core.teams.secrets import keyless_content, keyless_name
from forksight.core.teams.wire import (
    LARGEST_FILE,
    LARGEST_SHARE,
    LONGEST_MESSAGE,
    MOST_PATHS,
    MOST_PATHS_OF_MACHINE,
    SnapshotMessage,
    is_safe_path,
    shown_name,
)

_TOO_MUCH = "the files shared so far reach the limit"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A changed path that does not leave the machine, and the reason as a clause (`it is larger than 1 MiB`)."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Changed:
    """The changes of a worktree since the newest commits of its history that the remote has."""

    worktree: Worktree
    parents: tuple[str, ...]  # the ids of these commits; `changes` is the difference to the first one
    changes: Changes
    committed: float  # when HEAD was committed, seconds since the epoch
    # Path -> when the file was written, seconds since the epoch.
    since: Mapping[str, float] = field(default_factory=dict)
    unmerged: frozenset[str] = frozenset()
    not_covered: Mapping[str, str] = field(default_factory=dict)  # path -> why it is unknown what git would record


@dataclass(frozen=True, slots=True)
class SharedWorktree:
    """The part of a worktree that is published."""

    worktree: Worktree
    parents: tuple[str, ...]
    files: Mapping[str, Entry]  # by path
    gone: tuple[str, ...]  # deleted paths
    date: float  # of its commit: the time of the newest change, so that an unchanged worktree gets the same commit id
    since: Mapping[str, float]
    unmerged: frozenset[str]
    left_out: tuple[LeftOut, ...] = ()

    def message(self, label: str = "") -> SnapshotMessage:
        """The message of the commit that publishes it. `label` names the worktree; "" for its own label."""
        branch = self.worktree.branch
        return SnapshotMessage(
            shown_name(label or self.worktree.label),
            None if branch is None else shown_name(branch),
            self.gone,
            self.since,
            self.unmerged,
            len(self.left_out),
        )


def shared_worktrees(
    changed: Sequence[Changed],
    *,
    exclude: Collection[str],
    branches: Collection[str] = (),
    read: Callable[[Collection[str]], Mapping[str, bytes]],
) -> tuple[SharedWorktree, ...]:
    """The parts of these worktrees that are published.

    `exclude` are globs of paths, branches and worktree paths that must not leave; `branches` are globs of the branches that may leave
    (if empty, all may). `read` maps ids of blobs to their bytes; files whose blobs it leaves out are not shared. Files are taken in the
    order of `changed` and of their paths, up to `LARGEST_SHARE` bytes and `MOST_PATHS_OF_MACHINE` paths in all.
    """
    bytes_left, paths_left = LARGEST_SHARE, MOST_PATHS_OF_MACHINE
    result: list[SharedWorktree] = []
    for source in changed:
        worktree = source.worktree
        names = (worktree.path, worktree.branch or "")
        if any(fnmatchcase(name, glob) for glob in exclude for name in names):
            continue
        if branches and not any(fnmatchcase(worktree.branch or "", glob) for glob in branches):
            continue
        files: dict[str, Entry] = {}
        left_out = [LeftOut(path, why) for path, why in source.not_covered.items()]
        entries = {path: change.new for path, change in source.changes.items() if path not in source.not_covered}
        contents = read({entry.oid for entry in entries.values() if entry and entry.mode != GITLINK})
        for path, entry in sorted(entries.items()):
            if entry is None:
                continue
            data = b"" if entry.mode == GITLINK else contents.get(entry.oid)
            why = _exclusion_reason(path, entry, data, exclude)
            if not why and (len(files) >= min(MOST_PATHS, paths_left) or len(data or b"") > bytes_left):
                why = _TOO_MUCH
            if why:
                left_out.append(LeftOut(path, why))
            else:
                files[path] = entry
                bytes_left -= len(data or b"")
        gone = sorted(
            path
            for path, entry in entries.items()
            if entry is None and _exclusion_reason(path, None, b"", exclude) == ""
        )
        since = {path: moment for path, moment in source.since.items() if path in files}
        shared = _fitting(
            SharedWorktree(
                worktree,
                source.parents,
                files,
                tuple(gone[: min(MOST_PATHS, paths_left - len(files))]),
                max(since.values(), default=source.committed),
                since,
                frozenset(sorted(path for path in source.unmerged if is_safe_path(path))[:MOST_PATHS]),
                tuple(left_out),
            )
        )
        omitted = [LeftOut(path, _TOO_MUCH) for path in gone[len(shared.gone) :]]
        result.append(replace(shared, left_out=(*shared.left_out, *omitted)))
        paths_left -= len(files) + len(shared.gone)
    return tuple(result)


def _fitting(shared: SharedWorktree) -> SharedWorktree:
    """The worktree, cut so that its message is at most `LONGEST_MESSAGE` bytes: first the times are dropped, then deleted and unmerged paths."""
    if len(shared.message().text()) > LONGEST_MESSAGE:
        shared = replace(shared, since={})
    while len(shared.message().text()) > LONGEST_MESSAGE:
        unmerged = sorted(shared.unmerged)
        shared = replace(
            shared, gone=shared.gone[: len(shared.gone) // 2], unmerged=frozenset(unmerged[: len(unmerged) // 2])
        )
    return shared


def _exclusion_reason(path: str, entry: Entry | None, data: bytes | None, exclude: Collection[str]) -> str:
    """Why a path must not leave the machine, as a clause; "" if it may. `data` is its content, None if that can't be read."""
    content = b"" if data is None or (entry and entry.mode == SYMLINK) else data
    reasons = (
        ("forksight.teams.exclude names it", any(fnmatchcase(path, glob) for glob in exclude)),
        ("other machines would refuse its path", not is_safe_path(path)),
        ("its name says that it holds keys", not keyless_name(path)),
        ("it can't be read", data is None),
        ("it is larger than 1 MiB", len(data or b"") > LARGEST_FILE),
    )
    why = next((reason for reason, applies in reasons if applies), "")
    return why or ("" if keyless_content(content) else "something in it looks like a key")
