"""What a status bar shows for one worktree."""

from forksight.core.claude_settings import expiry
from forksight.core.sessions import ForkTree
from forksight.core.snapshot import Worktree
from forksight.core.status import (
    Conflicts,
    Freshness,
    Status,
    baseline_for,
    count_forks,
    shared_worktrees,
    stale_reasons,
    troubles,
    working_here,
)
from forksight.features.context import Context


def status(context: Context, tree: ForkTree, worktree: Worktree, overlaps: Conflicts) -> Status:
    """The status of one worktree, given the fork tree and what the overlap engine says of it."""
    fork = working_here(tree, worktree.path, forks=True)
    return Status(
        worktree=worktree.path,
        branch=worktree.branch,
        fork=fork,
        baseline=_freshness(context, tree, worktree.path),
        overlaps=overlaps,
        forks=count_forks(tree, context.clock.now(), context.settings.forks.abandoned_after_days),
        shared=shared_worktrees(tree).get(worktree.path, ()),
        troubles=tuple(troubles(tree)),
    )


def _freshness(context: Context, tree: ForkTree, worktree: str) -> Freshness | None:
    view, _ = context.ledger.view()
    baseline = baseline_for(view, tree, working_here(tree, worktree))
    if baseline is None:
        return None
    session = baseline.generation.session
    node = next((node for node in tree.nodes if node.id == session and node.session is not None), None)
    now = context.clock.now()
    end = None
    if node is not None and node.session is not None:
        settings, _ = context.claude.settings(node.worktree or node.session.cwd)
        end = expiry(node.session.modified, settings, now)
    days = context.settings.baseline.stale_after_days
    return Freshness(baseline, stale_reasons(baseline, node, end, now=now, days=days))
