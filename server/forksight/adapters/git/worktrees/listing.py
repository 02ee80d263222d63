"""The worktrees of a repository, from `git worktree list`."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress

from forksight.adapters.git import process
from forksight.adapters.git.config import Config
from forksight.adapters.git.worktrees.main_checkout import git_dir_of, main_checkout
from forksight.adapters.system.disk.regular_file import open_regular
from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import Problem
from forksight.core.words import shell

_LONGEST_LINK = 65_536  # bytes of a `gitdir` file


def worktrees(common_dir: str, config: Config) -> tuple[tuple[Worktree, ...], tuple[Problem, ...]]:
    """All readable worktrees, the main one first, then by path; the others as problems. A bare main one is neither."""
    usable: list[Worktree] = []
    records, problems = listed(common_dir, config.environment, config.values)
    for record in records:
        git_dir = _git_dir(record, common_dir)
        if isinstance(git_dir, Problem):
            problems.append(git_dir)
        else:
            usable.append(record.worktree(git_dir))
    return tuple(sorted(usable, key=lambda worktree: (not worktree.main, worktree.path))), tuple(problems)


@dataclass(frozen=True, slots=True)
class Record:
    """A checkout as git lists it, whether it exists or not."""

    path: str  # resolved
    main: bool
    facts: Mapping[str, str]  # what git says of it, by word; "" for a word without a value

    @property
    def locked(self) -> str | None:
        """The reason of its lock, "" if none was given; None if it is not locked."""
        return self.facts.get("locked")

    def worktree(self, git_dir: str) -> Worktree:
        """The worktree with this git dir."""
        return Worktree(
            path=self.path,
            git_dir=git_dir,
            head=self.facts["HEAD"] if self.facts.get("HEAD", "").strip("0") else None,
            branch=self.facts["branch"].removeprefix("refs/heads/") if "branch" in self.facts else None,
            main=self.main,
            locked=self.locked,
            made=None if self.main else _made(git_dir),
        )


def listed(
    common_dir: str, environment: Mapping[str, str], config: Mapping[str, str]
) -> tuple[list[Record], list[Problem]]:
    """Every checkout that git lists, the main one first and at its real path; and why that is left out, if it can't be found.

    `config` are the values in force in the common dir. Raises `GitError`.
    """
    first, *linked = git_facts(common_dir, environment)
    main = main_checkout(common_dir, first, config)
    records = [Record(main, main=True, facts=first)] if isinstance(main, str) else []
    records += [Record(os.path.realpath(facts["worktree"]), main=False, facts=facts) for facts in linked]
    return records, [main] if isinstance(main, Problem) else []


def git_facts(common_dir: str, environment: Mapping[str, str]) -> list[dict[str, str]]:
    """The attributes in `git worktree list --porcelain` by worktree, the main one first; "" without a value. Raises `GitError`."""
    arguments = ["worktree", "list", "--porcelain", "-z"]
    environment = {**environment, "GIT_DIR": common_dir}
    output = process.patiently(lambda: process.run(arguments, cwd=common_dir, env=environment))
    records = os.fsdecode(output).split("\0\0")
    return [dict(line.partition(" ")[::2] for line in record.split("\0")) for record in records if record]


def is_linked(path: str, common_dir: str) -> bool:
    """Whether the `.git` of a folder leads to a linked worktree's git dir in this repository, which need not exist any more.

    A copied repository lists the original's worktrees, whose `.git` leads back to the original. A clone at the path of a former
    worktree does not lead here either.
    """
    try:
        git_dir = git_dir_of(path)
    except OSError:
        return False
    return git_dir is not None and _is_linked_here(git_dir, os.path.realpath(common_dir))


def _is_linked_here(git_dir: str, common_dir: str) -> bool:
    """Whether a git dir is of a linked worktree of this repository. Both paths are resolved."""
    return os.path.dirname(git_dir) == os.path.join(common_dir, "worktrees")


def git_dir_without_folder(path: str, common_dir: str) -> str | None:
    """The git dir of a linked worktree whose folder is gone; None if git has none for this path."""
    return next((git_dir for git_dir, folder in linked_git_dirs(common_dir) if folder == path), None)


def linked_git_dirs(common_dir: str) -> Iterator[tuple[str, str | None]]:
    """Linked worktrees' git dirs, each with its resolved folder, existing or not; None if unknown.

    Raises `OSError` if they can't be listed.
    """
    with suppress(FileNotFoundError), os.scandir(os.path.join(common_dir, "worktrees")) as entries:
        for git_dir in sorted(entry.path for entry in entries if entry.is_dir()):
            folder = None
            with suppress(OSError), open_regular(os.path.join(git_dir, "gitdir")) as file:
                link = os.path.join(git_dir, os.fsdecode(file.read(_LONGEST_LINK)).removesuffix("\n"))
                folder = os.path.realpath(os.path.dirname(link))
            yield git_dir, folder


def _made(git_dir: str) -> float | None:
    """When a linked worktree was made: the time of a file that git writes only then."""
    with suppress(OSError):
        return os.stat(os.path.join(git_dir, "commondir")).st_mtime
    return None


def _git_dir(record: Record, common_dir: str) -> str | Problem:
    """The git dir of a checkout, or the problem with it."""
    path = record.path
    try:
        git_dir = git_dir_of(path)
        if git_dir is not None:
            os.scandir(path).close()
    except OSError as error:
        return _unreadable(path, error.strerror or str(error))
    if git_dir is None:
        if os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK):
            return _unreadable(path, "permission denied")
        return _unlinked(path, common_dir) if record.main and os.path.isdir(path) else _missing(path, record.locked)
    if not os.path.isdir(git_dir):
        return _unreadable(path, f"its .git names {git_dir}, which does not exist")
    ours = git_dir == common_dir if record.main else _is_linked_here(git_dir, common_dir)
    return git_dir if ours else _elsewhere(path, git_dir)


def _missing(path: str, locked: str | None) -> Problem:
    message, unlock = f"The worktree {path} is missing", ""
    if locked is not None:
        message += f" (locked: {locked})" if locked else " (locked)"
        unlock = f"`git worktree unlock {shell.quote(path)}` and "
    fix = f"run `git worktree repair` if it was moved, {unlock}`git worktree prune` if it was deleted"
    return Problem("worktree-missing", f"{message}: {fix}.", path)


def _elsewhere(path: str, git_dir: str) -> Problem:
    message = (
        f"{path} is left out: git lists it as a worktree here, but its .git leads to {git_dir}, another repository's."
        " Run `git worktree prune` after it is moved, or `git worktree repair` there if it is this one's."
    )
    return Problem("worktree-elsewhere", message, path)


def _unlinked(path: str, common_dir: str) -> Problem:
    message = f"{path} is left out: core.worktree of {common_dir} names it, but it has no .git that leads back, so git does not work there."
    return Problem("worktree-unlinked", message, path)


def _unreadable(path: str, why: str) -> Problem:
    return Problem("worktree-unreadable", f"The worktree {path} can't be read: {why}.", path)
