"""The worktree that a path lies in."""

from forksight.core.git.paths import checkout_of
from forksight.core.git.snapshot import Worktree
from forksight.core.ports.git import Repository
from forksight.core.problems import NotARepositoryError


def worktree_of(repository: Repository, path: str) -> Worktree:
    """The innermost worktree that an absolute, resolved path lies in: what a nested worktree holds is its own alone.

    Raises `NotARepositoryError` where there is none, as in a bare repository.
    """
    worktrees, _ = repository.worktrees()
    by_path = {worktree.path: worktree for worktree in worktrees}
    top = checkout_of(by_path, repository.common_dir, path)
    if top is None:
        raise NotARepositoryError(
            f"{path} is in no worktree of {repository.common_dir}",
            fix="go into a checkout, or make one: git worktree add",
        )
    return by_path[top]
