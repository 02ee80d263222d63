"""`forksight matrix`: all worktrees against each other."""

import click

from forksight.cli.show import console, json_option, printable, problems_json, show_json, show_problems
from forksight.core.overlaps import Matrix
from forksight.features.context import Workbench
from forksight.features.overlaps import OverlapEngine


@click.command("matrix")
@json_option
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Show which worktrees conflict with which.

    Exit status: 0 if no pair would conflict, 1 if one would, 2 if it could not be told.
    """
    workbench: Workbench = ctx.obj
    engine = OverlapEngine(workbench.open(ctx.meta["forksight.cwd"]).repository)
    engine.refresh()
    matrix = engine.matrix()
    if as_json:
        show_json(_document(matrix))
    else:
        _show(matrix)
        show_problems(matrix.problems)
    ctx.exit(1 if matrix.pairs else 0)


def _document(matrix: Matrix) -> dict[str, object]:
    return {
        "version": 1,
        "worktrees": [{"path": each.path, "branch": each.branch, "head": each.head} for each in matrix.worktrees],
        "pairs": [
            {"a": pair.a, "b": pair.b, "files": [{"path": file.path, "kind": file.kind.value} for file in pair.files]}
            for pair in matrix.pairs
        ],
        "problems": problems_json(matrix.problems),
    }


def _show(matrix: Matrix) -> None:
    """The pairs that conflict, most files first; a grid of fifty by fifty helps nobody."""
    from rich.table import Table

    out = console()
    names = [printable(each.branch or each.path) for each in matrix.worktrees]
    if not matrix.pairs:
        out.print(f"No conflicts between any two of {len(names)} worktrees.", style="bold")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("worktree", "conflicts with", "files"):
        table.add_column(title, overflow="fold")
    for pair in sorted(matrix.pairs, key=lambda pair: -len(pair.files)):
        shown = [f"{printable(file.path)} ({file.kind.value})" for file in pair.files[:5]]
        more = len(pair.files) - len(shown)
        table.add_row(names[pair.a], names[pair.b], ", ".join(shown) + (f" and {more} more" if more else ""))
    out.print(table)
