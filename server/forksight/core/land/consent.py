"""The consent that an editor sends back: the plan to land that a person was shown. Exactly that lands, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forksight.core.land.proposal import Entry, Fate, LandPlan
from forksight.core.problems import Problem, UsageError


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's yes to landing one fork: the commits that it and its target were at."""

    branch: str
    commit: str
    target: str
    target_commit: str

    def covers(self, entry: Entry) -> bool:
        """Whether the entry is what was shown."""
        target = entry.target
        target_at = (target.branch, target.commit) if target is not None else None
        return (entry.branch, entry.commit) == (self.branch, self.commit) and target_at == (
            self.target,
            self.target_commit,
        )


def consents(forks: object) -> tuple[Consent, ...]:
    """The consents in a list of forks that have the shape of a dry run's `forks`. Raises `UsageError` for anything else."""
    try:
        if not isinstance(forks, Sequence) or isinstance(forks, str):
            raise TypeError
        return tuple(_consent(fork) for fork in forks)
    except (KeyError, TypeError) as error:
        raise UsageError(
            "confirmed must be a list of forks as a dry run tells them", fix="give their branch, head and target"
        ) from error


def changed(plan: LandPlan, agreed: Sequence[Consent]) -> tuple[Problem, ...]:
    """A problem for each fork that is not as it was shown. If there is any, nothing lands: each merge builds on those before."""
    fates = plan.fates()
    proposed = {entry.branch: entry for entry in plan.entries if fates[entry.branch] is Fate.PROPOSED}
    return tuple(
        Problem(
            "changed", f"{consent.branch} or {consent.target} has changed since the plan was shown: make a new plan."
        )
        for consent in agreed
        if consent.branch not in proposed or not consent.covers(proposed[consent.branch])
    )


def _consent(fork: Mapping[str, Any]) -> Consent:
    target = fork["target"]
    return Consent(str(fork["branch"]), str(fork["head"]), str(target["branch"]), str(target["head"]))
