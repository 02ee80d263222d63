"""Generates the man page docs/forksight.1 from the `--help` of each command."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from forksight import __version__
from forksight.cli import COMMANDS, group

PAGE = Path(__file__).resolve().parents[1] / "docs" / "forksight.1"


def page() -> str:
    """The man page."""
    lines = [
        f'.TH FORKSIGHT 1 "" "forksight {__version__}" "Forksight"',
        ".SH NAME",
        "forksight \\- foresight over your Claude Code forks",
        ".SH SYNOPSIS",
        ".B forksight",
        "[\\-C PATH] COMMAND [ARGUMENT]...",
        ".SH DESCRIPTION",
        "Forks Claude Code sessions into git worktrees, keeps track of them, and tells where they edit the same lines.",
        "Every command takes \\-C PATH: run as if started there.",
        ".SH COMMANDS",
    ]
    top = click.Context(group, info_name="forksight")
    for name in COMMANDS:
        command = group.get_command(top, name)
        assert command is not None
        lines += section(command, click.Context(command, info_name=name, parent=top))
    lines += [
        ".SH EXIT STATUS",
        "0 nothing to report, 1 something to report, 2 it could not be done: then one sentence on standard error says why.",
        ".SH SEE ALSO",
        ".BR git\\-worktree (1)",
    ]
    return "\n".join(lines) + "\n"


def section(command: click.Command, context: click.Context) -> Iterator[str]:
    """A command with its help and options, and its subcommands after it."""
    yield f".SS {escaped(context.command_path)}"
    yield f".B {escaped(' '.join([context.command_path, *command.collect_usage_pieces(context)]))}"
    for paragraph in re.split(r"\n\s*\n", (command.help or "").strip()):
        yield ".PP"
        yield escaped(" ".join(paragraph.replace("\b", "").split()))
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and record[1] and "-C" not in parameter.opts and "--help" not in parameter.opts:
            yield ".TP"
            yield f".B {escaped(record[0])}"
            yield escaped(record[1])
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand is not None
            yield from section(subcommand, click.Context(subcommand, info_name=name, parent=context))


def escaped(text: str) -> str:
    """Data as troff shows it: no line of it is a request."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("“", "\\(lq").replace("”", "\\(rq")
    return f"\\&{plain}" if plain.startswith((".", "'")) else plain


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
