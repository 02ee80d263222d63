"""Keeps our copies of baselines' transcripts up to date: Claude Code deletes transcripts that were not written to for 30 days."""

import os

from forksight.core.claude.unread import FILE, is_unread
from forksight.core.problems import ForksightError, Problem, VaultError
from forksight.core.sessions.session import ForkTree
from forksight.core.store.ledger import LedgerView
from forksight.features.context import Context
from forksight.features.sessions.tree import fork_tree


def unreadable_copy(context: Context, session: str) -> Problem | None:
    """Why nobody can tell what we have of a session: its copy, or the folder of copies, can't be read. None where it can be told."""
    if context.vault.find(session) is not None:
        return None
    places = context.vault.folder, os.path.join(context.vault.folder, f"{session}.json")
    return next((problem for problem in context.vault.copies()[1] if problem.path in places), None)


def check_lost(context: Context, tree: ForkTree, session: str, whose: str) -> None:
    """Raise `ForksightError` if nobody can tell whether the transcript of a session that the tree has not is gone, or our copy.

    Where there is a copy, what can't be read matters only where the copy would be put back.
    """
    copy = context.vault.find(session)
    folder = os.path.basename(os.path.dirname(copy.transcript)) if copy is not None else None
    if is_unread(tree.problems, session, context.claude.projects, folder):
        raise ForksightError(
            f"the transcript of {whose} (session {session}) is not found, and not all transcripts can be read",
            fix="`forksight doctor` says which: check who owns them",
            code=FILE,
        )
    trouble = unreadable_copy(context, session)
    if trouble is not None:
        raise ForksightError(
            f"the transcript of {whose} (session {session}) is not there, and our copy of it can't be used: {trouble.message.rstrip('.')}",
            fix="`forksight doctor` says what can be done",
            code=trouble.code,
        )


def renew(context: Context, view: LedgerView | None = None, tree: ForkTree | None = None) -> tuple[Problem, ...]:
    """Renew the copy of every baseline's session that grew since. What can't be copied is a problem."""
    view = view or context.ledger.view()[0]
    if not view.generations:
        return ()
    sessions = {node.id: node.session for node in (tree or fork_tree(context)).nodes if node.session is not None}
    problems = []
    for identity, (baseline, generation) in view.generations.items():
        session = sessions.get(identity)
        if session is not None:
            try:
                context.vault.keep(session, baseline, generation)
            except VaultError as error:
                problems.append(Problem(error.code, f"{error.sentence}.", context.vault.folder))
    return tuple(problems)
