"""Creates the resolver of the paths that sessions, the ledger and archives remember."""

from collections.abc import Collection, Iterable, Sequence

from forksight.core.git.resolver import Location, PathResolver, Remembered, resolver
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import Problem
from forksight.core.sessions.session import Session
from forksight.core.store.ledger import LedgerView
from forksight.features.context import Context

UNREADABLE = "worktree-unreadable"  # the problem of one that can't be looked at
MISSING = "worktree-missing"  # the problem of a worktree that git lists, and that is not there
# Seconds for which a person may read a plan: a fork may be that much older than the worktree that was made for it.
_LONGEST_PLAN = 3600.0


def path_resolver(
    context: Context,
    worktrees: Sequence[Worktree],
    trouble: Iterable[Problem],
    view: LedgerView,
    sessions: Collection[Session] = (),
) -> PathResolver:
    """The resolver of a repository, which detects moved worktrees by what the ledger and these sessions remember.

    `worktrees` are those that git lists now, `trouble` are the problems with others.
    """
    paths = {*(fork.worktree for fork in view.forks), *(session.cwd for session in sessions)}
    gone = {path for path in paths if not context.files.exists(path)}
    remembered = [
        Remembered(fork.worktree, fork.branch, fork.started or fork.created + _LONGEST_PLAN)
        for fork in view.forks
        if fork.worktree in gone
    ]
    if gone:  # most sessions are where they were
        remembered += [
            Remembered(session.cwd, session.branch, session.last_active) for session in sessions if session.cwd in gone
        ]
    return resolver(
        worktrees,
        remembered,
        former=context.sessions.former_paths(worktrees),
        missing=[problem.path for problem in trouble if problem.path and problem.code == MISSING],
    )


def located(context: Context, path: str) -> Location:
    """Where a remembered path is today, with links followed. Raises `NotARepositoryError`, `GitError`.

    It reads the worktrees; callers that have them should use `path_resolver`.
    """
    worktrees, trouble = context.repository.worktrees()
    today = path_resolver(context, worktrees, trouble, context.ledger.view()[0])
    location = today.locate(path)
    return location if location.worktree is not None else today.locate(context.files.resolve(path))
