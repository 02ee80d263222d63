"""`forksight fork`: a baseline, a worktree of exactly that branch, Claude Code started there."""

import click

from forksight.cli import completion
from forksight.cli.output import json_option
from forksight.cli.start_session import carry_out, dry_run_option, leave_open, print_option, show_steps
from forksight.core.problems import UsageError
from forksight.core.store.ledger import Mode
from forksight.features.context import Workbench
from forksight.features.forks.fork import ForkRequest, propose


@click.command("fork")
@click.argument("branch", required=False, shell_complete=completion.branches)
@click.option(
    "--baseline",
    metavar="NAME",
    shell_complete=completion.baselines,
    help="The baseline to fork; may be left out if there is one.",
)
@click.option("--name", "title", metavar="TITLE", help="What the fork is called; by default as its branch.")
@click.option("--start-point", metavar="REF", help="Where a new branch starts; by default this worktree's HEAD.")
@click.option("--prompt", metavar="TEXT", help="What the fork is asked at once.")
@click.option("--again", is_flag=True, help="Fork even if that branch has a fork, or a session works there.")
@print_option
@click.option("--background", is_flag=True, help="Start it in Claude Code's own background mode.")
@dry_run_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    branch: str | None,
    baseline: str | None,
    title: str | None,
    start_point: str | None,
    prompt: str | None,
    again: bool,
    only_print: bool,
    background: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Fork a baseline for BRANCH (by default this worktree's), into a worktree of exactly that branch.

    Exit status: 0 if it is ready or started, 1 if a question is open (the branch has a fork already, a session works
    there), 2 if it could not be done.
    """
    if only_print and background:
        raise UsageError("--print and --background exclude each other", fix="leave one out")
    mode = Mode.PRINT if only_print else Mode.BACKGROUND if background else Mode.TERMINAL
    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    proposal = propose(context, ForkRequest(branch, baseline, title, start_point, prompt, again, mode))
    if dry_run:
        ctx.exit(show_steps(proposal, as_json=as_json))
    if proposal.question is not None:
        ctx.exit(leave_open(context, proposal, as_json=as_json))
    ctx.exit(carry_out(context, proposal, as_json=as_json))
