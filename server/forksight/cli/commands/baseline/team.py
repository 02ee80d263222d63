"""`forksight baseline publish` and `fetch`: baselines for the team, through the git remote."""

import sys
from collections.abc import Sequence

import click

from forksight.cli.output import console, show_json, show_line, show_problems, show_warnings
from forksight.core.teams.baseline import document, wording
from forksight.core.teams.wording import NO_WAY_BACK
from forksight.core.words.terminal import printable
from forksight.features.baseline.fetch import fetch, plan_fetch
from forksight.features.baseline.publish import plan_publish, publish
from forksight.features.context import Context


def publish_baseline(context: Context, name: str | None, remote: str | None, *, yes: bool, as_json: bool) -> int:
    """Show what would leave, and publish it after a yes; the exit status."""
    plan = plan_publish(context, name, remote)
    show_warnings(plan.warnings)
    if not as_json:
        _show(wording.publish_heading(plan), wording.publish_lines(plan), (wording.WORDS_TRAVEL, NO_WAY_BACK))
        show_problems(plan.problems)
    agreed = plan.is_there or _agreed("Publish this?", yes=yes, as_json=as_json)
    if agreed:
        publish(context, plan)
    if as_json:
        show_json(document.publish(plan, done=agreed))
    elif agreed:
        show_line(wording.published(plan))
    else:
        show_line("Nothing left this machine. To publish it: the same command with --yes", err=True)
    return 0 if agreed else 1


def fetch_baseline(context: Context, name: str | None, remote: str | None, *, yes: bool, as_json: bool) -> int:
    """Show what would come, and make it a baseline here after a yes; the exit status."""
    plan = plan_fetch(context, name, remote)
    show_warnings(plan.warnings)
    if not as_json:
        _show(wording.fetch_heading(plan), wording.fetch_lines(plan), (wording.OF_STRANGERS,))
        show_problems(plan.problems)
    agreed = plan.is_there or _agreed("Make it a baseline here?", yes=yes, as_json=as_json)
    if agreed:
        fetch(context, plan)
    if as_json:
        show_json(document.fetch(plan, done=agreed))
    elif agreed:
        show_line(wording.fetched(plan))
    else:
        show_line("Nothing is different here. To have it: the same command with --yes", err=True)
    return 0 if agreed else 1


def fetch_to_fork(context: Context, name: str, *, as_json: bool) -> str | None:
    """Bring the baseline that a colleague published under this name (`USER/NAME`), to fork it; what it is called here.

    Whoever types it at a terminal reads first what would come, and is asked; None after a no. For a script its name is the yes.
    Raises as `plan_fetch` and `fetch` do.
    """
    plan = plan_fetch(context, name, None)
    for line in (wording.fetch_heading(plan), *wording.fetch_lines(plan), wording.OF_STRANGERS):
        show_line(line, err=True)
    show_warnings(plan.warnings)
    show_problems(plan.problems)
    if not plan.is_there:
        if not _agreed("Make it a baseline here, and fork it?", yes=as_json or not sys.stdin.isatty(), as_json=as_json):
            show_line("Nothing is different here.", err=True)
            return None
        fetch(context, plan)
    return plan.name


def _agreed(question: str, *, yes: bool, as_json: bool) -> bool:
    return yes or (not as_json and sys.stdin.isatty() and click.confirm(question, default=False, err=True))


def _show(heading: str, lines: Sequence[str], last: Sequence[str]) -> None:
    out = console()
    out.print(printable(heading), style="bold")
    for line in lines:
        out.print(f"  {printable(line)}", style="yellow" if line.startswith(("masked", "stays here")) else None)
    for line in last:
        out.print(line, style="dim")
