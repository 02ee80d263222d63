"""`forksight compare`: shows forks side by side."""

import click

from forksight.cli import completion
from forksight.cli.comparison import show_comparison
from forksight.cli.output import console, json_option, show_json, show_problems
from forksight.core.compare import document
from forksight.features.compare.compare import compare_forks
from forksight.features.context import Workbench


@click.command("compare")
@click.argument("forks", nargs=-1, required=True, metavar="A B...", shell_complete=completion.forks)
@json_option
@click.pass_context
def command(ctx: click.Context, *, forks: tuple[str, ...], as_json: bool) -> None:
    """Compare forks A and B (and more), each a session or a branch, uncommitted work included.

    Exit status: 0 if they merge with each other and into their target, 1 if a merge would stop or break something, 2 on an error.
    """
    workbench: Workbench = ctx.obj
    result = compare_forks(workbench.open(ctx.meta["forksight.cwd"]), forks)
    if as_json:
        show_json(document.comparison(result))
    else:
        show_comparison(console(), result)
        show_problems(result.problems)
    ctx.exit(0 if result.clean else 1)
