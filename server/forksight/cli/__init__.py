"""The command line: asks, shows, and leaves the work to the features.

Commands are declared once, in `COMMANDS`; each is imported only when it runs, so that `--version` and `--help` stay quick.
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

# By name: the module below `commands` whose `command` it is, and what it does.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "server": ("server", "Run the language server."),
    "overlaps": ("overlaps.overlaps", "Show where other worktrees edit the same lines as this one."),
    "matrix": ("overlaps.matrix", "Show which worktrees conflict with which."),
    "fork": ("forks.fork", "Fork a baseline for a branch, into a worktree of its own."),
    "resume": ("forks.resume", "Go on with a session, in its own worktree."),
    "baseline": ("baseline.baseline", "Mark the sessions to fork from, and keep them up to date."),
    "tree": ("sessions.tree", "Show the Claude Code sessions of this repository as a tree of forks."),
    "clean": ("cleanup.clean", "Clean up abandoned forks: shows first what would be lost."),
    "restore": ("cleanup.restore", "Bring an archived fork back: session, branch and worktree."),
    "compare": ("compare.compare", "Compare forks: what each changed, whether they merge, what they cost."),
    "show": ("show.show", "Show what is in a fork: its work, its conflicts, what it said last."),
    "findings": ("findings.findings", "Ask a fork what it found, and keep the answer."),
    "land": ("land.land", "Merge forks that are done into their targets, in the best order."),
    "share": ("teams.share", "Show colleagues where your worktrees and theirs meet, through the git remote."),
    "savings": ("savings.savings", "Show what sessions were billed, and what forking saved."),
    "setup": ("setup.setup", "Set up Claude Code for Forksight, and show what is set up."),
    "statusline": ("agents.statusline", "Print a status line for Claude Code; its settings start this."),
    "mcp": ("agents.mcp", "Answer the hooks of a Claude Code session; its plugin starts this."),
    "hook": ("agents.hook", "Answer one hook of Claude Code; its plugin starts this."),
    "doctor": ("doctor", "Check what Forksight needs, and say how to fix what is missing."),
}
# What Claude Code runs at its hooks: there any other exit status than 0 would show an error, and 2 stop the agent.
_NEVER_FAIL = frozenset(["hook", "statusline"])
_PLACE = "Run as if started in PATH."


class LazyGroup(click.Group):
    """A group whose commands live in the modules that `COMMANDS` names, imported at first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: D102
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: D102
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"forksight.cli.commands.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)
        _take_place(command)
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
            _refuse(error)
            sys.exit(2)

    def invoke(self, ctx: click.Context) -> object:
        """Map every expected failure to one sentence on stderr and exit status 2 (0 for `_NEVER_FAIL`)."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            _refuse(error)
        except ForksightError as error:
            show_line(f"forksight: {error.sentence}", err=True)
        except Exception as error:
            if ctx.invoked_subcommand not in _NEVER_FAIL or isinstance(error, click.exceptions.Exit):
                raise
            _show_own_error(error)
        except KeyboardInterrupt:  # what it had begun was taken back on the way here, or the next run does it
            click.echo("\nforksight: stopped by Ctrl-C: run it again to go on", err=True)
            ctx.exit(128 + signal.SIGINT)
        raise click.exceptions.Exit(0 if ctx.invoked_subcommand in _NEVER_FAIL else 2)


def _refuse(error: click.UsageError) -> None:
    """Say in one sentence what is wrong with the arguments; without any, the help comes first, on stdout."""
    command = error.ctx.command_path if error.ctx else "forksight"
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        message = "no command was named"
    else:
        message = " ".join(error.format_message().split()).rstrip(".")
    show_line(f"forksight: {message}: see `{command} --help`", err=True)


def _go(ctx: click.Context, _param: click.Parameter | None, path: str | None) -> None:
    """Take PATH for the folder that the command is started in; relative to a -C before it, as with git."""
    if path is None:
        return
    if not path:
        raise UsageError("-C needs a path", fix="leave it out, or name a folder")
    place = os.path.join(ctx.meta.get("forksight.cwd", ""), path)
    if not os.path.isdir(place):
        raise UsageError(f"no such folder: {path}", fix="check the path after -C")
    try:
        ctx.meta["forksight.cwd"] = os.path.realpath(place)
    except FileNotFoundError:
        raise UsageError("the folder that you are in was deleted", fix="go into one that is there") from None


def _take_place(command: click.Command) -> None:
    """Let `-C PATH` stand after the command's name as well as before it."""
    if isinstance(command, click.Group):
        for subcommand in command.commands.values():
            _take_place(subcommand)
    elif not any("-C" in param.opts for param in command.params):
        command.params.append(click.Option(["-C"], metavar="PATH", callback=_go, expose_value=False, help=_PLACE))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="forksight", message="%(prog)s %(version)s")
@click.option("-C", "path", metavar="PATH", default=".", help=_PLACE)
@click.pass_context
def group(ctx: click.Context, path: str) -> None:
    """Foresight over your Claude Code forks."""
    _go(ctx, None, path)


def run(workbench: Workbench) -> None:
    """Run the command line with these services; exits the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower() != "utf-8":
            codecs.register_error("plain", _plainly)
            stream.reconfigure(errors="plain")
    try:
        try:
            group(obj=workbench)
        finally:
            for problem in workbench.setting_problems():
                show_line(f"forksight: {problem.message}", err=True)
    except BrokenPipeError:  # the reader (head, less) has gone: nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            show_line("forksight: there is no space left to write to: free some and try again", err=True)
            sys.exit(2)
        if os.environ.get("FORKSIGHT_DEBUG"):
            raise
        _show_own_error(error)
        sys.exit(2)


def _show_own_error(error: Exception) -> None:
    description = " ".join(f"{type(error).__name__}: {error}".split())
    show_line(f"forksight: an error of its own ({description}): set FORKSIGHT_DEBUG=1 to see where", err=True)


# What stands for our signs in a terminal of another age. They mean something: no two that differ become the same.
_PLAIN = dict(zip("✓✗●◆○◌▪▌▐█·“”─↑↓±⏎", '+x*!o.-<>#-""-^v~>', strict=True)) | {"\N{MINUS SIGN}": "-", "…": "..."}


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """An error handler for `codecs`: plain characters for those that can't be written, `?` for what somebody else wrote."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(_PLAIN.get(char, "?") for char in error.object[error.start : error.end]), error.end
