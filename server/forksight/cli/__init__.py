"""The command line: parses arguments, asks the person and shows results; the features do the work.

Commands are declared once, in `COMMANDS`; each is imported only when it runs, so that `--version` and `--help` are fast.
"""

import codecs
import errno
import importlib
import os
import signal
import sys
from collections.abc import Mapping
from io import TextIOWrapper
from typing import Any

import click

from forksight import __version__
from forksight.cli.output import show_line
from forksight.core.problems import ForksightError, UsageError
from forksight.features.context import Workbench

# Name of a command -> its module below `commands`, and one sentence on what it does.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "server": ("server", "Run the language server."),
    "overlaps": ("overlaps.overlaps", "Show where other worktrees edit the same lines as this one."),
    "matrix": ("overlaps.matrix", "Show which worktrees conflict with which."),
    "fork": ("forks.fork", "Fork a baseline for a branch, into a worktree of its own."),
    "resume": ("forks.resume", "Resume a session in its own worktree."),
    "baseline": ("baseline.baseline", "Mark the sessions to fork from, and keep them up to date."),
    "tree": ("sessions.tree", "Show the Claude Code sessions of this repository as a tree of forks."),
    "clean": ("cleanup.clean", "Clean up abandoned forks, after showing what would be lost."),
    "restore": ("cleanup.restore", "Restore an archived fork: its session, branch and worktree."),
    "compare": ("compare.compare", "Compare forks: what each changed, whether they merge, what they cost."),
    "show": ("show.show", "Show one fork: what it changed, its conflicts, its last answer."),
    "findings": ("findings.findings", "Ask a fork what it found, and keep the answer."),
    "land": ("land.land", "Merge finished forks into their targets, in the order with the fewest conflicts."),
    "share": (
        "teams.share",
        "Warn you and your colleagues of conflicts between your worktrees, through the git remote.",
    ),
    "savings": ("savings.savings", "Show what sessions were billed, and what forking saved."),
    "setup": ("setup.setup", "Set up Claude Code for Forksight, and show what is set up."),
    "statusline": ("agents.statusline", "Print a status line for Claude Code, whose settings run this command."),
    "mcp": ("agents.mcp", "Answer the hooks of a Claude Code session; the plugin starts this command."),
    "hook": ("agents.hook", "Answer one hook of Claude Code; the plugin runs this command."),
    "doctor": ("doctor", "Check what Forksight needs, and say how to fix what is missing."),
}
# Claude Code runs these commands. With any exit status but 0 it would show an error, and with 2 a hook would stop the agent.
_NEVER_FAIL = frozenset(["hook", "statusline"])
_PLACE = "Run as if started in PATH."


class LazyGroup(click.Group):
    """A group whose commands are in the modules that `COMMANDS` names; each module is imported at first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: D102
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: D102
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"forksight.cli.commands.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        _accept_folder(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, does) for name, (_, does) in COMMANDS.items()])

    def make_context(  # noqa: D102
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            _show_usage_error(error)
            sys.exit(2)

    def invoke(self, ctx: click.Context) -> object:
        """Map every expected failure to one sentence on stderr and exit status 2 (0 for `_NEVER_FAIL`)."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            _show_usage_error(error)
        except ForksightError as error:
            show_line(f"forksight: {error.sentence}", err=True)
        except Exception as error:
            if ctx.invoked_subcommand not in _NEVER_FAIL or isinstance(error, click.exceptions.Exit):
                raise
            _show_internal_error(error)
        except KeyboardInterrupt:  # what the command had begun was undone before this, or the next run undoes it
            click.echo("\nforksight: stopped by Ctrl-C: run the command again to continue", err=True)
            ctx.exit(128 + signal.SIGINT)
        raise click.exceptions.Exit(0 if ctx.invoked_subcommand in _NEVER_FAIL else 2)


def _show_usage_error(error: click.UsageError) -> None:
    """Print one sentence about what is wrong with the arguments on stderr. Without a command, print the help on stdout first."""
    command = error.ctx.command_path if error.ctx else "forksight"
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        message = "no command was given"
    else:
        message = " ".join(error.format_message().split()).rstrip(".")
    show_line(f"forksight: {message}: see `{command} --help`", err=True)


def _set_folder(ctx: click.Context, _param: click.Parameter | None, path: str | None) -> None:
    """Run the command as if started in `path`, which is relative to the path of a -C before it, as with git. Raises `UsageError`."""
    if path is None:
        return
    if not path:
        raise UsageError("-C needs a path", fix="leave it out, or name a folder")
    folder = os.path.join(ctx.meta.get("forksight.cwd", ""), path)
    if not os.path.isdir(folder):
        raise UsageError(f"no such folder: {path}", fix="check the path after -C")
    try:
        ctx.meta["forksight.cwd"] = os.path.realpath(folder)
    except FileNotFoundError:
        raise UsageError("the folder that you are in was deleted", fix="change to a folder that exists") from None


def _accept_folder(command: click.Command) -> None:
    """Accept `-C PATH` after the command's name as well as before it."""
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            _accept_folder(subcommand)
    elif not any("-C" in param.opts for param in command.params):
        command.params.append(
            click.Option(["-C"], metavar="PATH", callback=_set_folder, expose_value=False, help=_PLACE)
        )


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="forksight", message="%(prog)s %(version)s")
@click.option("-C", "path", metavar="PATH", default=".", help=_PLACE)
@click.pass_context
def group(ctx: click.Context, path: str) -> None:
    """Foresight over your Claude Code forks."""
    _set_folder(ctx, None, path)


def run(workbench: Workbench) -> None:
    """Run the command line, with everything that `workbench` opens; exits the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower() != "utf-8":
            codecs.register_error("plain", _replace_signs)
            stream.reconfigure(errors="plain")
    try:
        try:
            group(obj=workbench)
        finally:
            for problem in workbench.setting_problems():
                show_line(f"forksight: {problem.message}", err=True)
    except BrokenPipeError:  # the program that read our output (head, less) has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            show_line("forksight: the disk is full: free some space and try again", err=True)
            sys.exit(2)
        if os.environ.get("FORKSIGHT_DEBUG"):
            raise
        _show_internal_error(error)
        sys.exit(2)


def _show_internal_error(error: Exception) -> None:
    description = " ".join(f"{type(error).__name__}: {error}".split())
    show_line(f"forksight: an internal error ({description}): set FORKSIGHT_DEBUG=1 to see where", err=True)


# Replacements for our signs where the output's encoding has none of them. The signs of one list get different replacements.
_PLAIN = dict(zip("✓✗●◆○◌▪▌▐█·“”─↑↓±⏎", '+x*!o.-<>#-""-^v~>', strict=True)) | {"\N{MINUS SIGN}": "-", "…": "..."}


def _replace_signs(error: UnicodeError) -> tuple[str, int]:
    """An error handler for `codecs`: `_PLAIN` for our own signs, `?` for other characters that the encoding does not have."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(_PLAIN.get(char, "?") for char in error.object[error.start : error.end]), error.end
