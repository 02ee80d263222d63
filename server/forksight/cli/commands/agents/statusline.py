"""`forksight statusline`: a line about this worktree below the prompt of Claude Code. `forksight setup claude` puts it there.

As Claude Code runs it, `forksight.statusline` answers without this module; see there.
"""

import os
import threading

import click

from forksight.features.context import Workbench


@click.command("statusline")
@click.option(
    "--first", metavar="COMMAND", help="Run a shell command with the same input, and print its output before the line."
)
@click.option(
    "--keep",
    metavar="LOCK",
    type=int,
    hidden=True,
    help="Look now, and keep what is found for the next line. LOCK is the number of an open file that says who does.",
)
@click.option("--within", metavar="SECONDS", type=float, hidden=True, help="With --keep: give up after that.")
@click.pass_context
def command(ctx: click.Context, *, first: str | None, keep: int | None, within: float | None) -> None:
    """Print one line about the worktree that Claude Code's JSON on standard input names. Exit status 0 always.

    The branch and its fork, conflicts, sessions that wait for you, the baseline and why it is stale. At most COLUMNS wide;
    NO_COLOR is honoured. An ellipsis at the end: there is more to know, and the next line has it.
    """
    workbench: Workbench = ctx.obj
    cwd: str = ctx.meta["forksight.cwd"]
    if keep is not None:
        from forksight.features.agents.keep_status import keep_once

        if within is not None:
            giving_up = threading.Timer(within, _end, [workbench])
            giving_up.daemon = True
            giving_up.start()
        keep_once(workbench.open(cwd), keep)
    else:
        workbench.print_status_line(None if cwd == os.path.realpath(os.curdir) else cwd, first)


def _end(workbench: Workbench) -> None:
    """End this process and what git reads for it: whatever it waits for, it took too long."""
    workbench.leave()
    os._exit(0)
