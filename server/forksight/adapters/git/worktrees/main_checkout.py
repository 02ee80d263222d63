"""Finds a repository's main checkout, anew each time that worktrees are listed.

`git worktree list` assumes the folder around a git dir called `.git`, else the git dir itself (`get_main_worktree` in git's
worktree.c). It ignores core.worktree (submodules), and nothing in a git dir that was made with --separate-git-dir names its
checkout. Only that checkout's own `.git` leads to the git dir, so it is found once a path in it was asked about.
"""

import os
from collections.abc import Mapping

from forksight.adapters.system.disk.absence import is_absent
from forksight.adapters.system.disk.regular_file import open_regular
from forksight.core.git.paths import inside
from forksight.core.problems import Problem
from forksight.core.words import shell

_LONGEST_LINK = 65_536  # bytes of a `.git` file
# The innermost checkout that leads to each common dir, of the places asked about last. Looked at again before it is believed.
_last_seen: dict[str, str] = {}


def note(common_dir: str, path: str) -> None:
    """Remember that a path lies in a repository, perhaps in its main checkout."""
    if checkout := folder_around(common_dir, path):
        _last_seen[common_dir] = checkout


def folder_around(common_dir: str, path: str) -> str | None:
    """The innermost folder around a resolved path whose `.git` leads to the common dir itself; None if there is none.

    That is the main checkout, or a folder around a bare repository (`.bare` beside its worktrees).
    """
    folder = path
    while not leads_to(folder, common_dir):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def container(common_dir: str, path: str) -> str | None:
    """The folder around a bare repository, or that itself, if a resolved path lies in it and in no other repository."""
    if inside(path, common_dir):
        return common_dir
    folder = path
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder if leads_to(folder, common_dir) else None


def main_checkout(common_dir: str, listed: Mapping[str, str], config: Mapping[str, str]) -> str | Problem | None:
    """The resolved path of the main checkout; None for a bare repository; or the problem that it can't be found.

    `listed` is the path that git lists first, `config` the values in force in the common dir.
    """
    around = os.path.dirname(common_dir) if os.path.basename(common_dir) == ".git" else None
    if "bare" in listed:
        return _bare_by_mistake(common_dir, around) if around and _has_index(common_dir) else None
    if "core.worktree" in config:
        return os.path.realpath(os.path.join(common_dir, config["core.worktree"]))
    last_seen = _last_seen.get(common_dir)
    if last_seen is not None and leads_to(last_seen, common_dir):
        return last_seen
    if around is not None and (not _has_index(common_dir) or _holds_files(around)):
        return around
    return _unknown(common_dir)


def git_dir_of(folder: str) -> str | None:
    """The resolved git dir to which a folder's `.git` leads (itself, a link, or a file that names it); None without one.

    Raises `OSError` if the `.git` can't be read.
    """
    link = os.path.join(folder, ".git")
    if is_absent(link):
        return None
    if os.path.isdir(link):
        return os.path.realpath(link)
    with open_regular(link) as file:
        text = os.fsdecode(file.read(_LONGEST_LINK))
    return os.path.realpath(os.path.join(folder, text.removeprefix("gitdir:").strip()))


def leads_to(folder: str, common_dir: str) -> bool:
    """Whether a folder's `.git` leads to the common dir itself: a main checkout's does, a linked worktree's does not."""
    try:
        return git_dir_of(folder) == common_dir
    except OSError:
        return False


def _has_index(common_dir: str) -> bool:
    """Whether this git dir has an index; a bare repository has none."""
    return os.path.exists(os.path.join(common_dir, "index"))


def _holds_files(folder: str) -> bool:
    """Whether a folder has anything besides `.git`. If not, it only holds a git dir, perhaps a separate one."""
    try:
        return any(name != ".git" for name in os.listdir(folder))
    except OSError:  # nobody can tell; whoever looks into it says so
        return True


def _unknown(common_dir: str) -> Problem:
    setting = f"`git config --file {shell.quote(common_dir)}/config core.worktree PATH`"
    return Problem(
        "worktree-unknown",
        f"The main checkout of {common_dir} is not compared, because git does not record where it is: {setting} records it.",
        common_dir,
    )


def _bare_by_mistake(common_dir: str, around: str | None) -> Problem:
    setting = f"`git config --file {shell.quote(common_dir)}/config core.bare false`"
    return Problem(
        "worktree-bare",
        f"The checkout {around} is not compared, because its repository says that it has none (core.bare is true):"
        f" run {setting} if that is a mistake.",
        around,
    )
