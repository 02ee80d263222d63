"""The target of a fork: the worktree of exactly the branch that the person names, made if necessary."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from forksight.core.forks import steps
from forksight.core.forks.folder_names import slug
from forksight.core.git.paths import inside
from forksight.core.git.snapshot import Worktree
from forksight.core.plans.plan import Step
from forksight.core.problems import GitError, NotARepositoryError, Problem, UsageError
from forksight.features.context import Context
from forksight.features.git.worktrees import folder_for_worktrees, main_checkout

_HOOK_NOT_RUN = Problem(
    "worktree-hook",
    "The hook WorktreeCreate in Claude Code's settings is not run: Forksight makes the worktree with git, on exactly the branch that"
    " was named. Put what else the hook does into the setting forksight.worktree.setup.",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A worktree and its branch."""

    path: str
    branch: str
    # It is the main checkout.
    main: bool = False
    # Where a new branch starts, and the remote branch that it tracks; None if the branch exists.
    commit: str | None = None
    upstream: str | None = None
    # The branch, or what else, that it starts from, by the name that git's reflog is told.
    source: str | None = None
    # The worktree must be made first.
    make: bool = False
    # The remote branches of that name, if there are several and nothing says which of them is meant: the first stands in.
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """The leftovers of interrupted plans that a plan removes first; they count as gone already."""

    worktrees: frozenset[str] = frozenset()
    branches: frozenset[str] = frozenset()
    forks: frozenset[str] = frozenset()  # by their launch ids
    patterns: frozenset[str] = frozenset()  # lines of the exclude file


def locate(context: Context, branch: str | None, start_point: str | None, removed: Removed) -> Target:
    """The target for a branch, by default the current worktree's.

    Raises `UsageError` for an invalid name, for a start point of an existing branch, and if there is no branch.
    """
    here = _here(context)
    name = branch if branch is not None else (here.branch if here else None)
    if name is None:
        raise UsageError("this worktree is on no branch", fix="name one: `forksight fork BRANCH`")
    exists = context.maker.branch(name) is not None and name not in removed.branches
    known = [worktree for worktree in context.maker.registered() if worktree.path not in removed.worktrees]
    if exists and start_point is not None:
        raise UsageError(f"the branch {name} exists already", fix="leave out the start point, or name a new branch")
    checked_out = next((worktree for worktree in known if worktree.branch == name), None)
    if checked_out is not None:
        make = not context.files.is_folder(checked_out.path)
        if make:
            check_within_reach(context, checked_out.path)
            context.maker.check(checked_out.path, name, removed.worktrees)
        return Target(checked_out.path, name, main=checked_out.main, make=make)
    path = _free_place(context, name, known, removed)
    if exists:
        context.maker.check(path, name, removed.worktrees)
        return Target(path, name, make=True)
    _check_free(context, name, removed)
    remotes = context.maker.remote_branches(name)
    commit, upstream, source = _start(context, start_point, remotes, here)
    undecided = remotes if start_point is None and len(remotes) > 1 else ()
    return Target(path, name, commit=commit, upstream=upstream, source=source, make=True, undecided=undecided)


def check_within_reach(context: Context, path: str) -> None:
    """Raise `GitError` if something is at the path of a worktree that is to be made again, or if that can't be checked."""
    if context.files.exists(path) and not context.files.is_folder(path):
        raise GitError(
            f"{path} can't be read, or is not a folder",
            fix="check its permissions and those of the folders around, or move it away",
        )


def preparation(context: Context, target: Target, removed: Removed) -> tuple[tuple[Step, ...], tuple[Problem, ...]]:
    """The steps that make a target ready; none if it is."""
    if not target.make:
        return (), ()
    plan_steps = []
    main = main_checkout(context)
    pattern = _exclude_pattern(main, target.path) if main else None
    if pattern is not None and (pattern in removed.patterns or not context.maker.excludes(pattern)):
        plan_steps.append(steps.ignore_worktrees(pattern, os.path.dirname(target.path)))
    if target.commit is not None:
        plan_steps.append(steps.create_branch(target.branch, target.commit, target.upstream, target.source))
    plan_steps.append(steps.create_worktree(target.path, target.branch))
    filling, problems = _fill(context, target, removed) if main else ((), ())
    plan_steps += filling
    if context.settings.worktree.setup:
        plan_steps.append(steps.set_up(context.settings.worktree.setup, target.path))
    return tuple(plan_steps), problems


