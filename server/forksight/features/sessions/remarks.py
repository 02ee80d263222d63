"""Adds to a fork tree the problems that every surface shows with it."""

from dataclasses import replace

from forksight.core.problems import Problem
from forksight.core.sessions.session import ForkTree
from forksight.core.sessions.tree import shared_text, shared_worktrees
from forksight.core.sessions.wording import edits_elsewhere
from forksight.features.context import Context
from forksight.features.sessions.expiring import expiring
from forksight.features.sessions.nudge import nudges
from forksight.features.teams.newer_baselines import newer_generations


def remarked(context: Context, tree: ForkTree) -> ForkTree:
    """The tree with further problems: expiring transcripts, shared worktrees, too many forks, and newly published baselines."""
    shared = [
        Problem("shared-worktree", f"{shared_text(nodes, worktree)}.", worktree)
        for worktree, nodes in shared_worktrees(tree).items()
    ]
    return replace(
        tree,
        problems=(
            *tree.problems,
            *shared,
            *edits_elsewhere(tree.nodes),
            *expiring(context, tree),
            *nudges(context, tree),
            *newer_generations(context, context.ledger.view()[0]),
        ),
    )
