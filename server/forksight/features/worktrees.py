"""Where a path is: the worktree that it lies in."""

from collections.abc import Iterable

from forksight.core.git.snapshot import Worktree
from forksight.core.ports.git import Repository
from forksight.core.problems import NotARepositoryError


def worktree_of(repository: Repository, path: str) -> Worktree:
    """The innermost worktree that a resolved absolute path lies in: a nested worktree belongs to itself alone.

    Raises `NotARepositoryError` where there is none, as in a bare repository.
    """
    worktrees, _ = repository.worktrees()
    around = [worktree for worktree in worktrees if inside(path, worktree.path)]
    if not around:
        raise NotARepositoryError(
            f"{path} is in no worktree of {repository.common_dir}",
            fix="go into a checkout, or make one: git worktree add",
        )
    return max(around, key=lambda worktree: len(worktree.path))


def innermost(worktrees: Iterable[str], path: str) -> str | None:
    """The one of these worktrees that a path lies in: a nested one belongs to itself alone."""
    return max((worktree for worktree in worktrees if inside(path, worktree)), key=len, default=None)


def inside(path: str, folder: str) -> bool:
    """Whether a resolved absolute path is a folder or lies in it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
