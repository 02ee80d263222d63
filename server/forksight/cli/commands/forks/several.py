"""`forksight fork` for several branches at once."""

from collections.abc import Sequence
from dataclasses import replace

from forksight.cli.output import show_json, show_line, show_problems, show_warnings
from forksight.cli.start_session import TerminalProgress, can_open, end_politely, opener, show_outcome
from forksight.core.forks import document
from forksight.core.store.ledger import Mode
from forksight.features.context import Context
from forksight.features.forks.fork import ForkRequest
from forksight.features.forks.several import Started, propose_all, start_all


def fork_several(context: Context, requests: Sequence[ForkRequest], *, dry_run: bool, as_json: bool) -> int:
    """Fork for each request, or show what would be done; returns the exit status. A question about one leaves all undone."""
    if not dry_run and not can_open(context):  # nothing is started here, so that no fork waits for the one before it
        requests = [
            replace(request, mode=Mode.PRINT) if request.mode is Mode.TERMINAL else request for request in requests
        ]
    proposals = propose_all(context, requests)
    is_open = any(proposal.question is not None for proposal in proposals)
    if dry_run or is_open:
        if as_json:
            show_json(document.several([document.steps(proposal) for proposal in proposals]))
        else:
            for proposal in proposals:
                show_warnings(proposal.warnings)
                show_problems(proposal.problems)
                for number, step in enumerate(document.steps(proposal)["steps"] if dry_run else (), 1):
                    show_line(f"{number}. {step['detail']}")
        return 1 if is_open else 0
    from forksight.features.forks.start import doubts

    end_politely()
    started = start_all(context, requests, opener(context), TerminalProgress())
    if as_json:
        problems = [fork.problem for fork in started if fork.problem is not None]
        results = [document.result(fork.proposal, fork.outcome) for fork in started]
        show_json(document.several(results, problems))
    else:
        for fork in started:
            _show(fork)
    if any(fork.problem is not None for fork in started):
        return 2
    return 1 if any(fork.outcome is not None and doubts(fork.outcome) for fork in started) else 0


def _show(fork: Started) -> None:
    show_warnings(warning for warning in fork.proposal.warnings if warning.code != "claude-missing")
    if fork.outcome is not None:
        show_warnings(fork.outcome.warnings)
        show_problems((*fork.proposal.problems, *fork.outcome.problems))
        show_outcome(fork.outcome)
    if fork.problem is not None:
        show_line(f"forksight: {fork.problem.message}", err=True)
