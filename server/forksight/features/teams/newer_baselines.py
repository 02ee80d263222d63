"""Finds fetched baselines of which a colleague has published a newer generation, as of the last fetch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.core.problems import ForksightError, Problem

if TYPE_CHECKING:
    from forksight.core.store.ledger import LedgerView
    from forksight.features.context import Context


def newer_generations(context: Context, view: LedgerView, name: str | None = None) -> tuple[Problem, ...]:
    """A sentence for each baseline fetched from a colleague that has a newer generation now. With a `name`: only for that one.

    It contacts no remote. What was fetched and can't be read is skipped.
    """
    fetched = [baseline for baseline in view.baselines if "/" in baseline.name and name in (None, baseline.name)]
    if not fetched:
        return ()
    from forksight.core.teams.baseline.plans import fetched_before
    from forksight.core.teams.baseline.record import session_id
    from forksight.core.teams.baseline.wording import newer

    try:
        published, _ = context.team_baselines.published()
        machine = context.team.machine() if published else ""
    except ForksightError:
        return ()
    problems = []
    for tip in published:
        baseline = fetched_before(view, tip, machine)
        if baseline is None or baseline not in fetched:
            continue
        if session_id(tip.commit, machine) not in [generation.session for generation in baseline.generations]:
            problems.append(Problem("baseline-newer", newer(baseline.name, tip)))
    return tuple(problems)
