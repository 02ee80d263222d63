"""`forksight resume`: resumes a session in its own worktree."""

import sys

import click

from forksight.cli import completion
from forksight.cli.output import json_option
from forksight.cli.start_session import carry_out, dry_run_option, leave_open, print_option, show_steps
from forksight.core.forks.proposal import Proposal
from forksight.core.store.ledger import Mode
from forksight.core.words.terminal import printable
from forksight.features.context import Workbench
from forksight.features.forks.resume import propose_resume
from forksight.features.forks.running import require_same


@click.command("resume")
@click.argument("selector", metavar="[SESSION-OR-BRANCH]", required=False, shell_complete=completion.forks)
@click.option(
    "--take-over",
    is_flag=True,
    help="If the session is running elsewhere, end it there after asking, and resume it here.",
)
@click.option("--yes", is_flag=True, help="With --take-over: do not ask.")
@click.option("--anyway", is_flag=True, help="Resume even if it is unknown whether the session is already running.")
@print_option
@dry_run_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    selector: str | None,
    take_over: bool,
    yes: bool,
    anyway: bool,
    only_print: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Resume a session, named by its id, the beginning of its id, its title, or its branch (by default this worktree's branch).

    A session that is already running is not started again; if it runs in tmux, its window is brought to the front.

    Exit status: 0 if the session is ready or started, 1 if it is or may be running already, 2 on an error.
    """
    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    mode = Mode.PRINT if only_print else Mode.TERMINAL
    proposal = propose_resume(context, selector, mode, anyway=anyway)
    if take_over and proposal.running is not None and (dry_run or yes or _confirmed(proposal)):
        asked_about, proposal = proposal.running, propose_resume(context, selector, mode, take_over=True)
        require_same(asked_about, proposal)
    if proposal.plan is None and proposal.running is None and not dry_run and _confirmed(proposal):
        proposal = propose_resume(context, selector, mode, anyway=True)
    if dry_run:
        ctx.exit(show_steps(proposal, as_json=as_json))
    if proposal.plan is None:
        ctx.exit(leave_open(context, proposal, as_json=as_json))
    ctx.exit(carry_out(context, proposal, as_json=as_json))


def _confirmed(proposal: Proposal) -> bool:
    """Ask whether to end the session where it runs, or to resume one that may be live. No if nobody can be asked."""
    question = proposal.question
    if question is None or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return click.confirm(printable(question.message), default=False, err=True)
