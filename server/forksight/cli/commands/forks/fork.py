"""`forksight fork`: forks a baseline into a worktree on the named branch, and starts Claude Code there."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from forksight.cli import completion
from forksight.cli.commands.forks.several import fork_several
from forksight.cli.output import json_option
from forksight.cli.start_session import carry_out, dry_run_option, leave_open, print_option, show_steps
from forksight.core.forks.tasks import tasks
from forksight.core.problems import UsageError
from forksight.core.store.ledger import Mode
from forksight.features.context import Workbench
from forksight.features.forks.fork import ForkRequest, propose
from forksight.features.sessions import find


@click.command("fork")
@click.argument("branches", nargs=-1, metavar="[BRANCH]...", shell_complete=completion.branches)
@click.option(
    "--baseline",
    metavar="NAME",
    shell_complete=completion.baselines,
    help="The baseline to fork; may be left out if there is only one.",
)
@click.option("--name", "title", metavar="TITLE", help="The fork's title; by default the name of its branch.")
@click.option("--start-point", metavar="REF", help="Where a new branch starts; by default this worktree's HEAD.")
@click.option("--prompt", metavar="TEXT", help="The fork's first prompt.")
@click.option(
    "--prompt-file",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="A Markdown file with each fork's first prompt below a heading. Without BRANCH, the headings name the branches.",
)
@click.option(
    "--again", is_flag=True, help="Fork even if the branch already has a fork, or a session works in its worktree."
)
@print_option
@click.option("--background", is_flag=True, help="Start the session in Claude Code's background mode.")
@dry_run_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    branches: tuple[str, ...],
    baseline: str | None,
    title: str | None,
    start_point: str | None,
    prompt: str | None,
    prompt_file: str | None,
    again: bool,
    only_print: bool,
    background: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Fork a baseline for each BRANCH (by default this worktree's), into a worktree of exactly that branch.

    A baseline that a colleague published (USER/NAME) and that is not here yet is fetched first.

    If several forks have a first prompt, the first fork starts, and the others start once the context that they share is in
    Claude's cache.

    Exit status: 0 if the fork is ready or started, 1 if a question is open (the branch already has a fork, a session works
    there), 2 on an error.
    """
    if only_print and background:
        raise UsageError("--print and --background exclude each other", fix="leave one out")
    mode = Mode.PRINT if only_print else Mode.BACKGROUND if background else Mode.TERMINAL
    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    if prompt is not None and prompt_file is not None:
        raise UsageError("--prompt and --prompt-file exclude each other", fix="leave one out")
    if baseline is not None and not dry_run and find.may_be_a_colleagues(context.ledger.view()[0], baseline):
        from forksight.cli.commands.baseline.team import fetch_to_fork

        baseline = fetch_to_fork(context, baseline, as_json=as_json)
        if baseline is None:
            ctx.exit(1)
    from_file = tasks(_text(prompt_file), branches) if prompt_file is not None else ()
    common = ForkRequest(None, baseline, title, start_point, prompt, again, mode)
    requests = [replace(common, branch=task.branch, prompt=task.prompt) for task in from_file]
    requests = requests or [replace(common, branch=branch) for branch in branches] or [common]
    if len(requests) > 1:
        if title is not None:
            raise UsageError("--name is for one fork only", fix="leave it out: each fork is named after its branch")
        ctx.exit(fork_several(context, requests, dry_run=dry_run, as_json=as_json))
    proposal = propose(context, requests[0])
    if dry_run:
        ctx.exit(show_steps(proposal, as_json=as_json))
    if proposal.question is not None:
        ctx.exit(leave_open(context, proposal, as_json=as_json))
    ctx.exit(carry_out(context, proposal, as_json=as_json))


def _text(path: str) -> str:
    """The text of a file, or of stdin for `-`. Raises `UsageError`."""
    try:
        data: bytes = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return data.decode()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(
            f"{path} can't be read ({why})", fix="give a Markdown file with a prompt below each heading"
        ) from error
