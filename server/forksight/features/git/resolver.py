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
    remembered = [(fork.worktree, fork.branch, fork.started or fork.created + _LONGEST_PLAN) for fork in view.forks]
    remembered += [(session.cwd, session.branch, session.last_active) for session in sessions]
    gone = {path for path in {path for path, _, _ in remembered} if not context.files.exists(path)}
    return resolver(worktrees, [Remembered(*memory) for memory in remembered if memory[0] in gone])
