"""Advice about too many forks, by the limits in the settings."""

from forksight.core.problems import Problem
from forksight.core.sessions import nudge as rules
from forksight.core.sessions.session import ForkTree
from forksight.features.context import Context


def nudges(context: Context, tree: ForkTree) -> tuple[Problem, ...]:
    """The advice about the existing forks: one problem or none."""
    limits = context.settings.forks
    problem = rules.nudge(
        tree,
        context.clock.now(),
        most=limits.max_active,
        deepest=limits.max_depth,
        days=limits.abandoned_after_days,
    )
    return (problem,) if problem is not None else ()


def nudges_before(context: Context, tree: ForkTree, parent: str) -> tuple[Problem, ...]:
    """The advice before another fork of a session is made: one problem or none."""
    limits = context.settings.forks
    problem = rules.nudge_before(
        tree,
        parent,
        context.clock.now(),
        most=limits.max_active,
        deepest=limits.max_depth,
        days=limits.abandoned_after_days,
    )
    return (problem,) if problem is not None else ()
