"""Reads the state of every worktree that may be removed, from git and the disk."""

import os
from collections.abc import Sequence
from dataclasses import replace

from forksight.adapters.git.config import Config
from forksight.adapters.git.worktrees.listing import Record, git_dir_without_folder, is_linked, listed
from forksight.adapters.git.worktrees.lock import lock
from forksight.adapters.git.worktrees.main_checkout import git_dir_of
from forksight.adapters.system.disk.absence import is_absent, is_out_of_reach
from forksight.core.cleanup.facts import Place
from forksight.core.git.paths import inside


def places(common_dir: str, config: Config) -> tuple[Place, ...]:
    """See `core.ports.git.Survey`; `config` is that in force in the common dir. Raises `GitError`."""
    records, _ = listed(common_dir, config.environment, config.values)
    known = [_place(record, common_dir) for record in records]
    paths = [place.worktree.path for place in known]
    return tuple(replace(place, inside=_nested_in(place.worktree.path, paths)) for place in known)


def _nested_in(worktree: str, paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(path for path in paths if path != worktree and inside(path, worktree))


def _place(record: Record, common_dir: str) -> Place:
    git_dir = _git_dir(record.path)
    exists = not is_absent(record.path)
    if not exists:
        git_dir = git_dir_without_folder(record.path, common_dir)
    worktree = record.worktree(git_dir or "")
    broken = exists and not record.main and (git_dir is None or not is_linked(record.path, common_dir))
    return Place(
        worktree,
        missing=not exists,
        broken=broken,
        unreadable=exists and is_out_of_reach(os.path.join(record.path, ".git")),
        lock=lock(record.locked, common_dir) if record.locked is not None else None,
        missing_from=_missing_from(record.path, common_dir) if not exists else None,
        made=worktree.made,
    )


def _missing_from(path: str, common_dir: str) -> str | None:
    """The parent folder from which a worktree is missing. None if that is empty, since it may be the mount point of a disk."""
    folder = os.path.dirname(path)
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    return folder if names or inside(folder, os.path.dirname(common_dir)) else None


def _git_dir(path: str) -> str | None:
    """The git dir to which a worktree's `.git` leads; None if the folder is no worktree."""
    try:
        git_dir = git_dir_of(path)
    except OSError:
        return None
    return git_dir if git_dir is not None and os.path.isdir(git_dir) else None
