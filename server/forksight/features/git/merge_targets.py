"""Reads from git which branches a branch may be merged into."""

from collections.abc import Mapping, Sequence

from forksight.core.git.branches import Branches
from forksight.core.git.merge_targets import targets
from forksight.features.context import Context


def merge_targets(context: Context, branches: Branches, names: Sequence[str]) -> dict[str, Mapping[str, str]]:
    """For each of these local branches its merge targets with their commits, the likeliest first. Raises `GitError`."""
    origins = context.survey.origins(names)
    start_point = context.settings.worktree.start_point
    return {name: targets(branches, branches.local[name], origins.get(name), start_point) for name in names}
