"""Which folder, and which worktree, a path lies in. Paths are absolute and resolved; nothing is read from disk."""

from collections.abc import Iterable


def inside(path: str, folder: str) -> bool:
    """Whether a path is that folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def innermost(worktrees: Iterable[str], path: str) -> str | None:
    """The worktree that a path lies in, of these; None if it lies in none. What a nested worktree holds is its own alone."""
    return max((worktree for worktree in worktrees if inside(path, worktree)), key=len, default=None)


def checkout_of(worktrees: Iterable[str], common_dir: str, path: str) -> str | None:
    """Like `innermost`, but None for git's own files too; a worktree that lies below the git dir counts like any other."""
    worktree = innermost(worktrees, path)
    if worktree is None or (inside(path, common_dir) and not inside(worktree, common_dir)):
        return None
    return worktree


def c_quoted(path: str) -> str:
    """A path as git's own files and streams take any path: in quotes, as in C."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
