"""`forksight land`: merges finished forks into their target branches."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import click

from forksight.cli import completion
from forksight.cli.commands.land.push import push_forks
from forksight.cli.output import console, json_option, show_json, show_problems, unfinished
from forksight.cli.start_session import TerminalProgress, dry_run_option, end_politely
from forksight.core.land import document, wording
from forksight.core.land.proposal import Entry, Fate, LandPlan, Method
from forksight.core.problems import Problem, UsageError
from forksight.core.words import shell
from forksight.core.words.terminal import printable
from forksight.features.context import Context, Workbench
from forksight.features.land.interrupted import finish_interrupted, interrupted_plans
from forksight.features.land.land import Landed, land, plan_of, propose_undo, undo
from forksight.features.land.propose import propose

if TYPE_CHECKING:
    from rich.console import Console

_SIGNS = {
    Fate.PROPOSED: ("→", "green"),
    Fate.LANDED: ("✓", "green"),
    Fate.STOPS: ("✗", "red"),
    Fate.WAITS: ("·", "dim"),
    Fate.HELD: ("·", "yellow"),
    Fate.FAILED: ("✗", "red"),
}


@click.command("land")
@click.argument("forks", nargs=-1, metavar="[FORK]...", shell_complete=completion.forks)
@click.option(
    "--method",
    type=click.Choice(get_args(Method)),
    help="Merge, squash into one commit, or rebase; by default as the setting forksight.land.method says.",
)
@click.option(
    "--test",
    metavar="COMMAND",
    help="Run COMMAND after merging each fork, in place of the setting forksight.land.test; if it fails, that merge is undone.",
)
@dry_run_option
@click.option("--yes", is_flag=True, help="Land, or push, all forks that can be, without asking.")
@click.option("--pr", "pull", is_flag=True, help="Push the forks' branches and open pull requests, instead of merging.")
@click.option(
    "--undo", "take_back", is_flag=True, help="Reset the target branches to where they were before the last landing."
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    forks: tuple[str, ...],
    method: Method | None,
    test: str | None,
    dry_run: bool,
    yes: bool,
    pull: bool,
    take_back: bool,
    as_json: bool,
) -> None:
    """Merge finished FORKs (sessions or branches; by default all of them) into their target branches.

    They are merged in the order in which the fewest merges stop, up to the first one that would conflict. A fork that is live or has
    uncommitted changes is not touched. `--undo` undoes the last run. `--pr` pushes the branches after you confirm, and has `gh` or
    `glab` open pull requests, or prints the address where you can open them.

    Exit status: 0 if there is nothing (more) to land, 1 if there is, 2 if something could not be done.
    """
    end_politely()
    workbench: Workbench = ctx.obj
    context = _with_test(workbench, workbench.open(ctx.meta["forksight.cwd"]), test)
    notes = (
        unfinished(interrupted_plans(context), "forksight land")
        if dry_run
        else finish_interrupted(context, TerminalProgress())
    )
    if pull:
        if take_back or method or test:
            raise UsageError("--pr merges nothing", fix="leave out --undo, --method and --test")
        ctx.exit(push_forks(context, forks, notes, dry_run=dry_run, yes=yes, as_json=as_json))
    if take_back:
        if forks:
            raise UsageError("--undo undoes the whole last run", fix="leave the forks out")
        ctx.exit(_undo(context, notes, dry_run=dry_run, yes=yes, as_json=as_json))
    plan = propose(context, forks, method=method, test=test)
    fates = plan.fates()
    named_and_held = bool(forks) and Fate.HELD in fates.values()
    if not as_json:
        _show(context, plan, steps=dry_run)
    go = (
        not dry_run
        and not named_and_held
        and Fate.PROPOSED in fates.values()
        and (yes or _agrees(plan, as_json=as_json))
    )
    landed = land(context, plan, TerminalProgress()) if go else Landed(plan, fates)
    if as_json:
        proposed = [entry for entry in plan.entries if dry_run and fates[entry.branch] is Fate.PROPOSED]
        steps = {entry.branch: plan_of(context, plan, entry) for entry in proposed}
        problems = (*notes, *landed.problems)
        show_json(document.land(plan, landed.fates, steps=steps, problems=problems, runs=landed.runs))
    else:
        show_problems((*plan.problems, *notes))
        _show_outcome(landed, forks, done=go, dry_run=dry_run)
    for problem in landed.problems:
        click.echo(f"forksight: {printable(problem.message)}", err=True)
    ctx.exit(_status(landed, () if dry_run else notes))


def _with_test(workbench: Workbench, context: Context, test: str | None) -> Context:
    """The context with the test command that the person gave in place of the setting's; no other command is run."""
    if not test:
        return context
    settings = context.settings
    return workbench.open(context.cwd, replace(settings, land=replace(settings.land, test=test)))


