"""Finds the repository of a path. git's answer for a checkout is cached until the files that it depends on change.

An editor needs it for each document that is opened or saved.
"""

import os

from forksight.adapters.git import process
from forksight.adapters.git.worktrees.main_checkout import git_dir_of, note
from forksight.adapters.memo import forget_oldest
from forksight.adapters.system.disk.file_state import FileState, file_state
from forksight.adapters.system.disk.regular_file import LINK, read_text
from forksight.core.frozen import dataclass

# With these git may end its way up at other folders than the first one that has a `.git`.
_VARIABLES = ("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
_REMEMBERED = 1_000  # checkouts


@dataclass(frozen=True, slots=True)
class _Checkout:
    """A folder with a `.git`, and the common dir that it leads to."""

    path: str
    common_dir: str
    owner: tuple[int, int, int]  # device, inode and user id of the folder: git refuses what belongs to others
    states: tuple[FileState, ...]  # of the files by which git tells a repository


_accepted: dict[str, _Checkout] = {}  # by path, as each was when git last came to the same common dir


def find_common_dir(cwd: str) -> str:
    """The common dir, resolved, of the repository that a path lies in. Starts git unless the answer is cached.

    Raises `NotARepositoryError`; `GitError` if git is missing, too old, or refuses.
    """
    path = os.path.realpath(cwd)
    checkout = _checkout_around(path)
    if checkout is not None and _accepted.get(checkout.path) == checkout:
        common_dir = checkout.common_dir
    else:
        common_dir = _ask(cwd)
        if checkout is not None and checkout.common_dir == common_dir:
            _accepted[checkout.path] = checkout
            forget_oldest(_accepted, _REMEMBERED)
    note(common_dir, path)
    return common_dir


def _ask(cwd: str) -> str:
    process.version()
    output = process.run(["rev-parse", "--path-format=absolute", "--git-common-dir"], cwd=cwd, env=process.quiet())
    return os.path.realpath(os.fsdecode(output.removesuffix(b"\n")))


def _checkout_around(path: str) -> _Checkout | None:
    """The checkout that a resolved path lies in; None if git's answer may depend on other files than those of the checkout."""
    if any(name in os.environ for name in _VARIABLES):
        return None
    try:
        folder, device = path, os.stat(path).st_dev
        while not os.path.lexists(f"{folder}/.git"):
            above = os.path.dirname(folder)
            # Git stops at another file system, and at a bare repository.
            if above == folder or os.path.lexists(f"{folder}/HEAD") or os.stat(above).st_dev != device:
                return None
            folder = above
        git_dir = git_dir_of(folder)
        if git_dir is None:
            return None
        facts, link = os.stat(folder), f"{git_dir}/commondir"
        common_dir = git_dir
        if os.path.lexists(link):
            common_dir = os.path.realpath(os.path.join(git_dir, read_text(link, LINK).strip()))
    except OSError:
        return None
    states = tuple(map(file_state, (f"{git_dir}/HEAD", link, f"{common_dir}/HEAD", f"{common_dir}/config")))
    return _Checkout(folder, common_dir, (facts.st_dev, facts.st_ino, facts.st_uid), states)
