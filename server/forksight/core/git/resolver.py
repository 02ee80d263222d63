"""Finds where a remembered path is today: sessions, the ledger and archives name paths from before worktrees moved.

Paths are absolute. A path that can't be followed is returned unchanged: that nobody finds it does not mean that it is gone.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from forksight.core.frozen import dataclass
from forksight.core.git.paths import innermost, inside
from forksight.core.git.snapshot import Worktree

_NOTHING: Mapping[str, str] = {}
_GRAIN = 2.0  # seconds to which file systems tell a time


@dataclass(frozen=True, slots=True)
class Remembered:
    """A path in a checkout at an earlier time, such as the ledger's worktree of a fork, or the directory of a session."""

    path: str
    branch: str | None  # which was checked out there
    seen: float  # when it was there, in seconds since the epoch


@dataclass(frozen=True, slots=True)
class Location:
    """The current location of a remembered path."""

    worktree: str | None  # None if it lies in none that is there
    path: str  # absolute; as it was remembered where `worktree` is None

    @property
    def relative(self) -> str | None:
        """The path relative to its worktree ("." for the worktree itself); None if it lies in none."""
        if self.worktree is None:
            return None
        return self.path[len(self.worktree.rstrip("/")) + 1 :] or "."


@dataclass(frozen=True)
class PathResolver:
    """Resolves the remembered paths of one repository, as of one moment."""

    worktrees: frozenset[str]
    # where each checkout that was moved is today, by where it was
    moved: Mapping[str, str] = field(default_factory=dict)
    # where git lists a worktree that is not there: its paths are followed nowhere
    missing: frozenset[str] = frozenset()

    def locate(self, path: str) -> Location:
        """Where a path is today. Links are not followed. A path inside of an existing worktree stays there, existing or not."""
        top = innermost(self.worktrees, path)
        moved = self.followed(path)
        if moved is not None and (top is None or inside(moved.former, top)):
            return moved.location
        return Location(top, path)

    def followed(self, path: str) -> "Moved | None":
        """Where a path in a moved checkout is today; None for any other path."""
        former = innermost((*self.moved, *self.missing), path)
        if former is None or former in self.missing:
            return None
        now = self.moved[former]
        return Moved(former, Location(now, now + path[len(former) :]))


@dataclass(frozen=True, slots=True)
class Moved:
    """A path in a moved checkout: the checkout's former path, and where the path is now."""

    former: str
    location: Location


def resolver(
    worktrees: Iterable[Worktree],
    remembered: Iterable[Remembered] = (),
    *,
    former: Mapping[str, str] = _NOTHING,
    missing: Iterable[str] = (),
) -> PathResolver:
    """A resolver that knows the existing worktrees and detects which of them were moved.

    `remembered` are paths at which nothing exists any more, `former` maps paths at which worktrees were seen to their paths
    today, and `missing` are paths at which git lists a worktree that does not exist.
    """
    present = tuple(worktrees)
    paths = frozenset(worktree.path for worktree in present)
    main = _main(present)
    present_paths = (*(path for path in paths if path != main), *(path for path, now in former.items() if now != main))
    moved = dict(former)
    for memory in remembered:
        if innermost(present_paths, memory.path) is None:
            moved.update(_moves(memory, present))
    moved = {path: now for path, now in moved.items() if path not in paths}
    return PathResolver(paths, moved, frozenset(missing).difference(moved))


def _main(worktrees: Iterable[Worktree]) -> str | None:
    return next((worktree.path for worktree in worktrees if worktree.main), None)


def _moves(memory: Remembered, worktrees: tuple[Worktree, ...]) -> Mapping[str, str]:
    """The moved checkouts (former path -> path today) that a remembered path reveals: a linked worktree, the main one around it.

    git names a linked worktree's git dir after its first folder, with a number if that name is taken, and never renames it
    (builtin/worktree.c, `add_worktree`).
    """
    top = memory.path
    while len(top) > 1:
        name = top.rpartition("/")[2]
        candidates = [
            worktree
            for worktree in worktrees
            if worktree.made is not None
            and worktree.made <= memory.seen + _GRAIN
            and _is_named_after(worktree, name)
            and _is_the_same(worktree, name, memory.branch, worktrees)
        ]
        if len(candidates) == 1:
            path = candidates[0].path
            return {top: path, **_main_moved(top, path, _main(worktrees))}
        top = top.rpartition("/")[0]
    return {}


def _is_named_after(worktree: Worktree, name: str) -> bool:
    """Whether the name of a linked worktree's git dir is one that git makes of the folder name `name`."""
    own = worktree.git_dir.rpartition("/")[2]
    stem = re.escape(re.sub(r"[^0-9A-Za-z_.@+=-]", "-", name))  # nearly as `sanitize_refname_component` does it
    return re.fullmatch(rf"{stem}\d*", own) is not None


def _is_the_same(worktree: Worktree, name: str, branch: str | None, worktrees: tuple[Worktree, ...]) -> bool:
    """Whether a worktree with a fitting git dir is the remembered one: by its branch, or because its folder was renamed."""
    if branch is not None and worktree.branch == branch:
        return True
    if branch is not None and any(other.branch == branch for other in worktrees):
        return False
    return worktree.path.rpartition("/")[2] != name and worktree.git_dir.rpartition("/")[2] == name


def _main_moved(former: str, path: str, main: str | None) -> Mapping[str, str]:
    """The main checkout's former path, if it was moved together with a worktree inside of it; else None."""
    if main is None or not inside(path, main):
        return {}
    below = path[len(main) :]
    return {former[: -len(below)]: main} if below and former.endswith(below) and former != path else {}
