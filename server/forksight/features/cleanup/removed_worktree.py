"""A worktree that its session asks to remove: what only it has is archived first, so that `forksight restore` brings it back."""

from forksight.core.cleanup.proposal import Entry
from forksight.core.cleanup.wording import worktree_is_archived
from forksight.core.ports.system import Progress
from forksight.features.cleanup import steps
from forksight.features.cleanup.clean import plan_of
from forksight.features.context import Context
from forksight.features.plans.carry_out import carry_out


def archive_worktree(context: Context, entry: Entry, by: str, progress: Progress) -> str:
    """Archive and remove the worktree that `examine_worktree` looked at for the session `by`. What was done, as a sentence.

    Raises `ForksightError` if it has changed since, or could not be archived; then it stays.
    """
    carry_out(context, plan_of(context, entry, by), steps.do, progress)
    return worktree_is_archived(entry)
