"""Shows `forksight baseline refresh`: the plan, a progress bar, and the outcome."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from forksight.cli.output import console, show_json, show_line, show_problems, show_warnings
from forksight.cli.start_session import TerminalProgress, carry_out, end_politely, leave_open
from forksight.core.baseline import document
from forksight.core.baseline.refresh import Refresh
from forksight.core.claude.headless_run import Tally
from forksight.core.words.quantities import many
from forksight.core.words.terminal import printable
from forksight.features.baseline import refresh as refreshes
from forksight.features.baseline.titles import former_by_name
from forksight.features.context import Context
from forksight.features.forks.resume import propose_resume
from forksight.features.sessions import find


def open_session(context: Context, name: str | None, *, as_json: bool) -> int:
    """Resume the current generation's session, for the person to update it; returns the exit status."""
    view, _ = context.ledger.view()
    baseline = find.baseline(view, find.given("the name", name))
    proposal = propose_resume(context, baseline.generation.session)
    if proposal.plan is None:
        return leave_open(context, proposal, as_json=as_json)
    return carry_out(context, proposal, as_json=as_json)


def refresh_baseline(context: Context, name: str | None, *, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Refresh a baseline, or only show the plan; returns the exit status."""
    plan = refreshes.propose_refresh(context, name)
    show_warnings(plan.warnings if dry_run or plan.needed else ())
    if dry_run:
        _show_plan(plan, as_json=as_json)
        return 0
    if not plan.needed:
        if as_json:
            show_json(document.refresh(plan, None))
        else:
            show_problems(plan.problems)
            show_line(f"{printable(plan.baseline.name)} is up to date: nothing changed since it learned the project.")
        return 0
    if not as_json:
        show_line(plan.cost, err=True)
    if not (yes or as_json) and plan.question is not None and sys.stdin.isatty() and sys.stdout.isatty():
        question = f"{plan.baseline.name} is not stale yet: refresh it anyway?"
        if not click.confirm(printable(question), default=False, err=True):
            show_line("Nothing was done.", err=True)
            return 1
    end_politely()
    with _bar(len(plan.read)) as report:
        refreshed = refreshes.carry_out(
            context, plan, _BarProgress() if sys.stderr.isatty() else TerminalProgress(), report
        )
    if as_json:
        show_json(document.refresh(plan, refreshed.tokens))
        return 0
    show_problems((*plan.problems, *refreshed.problems))
    name, count = printable(plan.baseline.name), len(plan.read)
    learned = f"it read {many(count, 'file')} again, for {refreshed.tokens.total:,} tokens"
    show_line(f"{name} is at generation {plan.generation.number} now: {learned}.")
    former = former_by_name(context, plan.baseline.name)
    if former:
        show_line(former)
    return 0


def _show_plan(plan: Refresh, *, as_json: bool) -> None:
    if as_json:
        show_json(document.refresh_plan(plan))
        return
    show_problems(plan.problems)
    if not plan.needed:
        show_line(f"{printable(plan.baseline.name)} is up to date: a refresh would do nothing.")
        return
    for number, (_, detail) in enumerate(plan.steps, 1):
        show_line(f"{number}. {printable(detail)}")
    show_line(plan.cost)
    click.echo("\nThe prompt:\n")
    for line in plan.prompt.split("\n"):
        show_line(f"    {line}")


class _BarProgress(TerminalProgress):
    """Progress beside a bar: steps are not printed into the bar's line."""

    def step(self, detail: str) -> None:
        """See `core.ports.system.Progress`."""


@contextmanager
def _bar(files: int) -> Iterator[Callable[[Tally], None]]:
    """A progress bar on a terminal; elsewhere nothing."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    out = console(stderr=True)
    if not out.is_terminal:
        yield lambda _: None
        return
    out.soft_wrap = False
    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        task = progress.add_task("Refreshing", total=max(1, files))

        def report(tally: Tally) -> None:
            progress.update(task, completed=len(tally.read), description=tally.sentence)

        yield report
