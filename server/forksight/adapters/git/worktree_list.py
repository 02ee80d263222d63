"""The worktrees of a repository, from `git worktree list`."""

import os
from collections.abc import Mapping

from forksight.adapters.git import process
from forksight.adapters.git.config import Config
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import GitError, NotARepositoryError, Problem
from forksight.core.words import shell

_LONGEST_LINK = 65_536  # bytes of a `.git` file


def worktrees(
    common_dir: str, config: Config, place: str | None = None
) -> tuple[tuple[Worktree, ...], tuple[Problem, ...]]:
    """All worktrees that can be looked at, main first, then by path; the others as problems. A bare main one is neither.

    `place` is a path in the repository: it helps to find a main checkout whose git dir lies elsewhere.
    """
    usable: list[Worktree] = []
    problems: list[Problem] = []
    for number, facts in enumerate(listed(common_dir, config.environment)):
        if "bare" in facts:
            continue
        main = number == 0
        path = os.path.realpath(facts["worktree"])
        if main and path == common_dir:  # its checkout is not around it, and git does not tell where
            checkout = _main_checkout(common_dir, config, place)
            if checkout is None:
                problems.append(_untold(common_dir))
                continue
            path = os.path.realpath(checkout)
        git_dir = _git_dir(path, facts.get("locked"))
        if not main and isinstance(git_dir, str) and not is_linked(path, common_dir):
            git_dir = _elsewhere(path, git_dir)
        if isinstance(git_dir, Problem):
            problems.append(git_dir)
            continue
        head = facts.get("HEAD", "").strip("0")
        usable.append(
            Worktree(
                path=path,
                git_dir=git_dir,
                head=facts["HEAD"] if head else None,
                branch=facts["branch"].removeprefix("refs/heads/") if "branch" in facts else None,
                main=main,
                locked=facts.get("locked"),
            )
        )
    return tuple(sorted(usable, key=lambda worktree: (not worktree.main, worktree.path))), tuple(problems)


def listed(common_dir: str, env: Mapping[str, str]) -> list[dict[str, str]]:
    """The facts that git states of each worktree, main first; a fact without a value is "". Raises `GitError`."""
    arguments = ["worktree", "list", "--porcelain", "-z"]
    output = process.patiently(lambda: process.run(arguments, cwd=common_dir, env={**env, "GIT_DIR": common_dir}))
    records = os.fsdecode(output).split("\0\0")
    return [dict(line.partition(" ")[::2] for line in record.split("\0")) for record in records if record]


def is_linked(path: str, common_dir: str) -> bool:
    """Whether the `.git` of a folder leads to a linked worktree's git dir in this repository, there or not any more.

    What a copy of a repository lists are the original's worktrees: they lead back to the original. So does a clone that
    took a worktree's place.
    """
    link = os.path.join(path, ".git")
    try:
        if not os.path.isfile(link):  # a folder: a repository of its own
            return False
        with open(link, "rb") as file:
            text = os.fsdecode(file.read(_LONGEST_LINK))
    except OSError:
        return False
    git_dir = os.path.realpath(os.path.join(path, text.removeprefix("gitdir:").strip()))
    return os.path.dirname(git_dir) == os.path.join(os.path.realpath(common_dir), "worktrees")


def _main_checkout(common_dir: str, config: Config, place: str | None) -> str | None:
    """The main checkout of a submodule, or of a repository made with --separate-git-dir; None if nothing leads to it."""
    if "core.worktree" in config.values:
        return os.path.join(common_dir, config.values["core.worktree"])
    if place is None:
        return None
    try:
        answer = process.run(
            ["rev-parse", "--path-format=absolute", "--git-dir", "--show-toplevel"], cwd=place, env=config.environment
        )
    except (GitError, NotARepositoryError):  # inside the git dir
        return None
    git_dir, top = os.fsdecode(answer.removesuffix(b"\n")).split("\n", 1)
    return top if os.path.realpath(git_dir) == common_dir else None


def _git_dir(path: str, locked: str | None) -> str | Problem:
    """The git dir of a checkout, or what is wrong with it. `locked` is why git keeps it even if it is missing."""
    link = os.path.join(path, ".git")
    if not os.path.lexists(link):
        if os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK):
            return _unreadable(path, "permission denied")
        return _missing(path, locked)
    try:
        if os.path.isdir(link):
            git_dir = link
        else:
            with open(link, "rb") as file:
                git_dir = os.path.join(path, os.fsdecode(file.read()).removeprefix("gitdir:").strip())
        os.scandir(path).close()
    except OSError as error:
        return _unreadable(path, error.strerror or str(error))
    if not os.path.isdir(git_dir):
        return _unreadable(path, f"its .git names {git_dir}, which does not exist")
    return os.path.realpath(git_dir)


def _untold(common_dir: str) -> Problem:
    setting = f"`git config --file {shell.quote(common_dir)}/config core.worktree PATH`"
    return Problem(
        "worktree-unknown",
        f"The main checkout of {common_dir} is not compared, because git does not tell where it is: {setting} would.",
        common_dir,
    )


def _missing(path: str, locked: str | None) -> Problem:
    what, unlock = f"The worktree {path} is missing", ""
    if locked is not None:
        what += f" (locked: {locked})" if locked else " (locked)"
        unlock = f"`git worktree unlock {shell.quote(path)}` and "
    fix = f"run `git worktree repair` if it was moved, {unlock}`git worktree prune` if it was deleted"
    return Problem("worktree-missing", f"{what}: {fix}.", path)


def _elsewhere(path: str, git_dir: str) -> Problem:
    said = (
        f"{path} is left out: git lists it as a worktree here, but its .git leads to {git_dir}, another repository's."
        " Run `git worktree prune` after it is moved, or `git worktree repair` there if it is this one's."
    )
    return Problem("worktree-elsewhere", said, path)


def _unreadable(path: str, why: str) -> Problem:
    return Problem("worktree-unreadable", f"The worktree {path} can't be read: {why}.", path)
