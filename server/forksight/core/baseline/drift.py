"""Drift: what changed in a repository since a baseline last learned it."""

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from forksight.core.git.snapshot import Change

CONVENTIONS = ("CLAUDE.md", "AGENTS.md", ".claude/CLAUDE.md", "GEMINI.md", "CONTRIBUTING.md", "README.md", "README")

# What tells how a project is written and built, wherever in it such a file lies.
_RULES = re.compile(
    r"(CLAUDE|CLAUDE\.local|AGENTS|GEMINI|CONTRIBUTING)\.md|README(\.\w+)?|pyproject\.toml|setup\.(py|cfg)"
    r"|requirements.*\.txt|package\.json|tsconfig\.json|deno\.jsonc?|go\.mod|Cargo\.toml|pom\.xml|(build|settings)\.gradle(\.kts)?"
    r"|Gemfile|composer\.json|mix\.exs|Package\.swift|\w+\.csproj|CMakeLists\.txt|Makefile|justfile|Dockerfile|\.editorconfig"
)


class Fate(StrEnum):
    """What happened to a file that a baseline had read."""

    CHANGED = "changed"
    MOVED = "moved"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that a baseline had read and that changed since. Paths are relative to the worktree."""

    path: str
    fate: Fate
    # Where it is now; None if it was deleted.
    now: str | None


@dataclass(frozen=True, slots=True)
class Drift:
    """What changed from one commit to another. Paths are relative to the worktree."""

    # The commit that the baseline's current generation knows.
    since: str
    # Where its branch is now. Without a branch (it was made on none, or that one is gone): the main checkout's HEAD.
    tip: str
    branch: str | None
    # How many commits `tip` has that `since` has not.
    commits: int
    # How many files of the repository it had read, and those of them that changed.
    read: int = 0
    files: tuple[ReadFile, ...] = ()
    # New folders, without those inside them.
    folders: tuple[str, ...] = ()
    # The conventions and manifest files that changed, came or went.
    rules: tuple[str, ...] = ()


def fates(read: Collection[str], changes: Mapping[str, Change], moves: Mapping[str, str]) -> tuple[ReadFile, ...]:
    """Those of the read files (relative paths) that changed, moved or were deleted, in the order of `read`."""
    files = []
    for path in sorted(read):
        change = changes.get(path)
        if change is None or change.old is None:  # untracked when it was read: git can't tell what it was
            continue
        if change.new is not None:
            files.append(ReadFile(path, Fate.CHANGED, path))
        elif path in moves:
            files.append(ReadFile(path, Fate.MOVED, moves[path]))
        else:
            files.append(ReadFile(path, Fate.DELETED, None))
    return tuple(files)


def new_folders(changes: Mapping[str, Change], before: Collection[str]) -> tuple[str, ...]:
    """The outermost folders with added files that did not exist `before`."""
    outermost = set()
    for path, change in changes.items():
        folder = posixpath.dirname(path)
        if change.old is None and folder and folder not in before:
            while (above := posixpath.dirname(folder)) and above not in before:
                folder = above
            outermost.add(folder)
    return tuple(sorted(outermost))


def changed_rules(changes: Mapping[str, Change]) -> tuple[str, ...]:
    """The conventions and manifest files among the changes, the outermost first."""
    paths = [path for path in changes if _RULES.fullmatch(posixpath.basename(path))]
    return tuple(sorted(paths, key=lambda path: (path.count("/"), path)))
