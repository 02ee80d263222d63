"""What branches are to be merged into, asked of git."""

from collections.abc import Mapping, Sequence

from forksight.core.git.branches import Branches
from forksight.core.git.merge_targets import targets
from forksight.features.context import Context


def merge_targets(context: Context, branches: Branches, names: Sequence[str]) -> dict[str, Mapping[str, str]]:
    """Of each of these local branches what it is to be merged into, by name the best first, with its commit. Raises `GitError`."""
    origins = context.survey.origins(names)
    start_point = context.settings.worktree.start_point
    return {name: targets(branches, branches.local[name], origins.get(name), start_point) for name in names}
