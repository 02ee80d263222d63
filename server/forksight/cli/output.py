"""What every command shows: one JSON document, or a console that has colours only on a terminal."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from forksight.core.problems import Problem, folded
from forksight.core.words.terminal import printable, printable_json

if TYPE_CHECKING:
    from rich.console import Console

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


def show_json(document: object) -> None:
    """Print one JSON document. Where bytes of a path are not UTF-8 it is ASCII: they survive as lone surrogates."""
    import orjson  # a document of a thousand sessions is written in 3 ms; json takes 150

    try:
        click.echo(printable_json(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()))
    except TypeError:
        click.echo(json.dumps(document, indent=2))


def show_line(text: str, *, err: bool = False) -> None:
    """Print one line for people, on stdout or stderr. Whatever is in the text, it stays one line and moves no cursor."""
    click.echo(printable(text), err=err)


def console(*, stderr: bool = False) -> "Console":
    """A console for people: wraps nothing that a script might read, guesses no markup and no highlights.

    Nothing that is printed moves the cursor or reorders what is read. Line breaks are kept: those in words of strangers are
    `printable`'s to escape.
    """
    from forksight.cli.printable_console import PrintableConsole

    return PrintableConsole(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)


def show_problems(problems: tuple[Problem, ...], *, about: str | None = None) -> None:
    """What the result does not cover, on stderr; of transcripts other than `about` only how many."""
    out = console(stderr=True)
    for problem in folded(problems, about):
        out.print(f"note: {printable(problem.message)}", style="yellow")


def show_warnings(warnings: Iterable[Problem]) -> None:
    """What a person should know before, on stderr."""
    out = console(stderr=True)
    for warning in warnings:
        out.print(f"warning: {printable(warning.message)}", style="yellow")
