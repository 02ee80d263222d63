"""`forksight share`: the same warnings for colleagues' machines, through the git remote."""

import sys

import click

from forksight.cli.output import console, json_option, show_json, show_line, show_problems
from forksight.core.problems import TeamError
from forksight.core.teams import document, wording
from forksight.core.teams.standing import SharePlan, Standing
from forksight.core.words.terminal import printable
from forksight.features.context import Context, Workbench
from forksight.features.teams import consent, round_trip, sharing

_MOST_FILES = 30  # of each worktree; --json has all


@click.group("share", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show colleagues where your worktrees and theirs meet, through the git remote itself.

    Nothing leaves this machine before `forksight share on` has shown what would, and you have said yes.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(status)


@command.command("on", short_help="Show what would leave this machine, and share it after a yes.")
@click.option("--remote", metavar="REMOTE", help="The git remote to share through; else `origin`, or the only one.")
@click.option("--yes", is_flag=True, help="Share without asking.")
@json_option
@click.pass_context
def turn_on(ctx: click.Context, *, remote: str | None, yes: bool, as_json: bool) -> None:
    """Show what would leave this machine, ask the remote, and share after a yes.

    Exit status: 0 if it is shared now, 1 if it was not said yes to, 2 if it could not be done.
    """
    context = _context(ctx)
    plan = sharing.plan(context, remote, agreed=yes)
    if not as_json:
        _show_plan(plan)
        show_problems(plan.problems)
    question = printable(f"Share this through {plan.remote}?")
    agreed = yes or (not as_json and sys.stdin.isatty() and click.confirm(question, default=False, err=True))
    if agreed:
        consent.turn_on(context, plan.remote)
    if as_json:
        show_json(document.plan(plan, done=agreed))
    elif agreed:
        show_line("Shared. `forksight share status` says how it stands, `forksight share off` ends it.")
    else:
        show_line("Nothing left this machine. To share it: forksight share on --yes", err=True)
    ctx.exit(0 if agreed else 1)


@command.command("off")
@json_option
@click.pass_context
def turn_off(ctx: click.Context, *, as_json: bool) -> None:
    """Delete what this machine shared from the remote, and share nothing more."""
    context = _context(ctx)
    problem = consent.turn_off(context)
    if as_json:
        show_json(document.turned_off(problem))
    else:
        show_line(wording.turned_off(problem))
        show_line(wording.NO_WAY_BACK)
    if problem:
        raise TeamError(problem.message.rstrip("."))


@command.command("status")
@json_option
@click.pass_context
def status(ctx: click.Context, *, as_json: bool) -> None:
    """Show whether this repository is shared, what was published last, what was left out, and who else shares."""
    _show_standing(sharing.standing(_context(ctx)), as_json=as_json)


@command.command("now")
@json_option
@click.pass_context
def now(ctx: click.Context, *, as_json: bool) -> None:
    """Publish and look at once. Exit status: 0 if the remote did both, 2 with the reason if not."""
    _show_standing(round_trip.exchange_now(_context(ctx)), as_json=as_json)


@command.command("forget")
@click.argument("machine")
@json_option
@click.pass_context
def forget(ctx: click.Context, *, machine: str, as_json: bool) -> None:
    """Delete from the remote what a MACHINE (its name, its person's, or its id) shared, as it was last seen."""
    roster = consent.forget(_context(ctx), machine)
    if as_json:
        show_json(document.forgotten(roster))
    else:
        show_line(wording.forgotten(roster))


def _context(ctx: click.Context) -> Context:
    workbench: Workbench = ctx.obj
    return workbench.open(ctx.meta["forksight.cwd"])


def _show_standing(standing: Standing, *, as_json: bool) -> None:
    if as_json:
        show_json(document.standing(standing))
        return
    for line in wording.lines(standing):
        show_line(line)
    show_problems(standing.problems)


def _show_plan(plan: SharePlan) -> None:
    out = console()
    out.print(f"{printable(wording.heading(plan))}: {wording.summary(plan)}", style="bold")
    for shared in plan.worktrees:
        out.print(f"  {printable(shared.worktree.label)}  {printable(shared.worktree.path)}", style="bold")
        names = wording.file_lines(shared)
        for name in names[:_MOST_FILES]:
            out.print(f"    {printable(name)}")
        if len(names) > _MOST_FILES:
            out.print(f"    … and {len(names) - _MOST_FILES} more")
        for left in shared.left_out[:_MOST_FILES]:
            out.print(f"    {printable(wording.stays_here(left.path, left.why))}", style="yellow")
    out.print(f"It is published again as these worktrees change. {wording.NO_WAY_BACK}", style="dim")
