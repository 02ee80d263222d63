"""`forksight show`: shows one fork."""

import click

from forksight.cli import completion
from forksight.cli.output import console, json_option, show_json, show_problems
from forksight.core.show import document, wording
from forksight.core.show.summary import Summary
from forksight.core.words.terminal import printable
from forksight.features.context import Workbench
from forksight.features.show.summary import summary


@click.command("show")
@click.argument("fork", shell_complete=completion.forks)
@json_option
@click.pass_context
def command(ctx: click.Context, *, fork: str, as_json: bool) -> None:
    """Show FORK (a session or branch): its state, what it was asked, what it changed, and its last answer.

    Exit status: 0 if it conflicts with nothing, 1 if it does, 2 on an error.
    """
    workbench: Workbench = ctx.obj
    result = summary(workbench.open(ctx.meta["forksight.cwd"]), fork)
    if as_json:
        show_json(document.show(result))
    else:
        _show(result)
        show_problems(result.problems)
    ctx.exit(1 if result.conflicts else 0)


def _show(result: Summary) -> None:
    from rich.text import Text

    out = console()
    out.print(Text(printable(result.node.title if result.node else result.branch), style="bold"))
    for title, lines in wording.rows(result):
        style = "red" if title == "conflicts" else ""
        for number, line in enumerate(lines):
            out.print(Text.assemble((f"  {title if not number else '':<12}", "dim"), (printable(line), style)))
