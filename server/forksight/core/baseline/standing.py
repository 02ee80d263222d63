"""The state of a baseline: its transcript, our copy of it, its forks, and doubts about it."""

from dataclasses import dataclass

from forksight.core.baseline.drift import Drift
from forksight.core.baseline.fitness import Reason
from forksight.core.claude.settings import Expiry
from forksight.core.problems import Problem
from forksight.core.sessions.session import Node
from forksight.core.store.copies import Copy
from forksight.core.store.ledger import Baseline


@dataclass(frozen=True, slots=True)
class Standing:
    """A baseline with its current state."""

    baseline: Baseline
    # The session of its current generation, and when Claude Code deletes that; None if the transcript is gone.
    node: Node | None
    # Our copy of its transcript; None if there is none.
    copy: Copy | None
    expiry: Expiry | None
    # How many sessions were forked from any of its generations.
    forks: int


@dataclass(frozen=True, slots=True)
class Report:
    """The report of a command about baselines."""

    standings: tuple[Standing, ...]
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a baseline is fit to fork from, and up to date."""

    standing: Standing
    # What speaks against forking from it.
    reasons: tuple[Reason, ...]
    # Why it should learn anew, a phrase each; empty: it need not.
    stale: tuple[str, ...]
    # What changed since it did; None if that is unknown.
    drift: Drift | None
    problems: tuple[Problem, ...] = ()

    @property
    def fit(self) -> bool:
        """Whether there are no doubts."""
        return not self.reasons
