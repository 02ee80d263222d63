"""`forksight land --pr`: pushes the branches of finished forks, and opens pull requests."""

import sys
from collections.abc import Sequence

import click

from forksight.cli.output import console, show_json, show_line, show_problems
from forksight.cli.start_session import TerminalProgress
from forksight.core.land import document, pull_request
from forksight.core.land.pull_request import PullFate, PullRequest, Pushed
from forksight.core.problems import Problem
from forksight.core.words import shell
from forksight.core.words.terminal import printable
from forksight.features.context import Context
from forksight.features.land.propose import propose
from forksight.features.land.pull_request import proposed, push, requests

_STYLES = {PullFate.PROPOSED: "green", PullFate.PUSHED: "green", PullFate.HELD: "yellow", PullFate.FAILED: "red"}


def push_forks(
    context: Context,
    forks: tuple[str, ...],
    notes: tuple[Problem, ...],
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Push branches and open their pull requests, or show what would be done; returns the exit status."""
    plan = propose(context, forks)
    pulls = requests(context, plan)
    proposal = Pushed(proposed(pulls))
    named_and_held = bool(forks) and PullFate.HELD in proposal.fates.values()
    ready = [request for request in pulls if proposal.fates[request.branch] is PullFate.PROPOSED]
    if not as_json:
        _show(pulls, proposal, details=dry_run)
    go = bool(ready) and not dry_run and not named_and_held and (yes or _agrees(ready, as_json=as_json))
    pushed = push(context, pulls, TerminalProgress()) if go else proposal
    if as_json:
        show_json(document.pull_requests(plan, pulls, pushed, notes))
    else:
        show_problems((*plan.problems, *notes))
        _show_outcome(pulls, pushed, forks, done=go, dry_run=dry_run)
    for problem in pushed.problems:
        show_line(f"forksight: {problem.message}", err=True)
    if PullFate.FAILED in pushed.fates.values():
        return 2
    return 1 if any(fate is not PullFate.PUSHED for fate in pushed.fates.values()) else 0


def _agrees(proposed: Sequence[PullRequest], *, as_json: bool) -> bool:
    """Ask the person; no if nobody can be asked."""
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    named = ", ".join(printable(request.branch) for request in proposed)
    return click.confirm(f"Push {named}?", default=False, err=True)


def _show(pulls: Sequence[PullRequest], pushed: Pushed, *, details: bool) -> None:
    """Show what would be pushed where; with `details`, also the requests' texts and how they are opened."""
    from rich.text import Text

    out = console()
    if not pulls:
        out.print(pull_request.summary(pulls, pushed.fates), style="bold")
    for request in pulls:
        fate = pushed.fates[request.branch]
        words = Text(printable(pull_request.outcome(request, fate, None)), style=_STYLES[fate])
        out.print(Text.assemble((printable(request.branch), "bold"), "  ", words))
        if details and fate is PullFate.PROPOSED:
            for line in request.body.splitlines():
                out.print(f"    {printable(line)}".rstrip(), style="dim")
            how = shell.join(request.command[:3]) + " …" if request.command else request.address
            out.print(f"    · {printable(how or 'the remote is not on a known web host')}", style="dim")


def _show_outcome(
    pulls: Sequence[PullRequest], pushed: Pushed, forks: tuple[str, ...], *, done: bool, dry_run: bool
) -> None:
    """Show what was done, and the web pages of the requests, or on which to open them."""
    if done:
        console(stderr=True).print(pull_request.summary(pulls, pushed.fates), style="bold")
        for request in pulls:
            page = pushed.pages.get(request.branch)
            if page:
                show_line(f"{request.branch}: {page}")
    elif not dry_run and PullFate.PROPOSED in pushed.fates.values():
        show_line("Nothing was pushed.", err=True)
        if forks and PullFate.HELD in pushed.fates.values():
            show_line("A fork that you named can't be pushed yet.", err=True)
        else:
            show_line(f"To push them: {shell.join(['forksight', 'land', '--pr', *forks, '--yes'])}", err=True)
