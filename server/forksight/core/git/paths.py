"""Which folder or worktree a path lies in. Paths are absolute and resolved; nothing is read from disk."""

from collections.abc import Iterable


def inside(path: str, folder: str) -> bool:
    """Whether a path is that folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def innermost(worktrees: Iterable[str], path: str) -> str | None:
    """The innermost of these worktrees that a path lies in; None if it lies in none."""
    return max((worktree for worktree in worktrees if inside(path, worktree)), key=len, default=None)


def checkout_of(worktrees: Iterable[str], common_dir: str, path: str) -> str | None:
    """Like `innermost`, but None for files of the git dir too. A worktree inside of the git dir counts as any other."""
    worktree = innermost(worktrees, path)
    if worktree is None or (inside(path, common_dir) and not inside(worktree, common_dir)):
        return None
    return worktree


def c_quoted(path: str) -> str:
    """A path in C-style quotes, in which git's files and streams accept any path."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
