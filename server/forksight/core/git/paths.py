"""Which folder, and which worktree, a path lies in. Paths are absolute and resolved; nothing is read from disk."""

from collections.abc import Iterable


def inside(path: str, folder: str) -> bool:
    """Whether a path is that folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def innermost(worktrees: Iterable[str], path: str) -> str | None:
    """The worktree that a path lies in, of these; None if it lies in none. What a nested worktree holds is its own alone."""
    return max((worktree for worktree in worktrees if inside(path, worktree)), key=len, default=None)
