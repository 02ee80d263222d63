"""Shows proposals and carries them out, for `fork` and `resume`."""

import os
import signal
import sys
from collections.abc import Callable

import click

from forksight.cli.output import console, show_json, show_line, show_problems, show_warnings
from forksight.core.claude.launch import Launch
from forksight.core.forks import document
from forksight.core.forks.proposal import Outcome, Proposal
from forksight.core.store.ledger import Mode
from forksight.core.words import shell
from forksight.core.words.terminal import printable
from forksight.features.context import Context

print_option = click.option(
    "--print", "only_print", is_flag=True, help="Prepare everything, and print the command that starts the session."
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")


class TerminalProgress:
    """Progress as text on stderr."""

    def __init__(self) -> None:
        self._console = console(stderr=True)

    def step(self, detail: str) -> None:
        """See `core.ports.system.Progress`."""
        self._console.print(printable(detail), style="dim")

    def output(self, line: str) -> None:
        """See `core.ports.system.Progress`."""
        self._console.print(f"  {printable(line)}", style="dim")

    def stopped(self) -> bool:
        """False: Ctrl-C raises KeyboardInterrupt anyway."""
        return False


def carry_out(context: Context, proposal: Proposal, *, as_json: bool) -> int:
    """Carry out a proposal and show the outcome; returns the exit status."""
    from forksight.features.forks.start import doubts, start

    end_politely()
    # If Claude Code is missing, starting fails with an error that says so; only a printed command needs the warning.
    show_warnings([w for w in proposal.warnings if w.code != "claude-missing" or proposal.mode is Mode.PRINT])
    outcome = start(context, proposal, opener(context), TerminalProgress())
    show_warnings(outcome.warnings)
    if as_json:
        show_json(document.result(proposal, outcome))
    else:
        show_problems((*proposal.problems, *outcome.problems))
        if not doubts(outcome):
            show_outcome(outcome)
    return 1 if doubts(outcome) else 0


def leave_open(context: Context, proposal: Proposal, *, as_json: bool) -> int:
    """Show why nothing was done, and show the tmux window of a session that is already running; returns the exit status."""
    from forksight.features.forks.running import show_running, take_over_command

    running = proposal.running if proposal.mode is Mode.TERMINAL else None
    running_place = show_running(context, proposal) if running is not None else None
    if as_json:
        show_json(document.result(proposal, None))
    else:
        show_warnings(proposal.warnings)
        show_problems(proposal.problems)
        if running_place is not None and running_place.argv:
            show_line(f"To see the session: {shell.join(running_place.argv)}")
        elif running_place is not None and running_place.focused:
            show_line("The session's window is in front now.")
        if running is not None and running.kind != "bg":
            show_line(f"To end it there and resume it here: {take_over_command(running.session)}")
    return 1


def show_steps(proposal: Proposal, *, as_json: bool) -> int:
    """Show the steps of a proposal; returns the exit status."""
    if as_json:
        show_json(document.steps(proposal))
    else:
        show_warnings(proposal.warnings)
        show_problems(proposal.problems)
        for number, step in enumerate(document.steps(proposal)["steps"], 1):
            show_line(f"{number}. {printable(step['detail'])}")
    return 0 if proposal.plan else 1


def can_open(context: Context) -> bool:
    """Whether a session can be opened here: in tmux, if the settings allow it. Otherwise its command is printed."""
    return context.settings.claude.terminal != "print" and context.terminal.available()


def opener(context: Context) -> Callable[[Launch], str | None]:
    """A function that opens a launch in a new tmux window and returns where; None if `can_open` is false."""

    def open_(launch: Launch) -> str | None:
        return context.terminal.open(launch) if can_open(context) else None

    return open_


def show_outcome(outcome: Outcome) -> None:
    """Show where a session was opened, or the command that starts it."""
    launch, mode = outcome.launch, outcome.proposal.mode
    if mode is Mode.BACKGROUND:
        from forksight.features.forks.start import in_background

        show_line(in_background(outcome))
    elif outcome.place is not None:
        show_line(f"“{launch.title}” is open in {launch.cwd} (session {launch.session}).")
    else:
        if mode is Mode.TERMINAL:
            console(stderr=True).print("Start it with:", style="bold")
        _show_command(launch.command(os.environ))


def _show_command(command: str) -> None:
    """Print a command: unchanged into a pipe, with control characters escaped on a terminal."""
    if not sys.stdout.isatty():
        click.echo(os.fsencode(command))
        return
    show_line(command)
    if printable(command) != command:
        note = "the command has characters that can't be shown: `--print | sh` runs it unchanged"
        console(stderr=True).print(f"note: {note}", style="yellow")


def end_politely() -> None:
    """Turn SIGTERM and SIGHUP into an exception, so that unfinished work is undone and started programs are ended."""

    def leave(number: int, _: object) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, leave)
