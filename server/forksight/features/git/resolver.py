"""The one resolver of remembered paths: what sessions, the ledger and archives name, as git's worktrees are today."""

from collections.abc import Iterable

from forksight.core.git.resolver import PathResolver, Remembered, resolver
from forksight.core.git.snapshot import Worktree
from forksight.core.sessions.session import Session
from forksight.core.store.ledger import LedgerView
from forksight.features.context import Context

# Seconds for which a person may read a plan: a fork may be that much older than the worktree that was made for it.
_LONGEST_PLAN = 3600.0


def path_resolver(
    context: Context, worktrees: Iterable[Worktree], view: LedgerView, sessions: Iterable[Session] = ()
) -> PathResolver:
    """The resolver of a repository: it follows what the ledger and these sessions remember to where that was moved.

    `worktrees` are those that git lists now.
    """
    remembered = [
        Remembered(fork.worktree, fork.branch, fork.started or fork.created + _LONGEST_PLAN) for fork in view.forks
    ]
    remembered += [Remembered(session.cwd, session.branch, session.last_active) for session in sessions]
    there = {path: context.files.exists(path) for path in {memory.path for memory in remembered}}
    return resolver(worktrees, [memory for memory in remembered if not there[memory.path]])
