"""`forksight overlaps`: compares this worktree with all others."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from forksight.cli.output import console, json_option, show_json, show_problems
from forksight.core.overlaps import document
from forksight.core.overlaps.overlap import FileReport, Kind, Region
from forksight.core.overlaps.wording import tell
from forksight.core.problems import UsageError
from forksight.core.words.quantities import many
from forksight.core.words.terminal import printable
from forksight.features.context import Workbench
from forksight.features.overlaps.configured_engine import configured_engine
from forksight.features.overlaps.engine import OverlapEngine
from forksight.features.sessions.tree import fork_tree, working_sessions

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_CONTEXT = 2  # lines shown around a region
_MOST_LINES = 20  # of each side of a region; the editor has the rest
_WIDEST = 400  # characters of a line
_OURS, _THEIRS = "▌", "▐"


@click.command("overlaps")
@json_option
@click.option("--ref", "refs", multiple=True, metavar="REF", help="Also compare REF, as if it were a clean worktree.")
@click.option("--ignore", multiple=True, metavar="GLOB", help="Leave out worktrees whose branch or path matches GLOB.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool, refs: tuple[str, ...], ignore: tuple[str, ...]) -> None:
    """Show where other worktrees edit the same lines as this one.

    It also shows where a merge would be clean but break the code. Exit status: 0 if nothing would conflict or break, 1 if
    something would, 2 on an error.
    """
    for option, values in (("--ref", refs), ("--ignore", ignore)):
        if "" in values:
            raise UsageError(f"{option} needs a value", fix="leave it out, or give it one")
    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    engine = configured_engine(context, refs=refs, ignore=ignore, muted=context.ledger.muted)
    engine.refresh()
    unknown = next((problem for problem in engine.problems() if problem.code == "ref-unknown"), None)
    if unknown:  # the person named this ref, and without it "no conflicts" would be misleading
        raise UsageError(unknown.message.rstrip("."))
    here = context.here.path
    report = engine.overlaps(here)
    if as_json:
        sessions = working_sessions(fork_tree(context)) if report.overlaps else {}
        show_json(document.overlaps(context.repository.common_dir, report, sessions))
    else:
        _show(engine, here, (*engine.report(here), *engine.semantic_report(here)))
        show_problems(report.problems)
    ctx.exit(1 if any(overlap.kind is not Kind.IDENTICAL for overlap in report.overlaps) else 0)


def _show(engine: OverlapEngine, here: str, reports: tuple[FileReport, ...]) -> None:
    out = console()
    regions = [region for report in reports for region in report.regions]
    for region in regions:
        _frame(out, engine, here, region)
    out.print(_summary(regions), style="bold")


def _summary(regions: list[Region]) -> str:
    conflicts = sum(region.kind.stops_merge for region in regions)
    breaks = sum(region.kind.semantic for region in regions)
    same = len(regions) - conflicts - breaks
    if not conflicts and not breaks:
        also = f"; {many(same, 'place')} {'has' if same == 1 else 'have'} the same change on both sides" if same else ""
        return f"No conflicts with any other worktree{also}."
    counts = [f"{many(conflicts, 'place')} where merging will conflict"] if conflicts else []
    if breaks:
        merging = f"{breaks} where it" if conflicts else f"{many(breaks, 'place')} where merging"
        counts.append(f"{merging} is clean and breaks the code")
    if same:
        counts.append(f"{same} with the same change on both sides")
    return f"{', '.join(counts)}."


def _frame(out: "Console", engine: OverlapEngine, here: str, region: Region) -> None:
    """Print a code frame: the sentence, our lines with line numbers, and theirs below."""
    from rich.text import Text

    style = "bold red" if region.kind.stops_merge else "bold magenta" if region.kind.semantic else "cyan"
    position = f"{printable(region.path)}:{region.lines.start + 1}"
    out.print(Text.assemble((position, "bold"), "  ", (region.kind.value, style)))
    out.print(Text(f"  {printable(tell(region, datetime.now().astimezone()))}"))
    if region.ours or region.theirs or region.meaning:
        _sides(out, engine.text_here(here, region.path).removesuffix(b"\n").split(b"\n"), region, style)
    out.print()


def _sides(out: "Console", lines: list[bytes], region: Region, style: str) -> None:
    """Print our lines with context, and theirs below."""
    start, end = (min(line, len(lines)) for line in (region.lines.start, region.lines.end))
    width = len(str(end + _CONTEXT))
    for number in range(max(0, start - _CONTEXT), start):
        out.print(_line(number + 1, width, lines[number], " ", "dim"))
    for number in range(start, min(end, start + _MOST_LINES)):
        out.print(_line(number + 1, width, lines[number], _OURS, style))
    _left_out(out, width, end - start, _OURS, style)
    if region.kind is not Kind.IDENTICAL and not region.meaning:
        _theirs(out, region, width)
    for number in range(end, min(end + _CONTEXT, len(lines))):
        out.print(_line(number + 1, width, lines[number], " ", "dim"))


def _theirs(out: "Console", region: Region, width: int) -> None:
    other = region.others[0]
    if not region.theirs:
        out.print(_line(None, width, f"({other.label} deleted these lines)".encode(), _THEIRS, "yellow"))
        return
    theirs = region.theirs.removesuffix(b"\n").split(b"\n")
    for offset, line in enumerate(theirs[:_MOST_LINES]):
        out.print(_line(other.lines.start + 1 + offset, width, line, _THEIRS, "yellow"))
    _left_out(out, width, len(theirs), _THEIRS, "yellow")


def _left_out(out: "Console", width: int, count: int, bar: str, style: str) -> None:
    if count > _MOST_LINES:
        more = many(count - _MOST_LINES, "more line")
        out.print(_line(None, width, f"({more})".encode(), bar, style))


def _line(number: int | None, width: int, line: bytes, bar: str, style: str) -> "Text":
    from rich.text import Text

    text = line.rstrip(b"\r").decode("utf-8", "replace").expandtabs(4)
    text = printable(text[:_WIDEST]) + ("…" if len(text) > _WIDEST else "")
    return Text.assemble(
        (f"  {number if number is not None else '':>{width}} ", "dim"), (f"{bar} ", style), (text, style)
    )
