"""Several forks at once: all are decided before the first is made, then they are started one after the other.

After the first one, the others wait until the context that they share is cached (`first_answer`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from forksight.core.forks.proposal import Outcome, Proposal
from forksight.core.ports.system import Progress
from forksight.core.problems import ForksightError, Problem, UsageError
from forksight.features.context import Context
from forksight.features.forks.fork import ForkRequest, propose
from forksight.features.forks.start import Opener, start


@dataclass(frozen=True, slots=True)
class Started:
    """One request and its outcome; None if it was not started."""

    proposal: Proposal
    outcome: Outcome | None = None
    problem: Problem | None = None


def propose_all(context: Context, requests: Sequence[ForkRequest]) -> tuple[Proposal, ...]:
    """Decide everything, without doing it. Raises `UsageError` for a branch that is named twice, and what `propose` raises."""
    names = [request.branch for request in requests]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice} is named twice", fix="fork each branch once")
    return tuple(propose(context, request) for request in requests)


def start_all(
    context: Context, requests: Sequence[ForkRequest], opener: Opener, progress: Progress
) -> tuple[Started, ...]:
    """Start the proposed forks one after the other. If one can't be started, the others still are."""
    started = []
    for request in requests:
        proposal = propose(context, request)  # anew: what was interrupted before is mended by the first
        try:
            if proposal.question is not None:
                raise ForksightError(proposal.question.message, code="changed")
            started.append(Started(proposal, start(context, proposal, opener, progress)))
        except ForksightError as error:
            problem = Problem(error.code, f"{request.branch} was not forked: {error.sentence}.", proposal.worktree)
            started.append(Started(proposal, problem=problem))
    return tuple(started)
