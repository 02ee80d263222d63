"""Which baselines that were fetched have a newer generation, as far as the remote was looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.core.problems import ForksightError, Problem

if TYPE_CHECKING:
    from forksight.core.store.ledger import LedgerView
    from forksight.features.context import Context


def newer_generations(context: Context, view: LedgerView, name: str | None = None) -> tuple[Problem, ...]:
    """A sentence for each baseline of a colleague's, or for the one of that name, that goes on since it was fetched. It asks no
    remote; what can't be read tells nothing."""
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
    news = []
    for tip in published:
        known = fetched_before(view, tip, machine)
        if known in fetched and session_id(tip.commit, machine) not in [made.session for made in known.generations]:
            news.append(Problem("baseline-newer", newer(known.name, tip)))
    return tuple(news)
