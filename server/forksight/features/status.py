"""Determines what a status bar shows for one worktree."""

from forksight.core.baseline.staleness import baseline_for, generation_of
from forksight.core.git.snapshot import Worktree
from forksight.core.overlaps.overlap import Conflicts
from forksight.core.sessions.session import ForkTree, State
from forksight.core.sessions.tree import count_forks, shared_worktrees, working_here
from forksight.core.sessions.wording import edits_elsewhere
from forksight.core.status import Freshness, Status, troubles
from forksight.core.words import shell
from forksight.features.baseline.drift import baseline_staleness
from forksight.features.context import Context
from forksight.features.sessions.expiring import expiring
from forksight.features.sessions.nudge import nudges
from forksight.features.teams.newer_baselines import newer_generations
from forksight.features.teams.presence import sharing_sentence


def status(context: Context, tree: ForkTree, worktree: Worktree, overlaps: Conflicts) -> Status:
    """The status of one worktree, from the fork tree and its overlaps."""
    fork = working_here(tree, worktree.path, forks=True)
    return Status(
        worktree=worktree.path,
        branch=worktree.branch,
        fork=fork,
        baseline=_freshness(context, tree, worktree.path),
        overlaps=overlaps,
        forks=count_forks(tree, context.clock.now(), context.settings.forks.abandoned_after_days),
        waiting=tuple(node for node in tree.nodes if node.state is State.LIVE_WAITING),
        working=sum(node.state is State.LIVE_BUSY for node in tree.nodes),
        shared=shared_worktrees(tree).get(worktree.path, ()),
        troubles=tuple(troubles(tree)),
        nudges=(
            *(
                end.message
                for end in expiring(context, tree)
                if fork and fork.session and end.path == fork.session.transcript
            ),
            *(problem.message for problem in edits_elsewhere([fork] if fork else [])),
            *(problem.message for problem in edits_elsewhere(tree.nodes) if problem.path == worktree.path),
            *(nudge.message for nudge in nudges(context, tree)),
        ),
        sharing=sharing_sentence(context),
    )


def _freshness(context: Context, tree: ForkTree, worktree: str) -> Freshness | None:
    view, _ = context.ledger.view()
    fork = working_here(tree, worktree)
    baseline = baseline_for(view, tree, fork)
    if baseline is None:
        return None
    reasons = baseline_staleness(context, baseline, tree.nodes)
    inherited_from = generation_of(view, tree, fork.id) if fork and fork.baseline is None else None
    if inherited_from is not None and inherited_from[1].number != baseline.current:
        again = shell.join(["forksight", "fork", *([fork.branch] if fork and fork.branch else []), "--again"])
        reason = f"the session here knows generation {inherited_from[1].number}, not {baseline.current}: fork again with `{again}`"
        reasons = (*reasons, reason)
    reasons = (*reasons, *(news.message.rstrip(".") for news in newer_generations(context, view, baseline.name)))
    return Freshness(baseline, reasons)
