"""`forksight clean`: shows abandoned forks and what would be lost with each, and cleans them up."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from forksight.cli import completion
from forksight.cli.output import console, json_option, show_json, show_line, show_problems, unfinished
from forksight.cli.start_session import TerminalProgress
from forksight.core.cleanup import document
from forksight.core.cleanup.proposal import CleanPlan, Entry, Fate
from forksight.core.cleanup.wording import facts, risk
from forksight.core.problems import Problem
from forksight.core.words import shell
from forksight.core.words.quantities import many
from forksight.core.words.terminal import printable
from forksight.features.cleanup.clean import Cleaned, clean, discarded, plan_of, runnable, untouched
from forksight.features.cleanup.interrupted import finish_interrupted, interrupted_plans
from forksight.features.cleanup.propose import propose
from forksight.features.context import Context, Workbench

if TYPE_CHECKING:
    from rich.console import Console


@click.command("clean")
@click.argument("selectors", nargs=-1, metavar="[FORK]...", shell_complete=completion.forks)
@click.option("--dry-run", is_flag=True, help="Show the plan, and do nothing.")
@click.option("--yes", is_flag=True, help="Clean up every fork that is without risk.")
@click.option(
    "--discard",
    multiple=True,
    metavar="FORK",
    shell_complete=completion.forks,
    help="Clean up FORK although work in it is at risk.",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context, *, selectors: tuple[str, ...], dry_run: bool, yes: bool, discard: tuple[str, ...], as_json: bool
) -> None:
    """Clean up abandoned forks, or the FORKs that are named (by session or branch).

    A fork's worktree and branch are removed, and its transcript is archived; `forksight restore` brings everything back.

    Exit status: 0 if there is nothing (more) to clean up, 1 if there is, 2 if something could not be done.
    """
    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    notes = (
        unfinished(interrupted_plans(context), "forksight clean")
        if dry_run
        else finish_interrupted(context, TerminalProgress())
    )
    plan = propose(context, selectors, also=discard)
    chosen = runnable(plan, yes=yes, discard=discarded(plan, discard))
    if not as_json:
        _show(plan, context, detailed=dry_run)
    if dry_run:
        cleaned = untouched(plan)
    else:
        if not (yes or discard or as_json) and sys.stdin.isatty() and sys.stdout.isatty():
            chosen = _ask(plan)
        cleaned = clean(context, plan, chosen, TerminalProgress())
    if as_json:
        steps = {entry.session: plan_of(context, entry) for entry in plan.entries if not entry.holds} if dry_run else {}
        show_json(document.clean(plan, cleaned.fates, steps, (*notes, *cleaned.problems)))
    else:
        show_problems((*plan.problems, *notes))
        _show_outcome(cleaned, selectors, asked=not dry_run)
    for problem in cleaned.problems:
        show_line(f"forksight: {printable(problem.message)}", err=True)
    ctx.exit(_status(cleaned, notes if not dry_run else ()))


def _status(cleaned: Cleaned, failed: Sequence[Problem]) -> int:
    if failed or Fate.FAILED in cleaned.fates.values():
        return 2
    return 1 if any(fate is not Fate.CLEANED for fate in cleaned.fates.values()) else 0


def _ask(plan: CleanPlan) -> tuple[Entry, ...]:
    """Ask about all forks without risk at once, and about each other one by itself. The default is no."""
    safe = [entry for entry in plan.entries if not entry.holds and not entry.at_risk]
    chosen: list[Entry] = []
    if safe and click.confirm(f"Clean up {many(len(safe), 'fork')} without risk?", default=False, err=True):
        chosen += safe
    for entry in plan.entries:
        if entry.at_risk and not entry.holds:
            question = f"Clean up “{entry.facts.node.title}” although {risk(entry)}?"
            if click.confirm(printable(question), default=False, err=True):
                chosen.append(entry)
    return tuple(entry for entry in plan.entries if entry in chosen)


def _show(plan: CleanPlan, context: Context, *, detailed: bool) -> None:
    from rich.text import Text

    out = console()
    if not plan.entries:
        out.print("No abandoned forks.", style="bold")
    for entry in plan.entries:
        style = "dim" if entry.holds else "red" if entry.at_risk else "green"
        mark = "·" if entry.holds else "!" if entry.at_risk else "✓"
        node = entry.facts.node
        branch = f"  {printable(entry.facts.expected)}" if entry.facts.expected not in (None, node.title) else ""
        out.print(
            Text.assemble(
                (f"{mark} ", f"bold {style}"), (printable(node.title), "bold"), branch, (f"  {entry.session}", "dim")
            )
        )
        for fact in facts(entry):
            _line(
                out,
                fact.label,
                "; ".join(fact.phrases),
                "red" if fact.label == "lost" else "yellow" if fact.warns else "",
            )
        if detailed and not entry.holds:
            for step in plan_of(context, entry).steps:
                _line(out, "", f"· {step.detail}", "dim")
        out.print()


def _line(out: "Console", label: str, text: str, style: str) -> None:
    from rich.text import Text

    out.print(Text.assemble((f"  {label:<6}", "dim"), (printable(text), style)))


def _show_outcome(cleaned: Cleaned, selectors: Sequence[str], *, asked: bool) -> None:
    """Show what was done, and what is left to decide, with the commands for it."""
    out, plan = console(stderr=True), cleaned.plan
    cleaned_count = sum(fate is Fate.CLEANED for fate in cleaned.fates.values())
    if cleaned_count:
        out.print(f"Cleaned up {many(cleaned_count, 'fork')}; `forksight restore` brings each back.", style="bold")
    undecided = [entry for entry in plan.entries if cleaned.fates[entry.session] is Fate.PROPOSED]
    safe = [entry for entry in undecided if not entry.at_risk]
    if asked and undecided and not cleaned_count:
        out.print("Nothing was done.")
    if safe:
        out.print(f"{many(len(safe), 'fork')} without risk: {shell.join(['forksight', 'clean', *selectors, '--yes'])}")
    for entry in undecided:
        if entry.at_risk:
            out.print(
                f"“{printable(entry.facts.node.title)}” is at risk: {shell.join(['forksight', 'clean', '--discard', entry.session])}"
            )
