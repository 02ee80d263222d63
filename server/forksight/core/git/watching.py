"""Which directories of a repository to watch, and what a change in one of them means. Pure.

Watched are the directories with files that git tracks or would add, each worktree's git dir, and what all worktrees share:
refs, the list of worktrees, exclude rules. Ignored directories are never read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from forksight.core.frozen import dataclass
from forksight.core.git.paths import inside
from forksight.core.git.snapshot import Worktree

# Linux' limits, by their sysctl names.
WATCHES = "fs.inotify.max_user_watches"
INSTANCES = "fs.inotify.max_user_instances"
SHARE = 4  # at most one of this many of the watches that the kernel gives a user is ours
_HEADS = "refs/heads"
_STATE = {
    "HEAD",
    "index",
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "rebase-merge",
    "rebase-apply",
    "config.worktree",
}
_LISTED = {"gitdir", "locked"}  # of a worktree: where it is, and whether it may be removed
_SHARED = {"packed-refs", "config", "shallow", "grafts", "worktrees", "tables.list"}
_RULES = {".gitignore", ".gitattributes", "exclude", "attributes", "sparse-checkout"}


@dataclass(frozen=True, slots=True)
class FileEvent:
    """Something changed in a directory."""

    directory: str  # as it was given to the watcher; "" means that events were lost
    name: str  # the entry that changed in it; "" for the directory itself
    is_dir: bool  # the entry is, or may be, a directory


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of an attempt to watch directories."""

    left_out: int = 0  # directories that could not be watched
    setting: str | None = None  # the sysctl that limits them; None where there is no such limit
    limit: int | None = None  # its value; None if unknown


@dataclass(frozen=True, slots=True)
class News:
    """What an event means: which worktrees may have changed, and where directories may have been added or removed."""

    worktrees: frozenset[str] = frozenset()
    everything: bool = False
    directories: bool = False


_NOTHING = News()
_EVERYTHING = News(everything=True, directories=True)


@dataclass(frozen=True)
class Places:
    """The directories of a repository to watch, and the worktree that each belongs to."""

    worktrees: Mapping[str, str] = field(default_factory=dict)  # directories in worktrees -> the path of the worktree
    git_dirs: Mapping[str, str] = field(default_factory=dict)  # worktrees' git dirs -> the path of the worktree
    shared: frozenset[str] = frozenset()
    # directories of loose refs -> what the names of refs in them begin with (`refs/heads/feature/`)
    refs: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)
    # where worktrees that are missing or unreadable would come back: directory -> names of entries
    returns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    compares_refs: bool = False

    @property
    def directories(self) -> Sequence[str]:
        """The directories to watch, the most important first: if watches run out, the rest must be polled."""
        return list(dict.fromkeys([*self.shared, *self.git_dirs, *self.refs, *self.returns, *self.worktrees]))

    def news(self, event: FileEvent) -> News:
        """What an event means."""
        directory, name = event.directory, event.name
        if not directory or name in self.returns.get(directory, ()):
            return _EVERYTHING
        if name.endswith(".lock"):  # git writes beside its files, then renames
            return _NOTHING
        if directory in self.refs:
            return self._moved_ref(self.refs[directory] + name, event)
        if directory in self.shared and (name in _SHARED or name in _RULES or not name or _is_list(directory)):
            return _EVERYTHING
        if directory in self.git_dirs:
            return _in_git_dir(self.git_dirs[directory], name)
        return self._in_worktree(event)

    def _in_worktree(self, event: FileEvent) -> News:
        worktree = self.worktrees.get(event.directory)
        if worktree is None or event.name == ".git":
            return _NOTHING
        if not event.name and event.directory == worktree:  # the checkout itself went
            return _EVERYTHING
        return News(frozenset({worktree}), directories=event.is_dir or event.name in _RULES)

    def _moved_ref(self, ref: str, event: FileEvent) -> News:
        worktree = self.branches.get(ref.removeprefix(_HEADS + "/"))
        return News(frozenset({worktree} if worktree else ()), everything=self.compares_refs, directories=event.is_dir)


def _in_git_dir(worktree: str, name: str) -> News:
    if name in _LISTED:
        return News(everything=True)
    relevant = name in _STATE or name.startswith("sharedindex.") or not name
    return News(frozenset({worktree})) if relevant else _NOTHING


def places(
    common_dir: str,
    worktrees: Sequence[Worktree],
    directories: Mapping[str, Iterable[str]],
    ref_directories: Iterable[str],
    entries: Iterable[str] = (),
    *,
    lost: Iterable[str] = (),
    compares_refs: bool,
) -> Places:
    """The directories of a repository to watch.

    `directories` maps a worktree's path to the directories in it (relative) that hold files; one that lies in a nested worktree
    belongs to that alone. `ref_directories` are those of loose refs, relative to the common dir. `entries` are the git dirs of
    linked worktrees; one of none of the `worktrees` is of a worktree that is being made. `lost` are the paths of worktrees that
    are missing or unreadable.
    """
    tops = {worktree.path for worktree in worktrees}
    whose: dict[str, str] = {}
    for worktree in worktrees:
        whose[worktree.path] = worktree.path
        for directory in directories.get(worktree.path, ()):
            path = f"{worktree.path}/{directory}"
            if path not in tops:
                whose[path] = worktree.path
    git_dirs = {worktree.git_dir: worktree.path for worktree in worktrees}
    shared = (f"{common_dir}{part}" for part in ("", "/worktrees", "/reftable", "/info"))
    return Places(
        worktrees=whose,
        git_dirs=git_dirs,
        shared=frozenset((*shared, *(entry for entry in entries if entry not in git_dirs))),
        refs={f"{common_dir}/{directory}": f"{directory}/" for directory in ref_directories},
        returns=_returns(lost),
        branches={worktree.branch: worktree.path for worktree in worktrees if worktree.branch},
        compares_refs=compares_refs,
    )


def _returns(lost: Iterable[str]) -> dict[str, frozenset[str]]:
    """The directories and entries through which a lost worktree may come back: its folder in the parent, and `.git` in its folder."""
    names_in: dict[str, set[str]] = {}
    for path in lost:
        parent, _, name = path.rpartition("/")
        names_in.setdefault(parent or "/", set()).add(name)
        names_in.setdefault(path, set()).add(".git")
    return {directory: frozenset(names) for directory, names in names_in.items()}


def parents(paths: Iterable[str]) -> set[str]:
    """All parent directories of these relative paths, without the top itself."""
    directories: set[str] = set()
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent and parent not in directories:
            directories.add(parent)
            parent = parent.rpartition("/")[0]
    return directories


def tops(directories: Iterable[str]) -> list[str]:
    """Those of the directories that lie in none of the others."""
    outermost: list[str] = []
    for directory in sorted(directories, key=lambda path: path.split("/")):
        if not outermost or not inside(directory, outermost[-1]):
            outermost.append(directory)
    return outermost


def _is_list(directory: str) -> bool:
    """Whether any change in this shared directory concerns all worktrees."""
    return directory.endswith(("/worktrees", "/reftable")) or directory.rpartition("/")[0].endswith("/worktrees")
