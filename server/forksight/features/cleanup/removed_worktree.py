"""Removes a worktree at its session's request. What only it has is archived first, so that `forksight restore` can restore it."""

from forksight.core.cleanup.proposal import Entry
from forksight.core.cleanup.wording import worktree_is_archived
from forksight.core.ports.system import Progress
from forksight.features.cleanup import steps
from forksight.features.cleanup.clean import plan_of
from forksight.features.context import Context
from forksight.features.plans.carry_out import carry_out


def archive_worktree(context: Context, entry: Entry, by: str, progress: Progress) -> str:
    """Archive and remove the worktree that `examine_worktree` examined for the session `by`; returns a sentence.

    Raises `ForksightError` if it has changed since, or can't be archived; it stays then.
    """
    carry_out(context, plan_of(context, entry, by), steps.do, progress)
    return worktree_is_archived(entry)
