"""`forksight statusline`: the line about this worktree below Claude Code's prompt. `forksight setup claude` sets it up.

When Claude Code runs the command, `forksight.statusline` answers without loading this module; see there.
"""

import os
import threading

import click

from forksight.features.context import Workbench


@click.command("statusline")
@click.option(
    "--first",
    metavar="COMMAND",
    help="Run COMMAND in a shell with the same input, and print its output before the line.",
)
@click.option(
    "--keep",
    metavar="LOCK",
    type=int,
    hidden=True,
    help="Compute the status now and store it for the next line. LOCK is the number of the open, locked status file.",
)
@click.option("--within", metavar="SECONDS", type=float, hidden=True, help="With --keep: give up after SECONDS.")
@click.pass_context
def command(ctx: click.Context, *, first: str | None, keep: int | None, within: float | None) -> None:
    """Print one line about the worktree that Claude Code's JSON on standard input names. The exit status is always 0.

    The line has the branch and its fork, conflicts, sessions that wait for you, the baseline and why it is stale. It is at most
    COLUMNS wide; NO_COLOR is honoured. If the line ends with an ellipsis, it is still being computed: the next line is complete.
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
    """End this process and the git processes that it started, because it took too long."""
    workbench.leave()
    os._exit(0)
