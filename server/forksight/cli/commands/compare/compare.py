"""`forksight compare`: forks side by side."""

from typing import TYPE_CHECKING

import click

from forksight.cli import completion
from forksight.cli.output import console, json_option, show_json, show_problems
from forksight.core.compare import document, wording
from forksight.core.compare.comparison import Comparison, ForkPair
from forksight.core.overlaps.overlap import PairFile
from forksight.core.words.terminal import printable
from forksight.features.compare.compare import compare_forks
from forksight.features.context import Workbench

if TYPE_CHECKING:
    from rich.console import Console

_MOST = 8  # files shown of a pair


@click.command("compare")
@click.argument("forks", nargs=-1, required=True, metavar="A B...", shell_complete=completion.forks)
@json_option
@click.pass_context
def command(ctx: click.Context, *, forks: tuple[str, ...], as_json: bool) -> None:
    """Compare forks A and B (and more), each a session or a branch, uncommitted work included.

    Exit status: 0 if they merge with each other and into their target, 1 if a merge would stop, 2 if it could not be told.
    """
    workbench: Workbench = ctx.obj
    result = compare_forks(workbench.open(ctx.meta["forksight.cwd"]), forks)
    if as_json:
        show_json(document.comparison(result))
    else:
        _show(result)
        show_problems(result.problems)
    ctx.exit(0 if result.clean else 1)


def _show(result: Comparison) -> None:
    from rich.table import Table

    out = console()
    if result.ancestor is not None:
        out.print(
            f"Forks of “{printable(result.ancestor.title)}”, from commit {(result.base or 'none')[:10]}.", style="dim"
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", style="dim")
    for fork in result.forks:
        table.add_column(printable(fork.label), overflow="fold")
    for title, row in wording.rows(result):
        table.add_row(printable(title), *row)
    out.print(table)
    for pair in result.pairs:
        _show_pair(out, result, pair)
    if len(result.order) > 1:
        out.print()
        out.print(f"{printable(result.order_title)}:", style="bold")
        for number, merge in enumerate(result.order, 1):
            conflicting = [result.candidates[other].label for other in merge.conflicts]
            conflicting = [result.target, *conflicting] if merge.stops and result.target is not None else conflicting
            note = f"  conflicts with {', '.join(map(printable, conflicting))}" if conflicting else ""
            out.print(f"{number}. {printable(result.candidates[merge.branch].label)}{note}")


def _show_pair(out: "Console", result: Comparison, pair: ForkPair) -> None:
    from rich.text import Text

    a, b = (printable(result.forks[number].label) for number in (pair.a, pair.b))
    out.print()
    style = "red" if pair.stops else "green"
    out.print(Text.assemble((f"{a} and {b}: ", "bold"), (_verdict(pair.stops), style)))
    for shared in pair.shared[:_MOST]:
        kind = (shared.kind.value, "red") if shared.kind else ("merges", "dim")
        out.print(
            Text.assemble(
                "  ", printable(shared.path), "  ", kind, (f"  {', '.join(wording.met_lines(shared))}", "dim")
            )
        )
    if len(pair.shared) > _MOST:
        out.print(f"  and {len(pair.shared) - _MOST} more", style="dim")
    if not pair.shared:
        out.print("  no file was changed by both", style="dim")


def _verdict(stops: tuple[PairFile, ...]) -> str:
    return f"a merge stops at {len(stops)} {'file' if len(stops) == 1 else 'files'}" if stops else "they merge"
