"""What a machine shares: of each worktree the files that differ from what the remote has, and what is left out, with why."""

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

_TOO_MUCH = "more than may be shared in all has changed"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A changed path that does not leave the machine, and why (`it is larger than 1 MiB`)."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A worktree against the newest commits in it that the remote has."""

    worktree: Worktree
    parents: tuple[str, ...]  # those commits, the one that `changes` starts from first
    changes: Changes
    committed: float  # when HEAD was committed, seconds since the epoch
    since: Mapping[str, float] = field(default_factory=dict)  # when files were written
    unmerged: frozenset[str] = frozenset()
    not_covered: Mapping[str, str] = field(default_factory=dict)  # paths whose recorded bytes can't be told, with why


@dataclass(frozen=True, slots=True)
class SharedWorktree:
    """One worktree as it leaves the machine."""

    worktree: Worktree
    parents: tuple[str, ...]
    files: Mapping[str, Entry]  # by path
    gone: tuple[str, ...]
    date: float  # of its commit: the newest change, so that an unchanged worktree is the same commit
    since: Mapping[str, float]
    unmerged: frozenset[str]
    left_out: tuple[LeftOut, ...] = ()

    def message(self, label: str = "") -> SnapshotMessage:
        """What its commit says."""
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
    """What leaves the machine of these worktrees. `exclude`: globs of paths, branches and worktree paths that stay; `branches`: globs of
    the branches that may leave, any if there are none.

    `read` gives the bytes of blobs by id; what it does not give stays. Of what is more than may be shared in all, the
    first worktrees' files go, in the order of their paths.
    """
    room, places = LARGEST_SHARE, MOST_PATHS_OF_MACHINE
    result: list[SharedWorktree] = []
    for side in changed:
        worktree = side.worktree
        names = (worktree.path, worktree.branch or "")
        if any(fnmatchcase(name, glob) for glob in exclude for name in names):
            continue
        if branches and not any(fnmatchcase(worktree.branch or "", glob) for glob in branches):
            continue
        files: dict[str, Entry] = {}
        left_out = [LeftOut(path, why) for path, why in side.not_covered.items()]
        entries = {path: change.new for path, change in side.changes.items() if path not in side.not_covered}
        contents = read({entry.oid for entry in entries.values() if entry and entry.mode != GITLINK})
        for path, entry in sorted(entries.items()):
            if entry is None:
                continue
            data = b"" if entry.mode == GITLINK else contents.get(entry.oid)
            why = _why_not(path, entry, data, exclude)
            if not why and (len(files) >= min(MOST_PATHS, places) or len(data or b"") > room):
                why = _TOO_MUCH
            if why:
                left_out.append(LeftOut(path, why))
            else:
                files[path] = entry
                room -= len(data or b"")
        gone = sorted(
            path for path, entry in entries.items() if entry is None and _why_not(path, None, b"", exclude) == ""
        )
        since = {path: moment for path, moment in side.since.items() if path in files}
        shared = _fitting(
            SharedWorktree(
                worktree,
                side.parents,
                files,
                tuple(gone[: min(MOST_PATHS, places - len(files))]),
                max(since.values(), default=side.committed),
                since,
                frozenset(sorted(path for path in side.unmerged if is_safe_path(path))[:MOST_PATHS]),
                tuple(left_out),
            )
        )
        untold = [LeftOut(path, _TOO_MUCH) for path in gone[len(shared.gone) :]]
        result.append(replace(shared, left_out=(*shared.left_out, *untold)))
        places -= len(files) + len(shared.gone)
    return tuple(result)


def _fitting(shared: SharedWorktree) -> SharedWorktree:
    """A worktree whose message is no longer than others read: without the times, of which they have their own, and then with fewer paths."""
    if len(shared.message().text()) > LONGEST_MESSAGE:
        shared = replace(shared, since={})
    while len(shared.message().text()) > LONGEST_MESSAGE:
        unmerged = sorted(shared.unmerged)
        shared = replace(
            shared, gone=shared.gone[: len(shared.gone) // 2], unmerged=frozenset(unmerged[: len(unmerged) // 2])
        )
    return shared


def _why_not(path: str, entry: Entry | None, data: bytes | None, exclude: Collection[str]) -> str:
    """Why a path does not leave the machine; "" if it may. `data` is None if it can't be read."""
    content = b"" if data is None or (entry and entry.mode == SYMLINK) else data
    reasons = (
        ("forksight.teams.exclude names it", any(fnmatchcase(path, glob) for glob in exclude)),
        ("its path is none that others could have", not is_safe_path(path)),
        ("its name says that it holds keys", not keyless_name(path)),
        ("it can't be read", data is None),
        ("it is larger than 1 MiB", len(data or b"") > LARGEST_FILE),
    )
    why = next((reason for reason, applies in reasons if applies), "")
    return why or ("" if keyless_content(content) else "something in it looks like a key")
