"""How far the work in each worktree has come, asked of git; nothing is written."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from forksight.core.git.branches import Branches, BranchOrigin
from forksight.core.git.merge_targets import targets
from forksight.core.git.snapshot import Worktree
from forksight.core.sessions.standing import Standing
from forksight.features.context import Context

_WORKERS = 4  # counting commits mostly waits for git


def standings(context: Context, worktrees: Sequence[Worktree], uncommitted: Mapping[str, int]) -> tuple[Standing, ...]:
    """That of each worktree. `uncommitted` counts the changed files in each, by its path. Raises `GitError`.

    What git counted between two commits is not counted again.
    """
    branches = context.survey.branches()
    names = [worktree.branch for worktree in worktrees if worktree.branch in branches.local]
    origins = context.survey.origins([name for name in names if name is not None])
    with ThreadPoolExecutor(_WORKERS) as pool:
        return tuple(pool.map(partial(_standing, context, branches, origins, uncommitted), worktrees))


def _standing(
    context: Context,
    branches: Branches,
    origins: Mapping[str, BranchOrigin],
    uncommitted: Mapping[str, int],
    worktree: Worktree,
) -> Standing:
    name, changed = worktree.branch, uncommitted.get(worktree.path, 0)
    branch = branches.local.get(name or "")
    if name is None or branch is None:
        return Standing(worktree.path, name, changed)
    aims = targets(branches, branch, origins.get(name), context.settings.worktree.start_point)
    target, commit = next(iter(aims.items()), (None, None))
    if target is None or commit is None:
        return Standing(worktree.path, name, changed)
    ahead, behind = context.history.commits(commit, branch.commit), context.history.commits(branch.commit, commit)
    return Standing(worktree.path, name, changed, target, ahead, behind)