def _status(landed: Landed, failed: tuple[Problem, ...]) -> int:
    if failed or Fate.FAILED in landed.fates.values():
        return 2
    return 1 if any(fate is not Fate.LANDED for fate in landed.fates.values()) else 0


def _agrees(plan: LandPlan, *, as_json: bool) -> bool:
    """Ask the person; no if nobody can be asked."""
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    branches = [printable(entry.branch) for entry in plan.entries if plan.fates()[entry.branch] is Fate.PROPOSED]
    return click.confirm(f"Land {', '.join(branches)}?", default=False, err=True)


def _show(context: Context, plan: LandPlan, *, steps: bool) -> None:
    """Show the plan, in its order."""
    out, fates = console(), plan.fates()
    if not plan.entries:
        out.print(wording.summary(plan, fates), style="bold")
    for entry in plan.entries:
        _show_entry(out, plan, entry, fates[entry.branch])
        if steps and fates[entry.branch] is Fate.PROPOSED:
            for step in plan_of(context, plan, entry).steps:
                out.print(f"    · {printable(step.detail)}", style="dim")


def _show_entry(out: "Console", plan: LandPlan, entry: Entry, fate: Fate) -> None:
    from rich.text import Text

    sign, style = _SIGNS[fate]
    words = Text(printable(wording.outcome(plan, entry, fate)), style="" if fate is Fate.PROPOSED else style)
    out.print(Text.assemble((f"{sign} ", style), (printable(entry.branch), "bold"), "  ", words))
    for line in wording.stops(entry) if fate is Fate.STOPS else ():
        out.print(f"    {printable(line)}", style="red")
    for line in wording.breaks(entry):
        out.print(f"    {printable(line)}", style="magenta")
    for hold in entry.holds:
        if hold.command is not None:
            out.print(f"    first: {printable(hold.command)}")


def _show_outcome(landed: Landed, forks: tuple[str, ...], *, done: bool, dry_run: bool) -> None:
    """Show what was done, and what can be done next."""
    out = console(stderr=True)
    if done:
        out.print(wording.summary(landed.plan, landed.fates), style="bold")
        if landed.runs:
            out.print("To undo this: forksight land --undo")
            out.print("To clean up the forks that landed: forksight clean")
    elif not dry_run and Fate.PROPOSED in landed.fates.values():
        out.print("Nothing was done.")
        if forks and Fate.HELD in landed.fates.values():
            out.print("A fork that you named can't be landed yet.")
        else:
            out.print(f"To land them: {shell.join(['forksight', 'land', *forks, '--yes'])}")


def _undo(context: Context, notes: tuple[Problem, ...], *, dry_run: bool, yes: bool, as_json: bool) -> int:
    """Undo the last run; returns the exit status."""
    run = propose_undo(context)
    if dry_run and as_json:
        show_json(document.taken_back(run, done=False, problems=notes))
        return 0
    if not as_json:
        for number, step in enumerate((step for _, plan in run for step in plan.steps), 1):
            click.echo(f"{number}. {printable(step.detail)}")
    if dry_run:
        show_problems(notes)
        return 0
    interactive = not (yes or as_json) and sys.stdin.isatty() and sys.stdout.isatty()
    if interactive and not click.confirm("Undo this landing?", default=False, err=True):
        click.echo("Nothing was done.", err=True)
        return 1
    problems = (*notes, *undo(context, [plan for _, plan in run], TerminalProgress()))
    if as_json:
        show_json(document.taken_back(run, done=True, problems=problems))
    else:
        show_problems(problems)
        for landing, _ in run:
            click.echo(wording.taken_back([landing], done=True))
    return 2 if notes else 0
