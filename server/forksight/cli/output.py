"""The output of all commands: one JSON document, or text with colours only on a terminal."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from forksight.core.problems import Problem, folded
from forksight.core.words.terminal import printable, printable_json

if TYPE_CHECKING:
    from rich.console import Console

    from forksight.core.plans.plan import Interrupted

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


def show_json(document: object) -> None:
    """Print one JSON document. If a path in it is not UTF-8, the document is ASCII with escaped lone surrogates."""
    import orjson  # writes a document of a thousand sessions in 3 ms; json takes 150 ms

    try:
        click.echo(printable_json(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()))
    except TypeError:
        click.echo(json.dumps(document, indent=2))


def show_line(text: str, *, err: bool = False) -> None:
    """Print a text as exactly one line, on stdout or stderr, with control characters escaped."""
    click.echo(printable(text), err=err)


def console(*, stderr: bool = False) -> "Console":
    """A console for text: no wrapping of what a script might read, no markup, no highlighting.

    Control characters are escaped, but line breaks are kept: in untrusted text they must be escaped with `printable`.
    """
    from forksight.cli.printable_console import PrintableConsole

    return PrintableConsole(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def show_problems(problems: tuple[Problem, ...], *, about: str | None = None) -> None:
    """Print problems on stderr. Of problems about transcripts, only the number is printed, except for the transcript `about` (a path)."""
    out = console(stderr=True)
    for problem in folded(problems, about):
        out.print(f"note: {printable(problem.message)}", style="yellow")


def unfinished(plans: "Iterable[Interrupted]", command: str) -> tuple[Problem, ...]:
    """A problem for each interrupted plan: the next `command` completes or undoes it."""
    return tuple(
        Problem(
            "interrupted",
            f"The next `{command}` completes or undoes what was interrupted in {interrupted.plan.target}.",
            interrupted.plan.target,
        )
        for interrupted in plans
    )


def show_warnings(warnings: Iterable[Problem]) -> None:
    """Print warnings on stderr."""
    out = console(stderr=True)
    for warning in warnings:
        out.print(f"warning: {printable(warning.message)}", style="yellow")
