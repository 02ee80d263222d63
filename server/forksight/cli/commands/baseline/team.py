"""`forksight baseline publish` and `fetch`: baselines for the team, through the git remote."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import click

from forksight.cli.output import console, show_json, show_line, show_problems, show_warnings
from forksight.core.document import Plain
from forksight.core.teams.baseline import document, wording
from forksight.core.teams.baseline.plans import FetchPlan, PublishPlan
from forksight.core.teams.wording import NO_WAY_BACK
from forksight.core.words.terminal import printable
from forksight.features.baseline.fetch import fetch, plan_fetch
from forksight.features.baseline.publish import plan_publish, publish
from forksight.features.context import Context


@dataclass(frozen=True)
class _Wording:
    """The texts about a plan: what is shown first, the question, and the line after each answer."""

    heading: str
    lines: Sequence[str]
    notes: Sequence[str]
    question: str
    done: str
    declined: str


def publish_baseline(context: Context, name: str | None, remote: str | None, *, yes: bool, as_json: bool) -> int:
    """Show what would leave this machine, and publish it after a yes; returns the exit status."""
    plan = plan_publish(context, name, remote, agreed=yes)
    words = _Wording(
        wording.publish_heading(plan),
        wording.publish_lines(plan),
        notes=(wording.WORDS_TRAVEL, NO_WAY_BACK),
        question="Publish this?",
        done=wording.published(plan),
        declined="Nothing left this machine. To publish the baseline, run the same command with --yes",
    )
    agreed = _ask_about(plan, words, yes=yes, as_json=as_json)
    if agreed:
        plan = publish(context, plan)
        words = replace(words, done=wording.published(plan))
    return _show_outcome(words, document.publish(plan, done=agreed), agreed=agreed, as_json=as_json)


def fetch_baseline(context: Context, name: str | None, remote: str | None, *, yes: bool, as_json: bool) -> int:
    """Show what would be fetched, and make it a baseline here after a yes; returns the exit status."""
    plan = plan_fetch(context, name, remote, agreed=yes)
    words = _Wording(
        wording.fetch_heading(plan),
        wording.fetch_lines(plan),
        notes=(wording.OF_STRANGERS,),
        question="Make it a baseline here?",
        done=wording.fetched(plan),
        declined="Nothing was changed here. To fetch the baseline, run the same command with --yes",
    )
    agreed = _ask_about(plan, words, yes=yes, as_json=as_json)
    if agreed:
        fetch(context, plan)
    return _show_outcome(words, document.fetch(plan, done=agreed), agreed=agreed, as_json=as_json)


def fetch_to_fork(context: Context, name: str, *, as_json: bool) -> str | None:
    """Fetch a colleague's baseline (`USER/NAME`) in order to fork it; returns its name on this machine.

    At a terminal the person is shown what would be fetched and asked; None after a no. A script agrees by giving the name.
    Raises as `plan_fetch` and `fetch` do.
    """
    yes = as_json or not sys.stdin.isatty()
    plan = plan_fetch(context, name, None, agreed=yes)
    for line in (wording.fetch_heading(plan), *wording.fetch_lines(plan), wording.OF_STRANGERS):
        show_line(line, err=True)
    show_warnings(plan.warnings)
    show_problems(plan.problems)
    if not plan.is_there:
        if not _agreed("Make it a baseline here, and fork it?", yes=yes, as_json=as_json):
            show_line("Nothing was changed here.", err=True)
            return None
        fetch(context, plan)
    return plan.name


def _ask_about(plan: PublishPlan | FetchPlan, words: _Wording, *, yes: bool, as_json: bool) -> bool:
    """Show a plan and ask; returns whether to carry it out. What exists already needs no yes."""
    show_warnings(plan.warnings)
    if not as_json:
        out = console()
        out.print(printable(words.heading), style="bold")
        for line in words.lines:
            style = "yellow" if line.startswith(("masked", "stays here")) else None
            out.print(f"  {printable(line)}", style=style)
        for line in words.notes:
            out.print(line, style="dim")
        show_problems(plan.problems)
    return plan.is_there or _agreed(words.question, yes=yes, as_json=as_json)


def _agreed(question: str, *, yes: bool, as_json: bool) -> bool:
    return yes or (not as_json and sys.stdin.isatty() and click.confirm(question, default=False, err=True))


def _show_outcome(words: _Wording, as_document: Plain, *, agreed: bool, as_json: bool) -> int:
    """Show the outcome of a plan; returns the exit status."""
    if as_json:
        show_json(as_document)
    elif agreed:
        show_line(words.done)
    else:
        show_line(words.declined, err=True)
    return 0 if agreed else 1
