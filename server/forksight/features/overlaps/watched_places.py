"""Determines which directories of a repository to watch, so that no change of what is compared is missed."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from forksight.core.git.snapshot import Worktree
from forksight.core.git.watching import Places, parents, places
from forksight.core.ports.git import Repository
from forksight.core.problems import ForksightError, Problem
from forksight.features.overlaps.engine import OverlapEngine


def places_in(
    repository: Repository,
    files: Mapping[Worktree, Collection[str]],
    lost: Iterable[str] = (),
    *,
    compares_refs: bool = False,
) -> Places:
    """The places of a repository to watch. Raises `GitError`.

    `files` has its worktrees, each with the directories that hold uncommitted files; `lost` are the paths of worktrees that
    can't be read.
    """
    directories: dict[str, set[str]] = {}
    for worktree, changed in files.items():
        directories[worktree.path] = set(changed)
        if worktree.head:
            with suppress(ForksightError):  # a broken worktree is still watched where it has changes
                directories[worktree.path] |= repository.directories(worktree.head)
    return places(
        repository.common_dir,
        tuple(files),
        directories,
        repository.ref_directories(everything=compares_refs),
        repository.entries(),
        lost=lost,
        compares_refs=compares_refs,
    )


def where_files_are(engine: OverlapEngine) -> Mapping[Worktree, frozenset[str]]:
    """Each worktree with the directories that lead to changed files. While these stay the same, so do the places."""
    return {worktree: frozenset(parents(engine.changes(worktree.path))) for worktree in engine.worktrees()}


def lost_worktrees(engine: OverlapEngine) -> frozenset[str]:
    """The paths of worktrees that are missing, or that git can't read."""
    codes = ("worktree-missing", "worktree-unreadable")
    return frozenset(problem.path for problem in engine.problems() if problem.code in codes and problem.path)


def unwatched_problem(count: int, common_dir: str, setting: str) -> Problem:
    """The problem that a limit of the kernel (the sysctl `setting`) leaves worktrees unwatched."""
    subject = (
        "1 worktree can't be watched for changes and is"
        if count == 1
        else f"{count} worktrees can't be watched for changes and are"
    )
    return Problem(
        "watch-limit",
        f"{subject} looked at now and then instead, because the limit {setting} is reached: raise it to see changes at once.",
        common_dir,
    )
