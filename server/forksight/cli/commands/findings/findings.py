"""`forksight findings`: what an exploration found, and nothing else of it."""

import click

from forksight.cli import completion
from forksight.cli.output import json_option, show_json, show_line, show_problems, show_warnings
from forksight.cli.start_session import end_politely
from forksight.core.findings import document, wording
from forksight.features.context import Workbench
from forksight.features.findings.take import carry_out, propose


@click.command("findings")
@click.argument("fork", shell_complete=completion.forks)
@click.option("--for", "question", metavar="TEXT", help="What you want to know of it.")
@click.option("--again", is_flag=True, help="Ask again, though it has done nothing since it was asked.")
@click.option("--dry-run", is_flag=True, help="Say what asking would cost, and ask nothing.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, fork: str, question: str | None, again: bool, dry_run: bool, as_json: bool) -> None:
    """Ask FORK (a session or branch) what it found: where, what was tried in vain, what is open. At most a page.

    A fork of it answers, unable to write, and leaves no session behind. The answer is kept: asking the same again costs nothing
    as long as the fork does nothing more. `clean` counts a fork whose findings were taken as done.

    Exit status: 0, or 2 if it could not be asked.
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
