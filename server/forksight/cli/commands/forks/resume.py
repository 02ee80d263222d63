"""`forksight resume`: go on with a session, in its own worktree."""

import click

from forksight.cli import completion
from forksight.cli.output import json_option
from forksight.cli.start_session import carry_out, dry_run_option, leave_open, print_option, show_steps
from forksight.core.store.ledger import Mode
from forksight.features.context import Workbench
from forksight.features.forks.resume import propose_resume


@click.command("resume")
@click.argument("wanted", metavar="[SESSION-OR-BRANCH]", required=False, shell_complete=completion.forks)
@print_option
@dry_run_option
@json_option
@click.pass_context
def command(ctx: click.Context, *, wanted: str | None, only_print: bool, dry_run: bool, as_json: bool) -> None:
    """Go on with a session, named by its id, the beginning of it, its title, or its branch (by default this worktree's).

    Exit status: 0 if it is ready or started, 1 if it runs already, 2 if it could not be done.
    """
    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    proposal = propose_resume(context, wanted, Mode.PRINT if only_print else Mode.TERMINAL)
    if dry_run:
        ctx.exit(show_steps(proposal, as_json=as_json))
    if proposal.plan is None:
        ctx.exit(leave_open(context, proposal, as_json=as_json))
    ctx.exit(carry_out(context, proposal, as_json=as_json))
