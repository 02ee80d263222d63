"""`forksight findings`: what a fork found, without its conversation."""

import click

from forksight.cli import completion
from forksight.cli.output import json_option, show_json, show_line, show_problems, show_warnings
from forksight.cli.start_session import end_politely
from forksight.core.findings import document, wording
from forksight.features.context import Workbench
from forksight.features.findings.take import carry_out, propose


@click.command("findings")
@click.argument("fork", shell_complete=completion.forks)
@click.option("--for", "question", metavar="TEXT", help="What you want to know.")
@click.option("--again", is_flag=True, help="Ask again, even if the fork has done nothing since the last answer.")
@click.option("--dry-run", is_flag=True, help="Show what asking would cost, and do not ask.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, fork: str, question: str | None, again: bool, dry_run: bool, as_json: bool) -> None:
    """Ask FORK (a session or branch) what it found and where, what it tried without success, and what is open. At most a page.

    A temporary fork of FORK answers; it can't write files, and its session is not kept. The answer is stored: asking the same again
    costs nothing until FORK does more work. `clean` counts a fork whose findings were taken as done.

    Exit status: 0, or 2 on an error.
    """
    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    request = propose(context, fork, question)
    kept = None if again else request.kept
    newly_asked = kept is None
    if newly_asked:
        show_warnings(request.warnings)
        show_line(wording.cost_before(request), err=True)
    if dry_run and newly_asked:
        return
    end_politely()
    findings = kept or carry_out(context, request)
    if newly_asked:
        show_line(wording.cost_after(findings.tokens), err=True)
    if as_json:
        show_json(document.findings(findings, asked=newly_asked, trouble=request.problems))
        return
    show_problems(request.problems, about=request.node.id)
    for line in findings.text.splitlines():
        show_line(line)
