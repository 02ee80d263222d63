"""`forksight savings`: shows what sessions were billed, and what forking saved."""

from typing import TYPE_CHECKING, BinaryIO

import click

from forksight.cli.output import console, json_option, show_json, show_problems
from forksight.core.problems import UsageError
from forksight.core.savings import document, wording
from forksight.core.savings.prices import read_prices, template
from forksight.core.savings.savings import Family, Savings
from forksight.core.sessions.session import Node
from forksight.core.sessions.transcripts.prompts import shorten
from forksight.core.words.quantities import short
from forksight.core.words.terminal import printable
from forksight.features.context import Workbench
from forksight.features.savings.savings import savings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_TITLE = 22  # characters of a title in a table: the rest fits 80 columns


@click.command("savings")
@click.option("--prices", "table", metavar="FILE", type=click.File("rb"), help="A price table, to see costs in money.")
@click.option("--print-prices", is_flag=True, help="Print a price table to fill in, for the models used here.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, table: BinaryIO | None, print_prices: bool, as_json: bool) -> None:
    """Show what the sessions of this repository were billed, and what forking saved.

    Exit status: 0, or 2 on an error.
    """
    prices = None
    if table is not None:
        try:
            prices = read_prices(table.read().decode())
        except UnicodeDecodeError:
            raise UsageError("the price table is not UTF-8", fix="save it as UTF-8") from None
    workbench: Workbench = ctx.obj
    result = savings(workbench.open(ctx.meta["forksight.cwd"]), prices)
    if print_prices:
        click.echo(template({model for session in result.spent for model in session.models if model}), nl=False)
        return
    if as_json:
        show_json(document.savings(result))
    else:
        _show(result)
        show_problems(result.problems)


def _show(result: Savings) -> None:
    from rich.table import Table

    out = console()
    if not result.spent:
        out.print("No session of this repository was billed anything yet.", style="bold")
        return
    table = Table(box=None, pad_edge=False, header_style="dim", show_footer=True, footer_style="bold")
    table.add_column("billed", footer="all")
    total = result.total
    for name, count in (
        ("input", total.input),
        ("output", total.output),
        ("cache read", total.cache_read),
        ("cache write", total.cache_write),
    ):
        table.add_column(name, footer=short(count), justify="right")
    priced = result.prices
    if priced is not None:
        table.add_column("cost", footer=wording.money(result.cost, priced.currency), justify="right")
    for session in result.spent:
        counts = session.tokens.input, session.tokens.output, session.tokens.cache_read, session.tokens.cache_write
        cost = [wording.money(priced.cost(session), priced.currency)] if priced is not None else []
        table.add_row(_name(session.node), *map(short, counts), *cost)
    out.print(table)
    for family in result.families:
        _show_family(out, family)
    if result.hint:
        out.print()
        out.print(result.hint, style="yellow")


def _show_family(out: "Console", family: Family) -> None:
    from rich.table import Table
    from rich.text import Text

    sums = family.arithmetic
    name = _name(family.parent) if family.parent else Text("a session that is gone")
    out.print()
    out.print(Text.assemble(("forks of ", "bold"), name, f"  {wording.share(sums)}"))
    styles = ("dim", "green")
    for style, (label, tokens, bar) in zip(styles, wording.bars(sums), strict=True):
        out.print(Text.assemble(f"  {label:<15}", (bar, style), f" {short(tokens)}"))
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("  fork")
    for column in ("inherits", "turns", "re-read"):
        table.add_column(column, justify="right")
    table.add_column("start", overflow="fold")
    for begun in family.starts:
        start = Text("cold" if begun.cold else "warm", style="yellow" if begun.cold else "green")
        if begun.cold:
            start.append(f" {short(begun.paid_again)} paid again", style="default")
            if begun.waited is not None:
                start.append(f", after {wording.span(begun.waited)}", style="default")
        table.add_row(
            Text("  ").append(_name(begun.node)), short(begun.context), str(begun.turns), short(begun.again), start
        )
    out.print(table)


def _name(node: Node) -> "Text":
    """A session's title and the beginning of its id, since forks inherit titles."""
    from rich.text import Text

    title = printable(shorten(node.title, _TITLE))
    return Text.assemble((title, "bold"), (f" {node.id[:8]}", "dim"))
