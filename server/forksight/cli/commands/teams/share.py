"""`forksight share`: warnings of overlaps with colleagues' machines, through the git remote."""

import sys

import click

from forksight.cli.output import console, json_option, show_json, show_line, show_problems
from forksight.core.problems import TeamError
from forksight.core.teams import document, wording
from forksight.core.teams.standing import SharePlan, Standing
from forksight.core.words.terminal import printable
from forksight.features.context import Context, Workbench
from forksight.features.teams import consent, round_trip, sharing

_MOST_FILES = 30  # files that are listed for a worktree; --json has all


@click.group("share", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Warn you and your colleagues of conflicts between your worktrees, through the git remote.

    Nothing leaves this machine before `forksight share on` has shown what would leave, and you have confirmed.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(status)


@command.command("on", short_help="Show what would leave this machine, and share it after you confirm.")
@click.option(
    "--remote", metavar="REMOTE", help="The git remote to share through; by default `origin`, or the only one."
)
@click.option("--yes", is_flag=True, help="Share without asking.")
@json_option
@click.pass_context
def turn_on(ctx: click.Context, *, remote: str | None, yes: bool, as_json: bool) -> None:
    """Show what would leave this machine, check that the remote answers, and share after you confirm.

    Exit status: 0 if the repository is shared now, 1 if you did not confirm, 2 on an error.
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
        show_line("Shared. `forksight share status` shows what is shared, `forksight share off` ends sharing.")
    else:
        show_line("Nothing left this machine. To share it: forksight share on --yes", err=True)
    ctx.exit(0 if agreed else 1)


@command.command("off")
@json_option
@click.pass_context
def turn_off(ctx: click.Context, *, as_json: bool) -> None:
    """Stop sharing, and delete what this machine shared from the remote."""
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
    """Publish, and fetch what colleagues share, immediately. Exit status: 0 if both succeeded, 2 if not."""
    _show_standing(round_trip.exchange_now(_context(ctx)), as_json=as_json)


@command.command("forget")
@click.argument("machine")
@json_option
@click.pass_context
def forget(ctx: click.Context, *, machine: str, as_json: bool) -> None:
    """Delete from the remote what MACHINE shared, unless it has published again since the last fetch.

    MACHINE is a person's or a machine's name, or the id that `forksight share status` shows.
    """
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
    out.print(f"Forksight publishes again whenever these worktrees change. {wording.NO_WAY_BACK}", style="dim")
