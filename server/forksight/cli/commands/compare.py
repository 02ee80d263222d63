"""`forksight compare`: forks side by side."""

from typing import TYPE_CHECKING

import click

from forksight.cli.output import console, json_option, show_json, show_problems
from forksight.core.compare import document
from forksight.core.compare.comparison import Comparison, Meeting
from forksight.core.overlaps.overlap import PairFile
from forksight.core.words.terminal import printable
from forksight.features.compare.compare import compare_forks
from forksight.features.context import Workbench

if TYPE_CHECKING:
    from rich.console import Console

_MOST = 8  # files shown of a pair


@click.command("compare")
@click.argument("forks", nargs=-1, required=True, metavar="A B...")
@json_option
@click.pass_context
def command(ctx: click.Context, *, forks: tuple[str, ...], as_json: bool) -> None:
    """Compare forks A and B (and more), each a session or a branch, uncommitted work included.

    Exit status: 0 if they merge with each other and into their target, 1 if a merge would stop, 2 if it could not be told.
    """
    workbench: Workbench = ctx.obj
    found = compare_forks(workbench.open(ctx.meta["forksight.cwd"]), forks)
    if as_json:
        show_json(document.comparison(found))
    else:
        _show(found)
        show_problems(found.problems)
    ctx.exit(0 if found.clean else 1)


def _show(found: Comparison) -> None:
    from rich.table import Table

    out = console()
    if found.ancestor is not None:
        out.print(
            f"Forks of “{printable(found.ancestor.title)}”, from commit {(found.base or 'none')[:10]}.", style="dim"
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", style="dim")
    for one in found.contenders:
        table.add_column(printable(one.label), overflow="fold")
    for title, row in document.rows(found):
        table.add_row(title, *row)
    out.print(table)
    for pair in found.meetings:
        _show_pair(out, found, pair)
    if len(found.order) > 1:
        out.print()
        out.print(f"{found.order_title}:", style="bold")
        for place, merge in enumerate(found.order, 1):
            foes = [found.candidates[other].label for other in merge.conflicts]
            foes = [found.target, *foes] if merge.stops and found.target is not None else foes
            told = f"  conflicts with {', '.join(map(printable, foes))}" if foes else ""
            out.print(f"{place}. {printable(found.candidates[merge.branch].label)}{told}")


def _show_pair(out: "Console", found: Comparison, pair: Meeting) -> None:
    from rich.text import Text

    a, b = (printable(found.contenders[number].label) for number in (pair.a, pair.b))
    out.print()
    style = "red" if pair.stops else "green"
    out.print(Text.assemble((f"{a} and {b}: ", "bold"), (_told(pair.stops), style)))
    for shared in pair.shared[:_MOST]:
        kind = (shared.kind.value, "red") if shared.kind else ("merges", "dim")
        out.print(
            Text.assemble(
                "  ", printable(shared.path), "  ", kind, (f"  {', '.join(document.met_lines(shared))}", "dim")
            )
        )
    if len(pair.shared) > _MOST:
        out.print(f"  and {len(pair.shared) - _MOST} more", style="dim")
    if not pair.shared:
        out.print("  no file was changed by both", style="dim")


def _told(stops: tuple[PairFile, ...]) -> str:
    return f"a merge stops at {len(stops)} {'file' if len(stops) == 1 else 'files'}" if stops else "they merge"
