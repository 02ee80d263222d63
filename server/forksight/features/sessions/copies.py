"""Our copies of the baselines' transcripts, kept up to date: Claude Code deletes what was not written to for 30 days."""

from forksight.core.problems import Problem, VaultError
from forksight.core.sessions.session import ForkTree
from forksight.core.store.ledger import LedgerView
from forksight.features.context import Context
from forksight.features.sessions.tree import fork_tree


def renew(context: Context, view: LedgerView | None = None, tree: ForkTree | None = None) -> tuple[Problem, ...]:
    """Copy every baseline's session that grew since its copy was made. What can't be copied is a problem."""
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