def _fill(context: Context, target: Target, removed: Removed) -> tuple[tuple[Step, ...], tuple[Problem, ...]]:
    """The steps that copy files and link folders from the main checkout that git does not have. The branch's own files stay."""
    main = main_checkout(context)
    commit = target.commit or context.maker.branch(target.branch)
    assert main is not None
    assert commit is not None
    plan_steps = []
    included, unread = context.maker.included(main)
    settings, problems = context.claude.settings(main)
    folders, unfit = context.files.linkable(main, settings.linked)
    tracked = context.maker.tracked(commit, [*included, *folders])
    linked = [folder for folder in folders if folder not in tracked]
    copied = [path for path in included if path not in tracked and not any(inside(path, folder) for folder in linked)]
    if copied:
        plan_steps.append(steps.copy_files(main, target.path, copied))
    if linked:
        plan_steps.append(steps.link_folders(main, target.path, linked))
    for folder in linked:
        pattern = f"/{_literally(folder)}"
        if pattern in removed.patterns or not context.maker.excludes(pattern):
            plan_steps.append(steps.ignore_link(pattern, target.path, folder))
    hooked = (_HOOK_NOT_RUN,) if settings.makes_worktrees else ()
    return tuple(plan_steps), (*unread, *problems, *unfit, *hooked)


def _here(context: Context) -> Worktree | None:
    try:
        return context.here
    except NotARepositoryError:
        context.repository.common_dir  # noqa: B018 - raises where there is no repository at all
        return None  # a bare repository, or inside .git: there is a repository, and no worktree here


def _free_place(context: Context, branch: str, known: list[Worktree], removed: Removed) -> str:
    """The path for a new worktree of a branch: in the folder that the settings name, under an unused name."""
    folder = folder_for_worktrees(context)
    taken = [os.path.basename(worktree.path) for worktree in known if os.path.dirname(worktree.path) == folder]
    path = os.path.join(folder, slug(branch, taken))
    if path not in removed.worktrees and context.files.exists(path) and not context.files.is_empty(path):
        raise UsageError(f"{path} is in the way", fix="move it away, or choose another branch name")
    while not context.files.exists(folder):
        folder = os.path.dirname(folder)
    if not context.files.is_folder(folder):
        raise UsageError(
            f"{folder} is not a folder, but worktrees are made there",
            fix="move it away, or change the setting forksight.worktree.directory",
        )
    return path


def _check_free(context: Context, branch: str, removed: Removed) -> None:
    """Raise `UsageError` if git can't have a new branch of that name, or if it would be ambiguous.

    git takes `@` for HEAD, and shows a branch `refs/heads/x` like the branch `x`; `a` and `a/b` exclude each other.
    """
    if branch == "@":
        raise UsageError("git takes `@` for HEAD, so it can't be a new branch", fix="choose another name")
    if branch.startswith("refs/"):
        short = branch.removeprefix("refs/heads/")
        raise UsageError(
            f"`{branch}` is a ref's full name, not a branch's",
            fix=f"say `{short}`" if short != branch else "name a branch as `git branch` shows it",
        )
    folders = branch.split("/")[:-1]
    above = ["/".join(folders[: end + 1]) for end in range(len(folders))]
    below, _ = context.repository.refs([f"refs/heads/{branch}/**"])
    taken = {name for name in above if context.maker.branch(name) is not None} | {name for name, _ in below}
    for other in sorted(taken - removed.branches):
        raise UsageError(
            f"there can't be a branch {branch} beside {other}", fix="rename that one, or choose another name"
        )


def _start(
    context: Context, start_point: str | None, remotes: Sequence[str], here: Worktree | None
) -> tuple[str, str | None, str]:
    """The start of a new branch: the requested point, else the remote branch of that name, else the setting's, else HEAD.

    Returns its commit, the remote branch to track, and its name (for HEAD the name of the checked-out branch).
    """
    cwd = here.path if here else context.repository.common_dir
    if start_point is not None and start_point not in remotes:
        return context.maker.commit(start_point, cwd), None, start_point
    if remotes:
        remote = start_point or remotes[0]
        return context.maker.commit(f"refs/remotes/{remote}", cwd), remote, remote
    if context.settings.worktree.start_point:
        start = context.settings.worktree.start_point
        return context.maker.commit(start, cwd), None, start
    try:
        return context.maker.commit("HEAD", cwd), None, (here.branch if here else None) or "HEAD"
    except GitError:
        raise GitError("this repository has no commit yet", fix="commit something first, then fork") from None


def _exclude_pattern(main: str, path: str) -> str | None:
    """The exclude pattern for the folder of new worktrees; None if that lies outside of the main checkout."""
    folder = os.path.dirname(path)
    if not inside(folder, main):
        return None
    relative = os.path.relpath(path if folder == main else folder, main)
    return f"{'' if '/' in relative else '/'}{_literally(relative)}/"


def _literally(path: str) -> str:
    """A path as an exclude pattern that matches nothing else."""
    return "".join(f"\\{char}" if char in "\\*?[" else char for char in path)
