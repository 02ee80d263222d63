"""Which worktree a path lies in, which one the person is in, and where new ones are made."""

import os

from forksight.core.git.paths import checkout_of
from forksight.core.git.snapshot import Worktree
from forksight.core.ports.git import Repository
from forksight.core.problems import NotARepositoryError
from forksight.features.context import Context


def worktree_of(repository: Repository, path: str) -> Worktree:
    """The innermost worktree that an absolute, resolved path lies in.

    Raises `NotARepositoryError` if there is none, as in a bare repository.
    """
    worktrees, _ = repository.worktrees()
    by_path = {worktree.path: worktree for worktree in worktrees}
    top = checkout_of(by_path, repository.common_dir, path)
    if top is None:
        raise NotARepositoryError(
            f"{path} is in no worktree of {repository.common_dir}",
            fix="change to a worktree, or make one: git worktree add",
        )
    return by_path[top]


def place_of(context: Context) -> str:
    """The path of the worktree that the person is in, else their folder, as around a bare repository.

    Raises `NotARepositoryError` outside of any repository.
    """
    try:
        return context.here.path
    except NotARepositoryError:
        context.repository.common_dir  # noqa: B018 - raises where there is no repository at all
        return context.cwd


def main_checkout(context: Context) -> str | None:
    """The path of the main checkout; None in a bare repository."""
    return next((worktree.path for worktree in context.maker.registered() if worktree.main), None)


def folder_for_worktrees(context: Context) -> str:
    """The folder for new worktrees, by the current settings. It need not exist."""
    top = main_checkout(context) or os.path.dirname(context.repository.common_dir)
    configured = os.path.expanduser(context.settings.worktree.directory)
    return context.files.resolve(os.path.join(top, configured))
