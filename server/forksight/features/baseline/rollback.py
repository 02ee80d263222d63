"""Rolls a baseline back to the generation before. The generation that was current stays on record, with its session."""

from dataclasses import replace

from forksight.core.baseline.standing import Report
from forksight.core.problems import ForksightError, UsageError
from forksight.core.store.ledger import Baseline, Generation
from forksight.features.baseline.baselines import survey
from forksight.features.context import Context
from forksight.features.sessions import find
from forksight.features.sessions.copies import check_lost
from forksight.features.sessions.tree import fork_tree


def roll_back(context: Context, name: str | None) -> tuple[Generation, Report]:
    """Make the generation before the current one current; returns the former one, and a report.

    Raises `UsageError` if there is none before, `ForksightError` if its transcript is gone for good; `LedgerError`.
    """
    view, _ = context.ledger.view()
    baseline = find.baseline(view, find.given("the name", name))
    tree = fork_tree(context)
    nodes = {node.id: node for node in tree.nodes if node.session is not None}
    now = nodes.get(baseline.generation.session)
    before = _generation_before(baseline, now.parent if now is not None else None)
    kept = before.session in nodes
    if not kept and context.vault.find(before.session) is None:
        check_lost(context, tree, before.session, f"generation {before.number} of {baseline.name}")
        raise ForksightError(
            f"the transcript of generation {before.number} of {baseline.name} is not there any more, and there is no copy of it",
            fix=f"stay with generation {baseline.current}, or mark another session",
            code="transcript-gone",
        )
    context.ledger.save_baseline(replace(baseline, current=before.number), replacing=baseline)
    return baseline.generation, survey(context, baseline.name)


def _generation_before(baseline: Baseline, parent: str | None) -> Generation:
    """The generation from which the current one was refreshed; if unknown, the last one with a smaller number.

    They differ if a refresh followed a roll back: the generation that was rolled back is skipped.
    """
    older = [generation for generation in baseline.generations if generation.number < baseline.current]
    if not older:
        raise UsageError(
            f"the baseline {baseline.name} has no generation before {baseline.current}",
            fix="a refresh makes a new one: `forksight baseline refresh`",
        )
    return max(older, key=lambda generation: (generation.session == parent, generation.number))
