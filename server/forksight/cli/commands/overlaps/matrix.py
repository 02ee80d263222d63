"""`forksight matrix`: compares all worktrees with each other."""

import click

from forksight.cli.output import console, json_option, show_json, show_problems
from forksight.core.overlaps import document
from forksight.core.overlaps.overlap import Matrix, Pair, PairFile
from forksight.core.words.terminal import printable
from forksight.features.context import Workbench
from forksight.features.overlaps.configured_engine import configured_engine

_MOST_FILES = 5  # files that are named for a pair


@click.command("matrix")
@json_option
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Show which worktrees conflict with which, and which merge cleanly but break the code.

    Exit status: 0 if no pair would conflict or break, 1 if one would, 2 on an error.
    """
    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    engine = configured_engine(context)
    engine.refresh()
    matrix = engine.matrix()
    if as_json:
        show_json(document.matrix(matrix))
    else:
        _show(matrix)
        show_problems(matrix.problems)
    ctx.exit(1 if matrix.pairs else 0)


def _show(matrix: Matrix) -> None:
    """Show the pairs that conflict, each once, most files first. (A grid of fifty by fifty would be unreadable.)"""
    from rich.text import Text

    out = console()
    names = [printable(worktree.full_label) for worktree in matrix.worktrees]
    if not matrix.pairs:
        alone = len(names) < 2
        none = (
            "No other worktree to conflict with" if alone else f"No conflicts between any two of {len(names)} worktrees"
        )
        out.print(f"{none}.", style="bold")
        return
    for number, name in enumerate(names):
        pairs = sorted((pair for pair in matrix.pairs if pair.a == number), key=lambda pair: -len(pair.files))
        if pairs:
            stops = any(_stops(pair) for pair in pairs)
            out.print(Text.assemble((name, "bold"), (" conflicts with" if stops else " breaks with", "dim")))
        width = max((len(names[pair.b]) for pair in pairs), default=0)
        for pair in pairs:
            out.print(f"  {names[pair.b]:<{width}}  {_files(pair)}")
    out.print(f"\n{_summary(matrix)}", style="bold")


def _summary(matrix: Matrix) -> str:
    """How many pairs conflict, and how many others merge cleanly and break something."""
    stopped = sum(_stops(pair) for pair in matrix.pairs)
    broken = len(matrix.pairs) - stopped
    parts = []
    if stopped:
        several = f"{stopped} pairs of {len(matrix.worktrees)} worktrees conflict"
        parts.append("1 pair of worktrees conflicts" if stopped == 1 else several)
    if broken:
        several = f"{broken} pairs merge cleanly and break the code"
        parts.append("1 pair merges cleanly and breaks the code" if broken == 1 else several)
    return f"{', '.join(parts)}."


def _stops(pair: Pair) -> bool:
    """Whether merging a pair stops at a conflict."""
    return any(file.kind.stops_merge for file in pair.files)


def _files(pair: Pair) -> str:
    shown = [f"{printable(file.path)} ({file.kind.value}{_symbol(file)})" for file in pair.files[:_MOST_FILES]]
    more = len(pair.files) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _symbol(file: PairFile) -> str:
    return f" {printable(file.symbol)}" if file.symbol else ""
