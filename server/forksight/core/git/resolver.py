"""Where a remembered path is today: worktrees are moved, and what sessions, the ledger and archives name are paths of then.

Paths are absolute. What can't be told is left as it was remembered: a path that nobody finds is not thereby gone.
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
    """A path in a checkout as it once was: the ledger's worktree of a fork, the directory of a session."""

    path: str
    branch: str | None  # which was checked out there
    seen: float  # when it was there, in seconds since the epoch


@dataclass(frozen=True, slots=True)
class Location:
    """Where a path is today."""

    worktree: str | None  # None if it lies in none that is there
    path: str  # absolute; as it was remembered where `worktree` is None

    @property
    def relative(self) -> str | None:
        """The path relative to its worktree, "." for the worktree itself; None if it lies in none."""
        if self.worktree is None:
            return None
        return self.path[len(self.worktree.rstrip("/")) + 1 :] or "."


@dataclass(frozen=True)
class PathResolver:
    """Answers for one repository, as of one moment."""

    worktrees: frozenset[str]
    # where each checkout that was moved is today, by where it was
    moved: Mapping[str, str] = field(default_factory=dict)
    # where git lists a worktree that is not there: its paths are followed nowhere
    missing: frozenset[str] = frozenset()

    def locate(self, path: str) -> Location:
        """Where a path is today; links are not followed. What lies in a worktree that is there stays in it, be it gone or not."""
        top = innermost(self.worktrees, path)
        moved = self.followed(path)
        if moved is not None and (top is None or inside(moved.former, top)):
            return moved.location
        return Location(top, path)

    def followed(self, path: str) -> "Moved | None":
        """Where a path in a checkout that was moved is today; None for any other path."""
        former = innermost((*self.moved, *self.missing), path)
        if former is None or former in self.missing:
            return None
        now = self.moved[former]
        return Moved(former, Location(now, now + path[len(former) :]))


@dataclass(frozen=True, slots=True)
class Moved:
    """A path in a checkout that was moved: where that was, and where the path is now."""

    former: str
    location: Location


def resolver(
    worktrees: Iterable[Worktree],
    remembered: Iterable[Remembered] = (),
    *,
    former: Mapping[str, str] = _NOTHING,
    missing: Iterable[str] = (),
) -> PathResolver:
    """A resolver that knows the worktrees there are, and finds those that were moved since they were remembered.

    `remembered` are paths at which nothing is any more, `former` paths at which these worktrees were seen once, `missing` those
    at which git still lists one.
    """
    present = tuple(worktrees)
    paths = frozenset(worktree.path for worktree in present)
    main = _main(present)
    known = (*(path for path in paths if path != main), *(path for path, now in former.items() if now != main))
    moved = dict(former)
    for memory in remembered:
        if innermost(known, memory.path) is None:
            moved.update(_moves(memory, present))
    moved = {path: now for path, now in moved.items() if path not in paths}
    return PathResolver(paths, moved, frozenset(missing).difference(moved))


def _main(worktrees: Iterable[Worktree]) -> str | None:
    return next((worktree.path for worktree in worktrees if worktree.main), None)


def _moves(memory: Remembered, worktrees: tuple[Worktree, ...]) -> Mapping[str, str]:
    """Which checkouts were moved, if a remembered path lies in one of them: the linked worktree, and the main one around it.

    git names a linked worktree's git dir after its first folder, with a number if that is taken, and never renames it
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
    """Whether git gave a linked worktree's git dir its name when its folder had this one."""
    own = worktree.git_dir.rpartition("/")[2]
    stem = re.escape(re.sub(r"[^0-9A-Za-z_.@+=-]", "-", name))  # nearly as `sanitize_refname_component` does it
    return re.fullmatch(rf"{stem}\d*", own) is not None


def _is_the_same(worktree: Worktree, name: str, branch: str | None, worktrees: tuple[Worktree, ...]) -> bool:
    """Whether a worktree whose git dir fits is the one meant: by its branch, or because it does not bear its first name any more."""
    if branch is not None and worktree.branch == branch:
        return True
    if branch is not None and any(other.branch == branch for other in worktrees):
        return False
    return worktree.path.rpartition("/")[2] != name and worktree.git_dir.rpartition("/")[2] == name


def _main_moved(former: str, path: str, main: str | None) -> Mapping[str, str]:
    """The main checkout's former path, if a worktree inside it was moved together with it."""
    if main is None or not inside(path, main):
        return {}
    below = path[len(main) :]
    return {former[: -len(below)]: main} if below and former.endswith(below) and former != path else {}
