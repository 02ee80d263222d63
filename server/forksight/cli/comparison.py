"""Prints comparisons of forks, for `forksight compare` and the dashboard."""

from typing import TYPE_CHECKING

from forksight.core.compare import wording
from forksight.core.compare.comparison import Comparison, ForkPair
from forksight.core.words.quantities import many
from forksight.core.words.terminal import printable

if TYPE_CHECKING:
    from rich.console import Console

_MOST = 8  # files that are listed for a pair


def show_comparison(out: "Console", result: Comparison) -> None:
    """Print a comparison: a column for each fork, the files that each pair has in common, and the order to merge them in."""
    from rich.table import Table

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
            meetings = [f"{how} {', '.join(who)}" for how, who in wording.met_before(result, merge)]
            note = f"  {printable(', '.join(meetings))}" if meetings else ""
            out.print(f"{number}. {printable(result.candidates[merge.branch].label)}{note}")


def _show_pair(out: "Console", result: Comparison, pair: ForkPair) -> None:
    from rich.text import Text

    a, b = (printable(result.forks[number].label) for number in (pair.a, pair.b))
    out.print()
    style = "red" if pair.stops else "magenta" if pair.breaks else "green"
    out.print(Text.assemble((f"{a} and {b}: ", "bold"), (_verdict(pair), style)))
    for line in wording.break_lines(pair.breaks)[:_MOST]:
        out.print(f"  {printable(line)}", style="magenta")
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


def _verdict(pair: ForkPair) -> str:
    text = f"a merge stops at {many(len(pair.stops), 'file')}" if pair.stops else "they merge"
    return f"{text}, with {many(len(pair.breaks), 'break')}" if pair.breaks else text
