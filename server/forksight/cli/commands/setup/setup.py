"""`forksight setup`: shows what is set up for this user, and sets it up."""

import click

from forksight.cli.output import console, json_option, show_json, show_line, show_problems
from forksight.core.setup import document
from forksight.core.setup.plan import LSP, PLUGIN, UNDO, WORKTREES, Setup, SetupPlan, difference
from forksight.core.words.terminal import printable
from forksight.features.context import Workbench

_LINES = {
    "ours": "set up",
    "other": "another one is set up",
    "none": "not set up",
    "unreadable": "unknown",
}


@click.group("setup", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Show what is set up for you in Claude Code; `forksight setup claude` sets it up.

    Exit status: 0 if the status line and the plugin are set up, 1 if not.
    """
    if ctx.invoked_subcommand is not None:
        return
    from forksight.features.setup.claude import current

    workbench: Workbench = ctx.obj
    now = current(workbench.open(ctx.meta["forksight.cwd"]))
    if as_json:
        show_json(document.setup(now))
    else:
        _show_setup(now)
    ctx.exit(0 if now.complete else 1)


@command.command("claude")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@click.option("--undo", is_flag=True, help="Undo the set-up.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--worktrees", is_flag=True, help="Install the plugin forksight-worktrees too.")
@click.option("--lsp", is_flag=True, help="Install the plugin forksight-lsp too.")
@json_option
@click.pass_context
def claude(
    ctx: click.Context, *, yes: bool, undo: bool, dry_run: bool, worktrees: bool, lsp: bool, as_json: bool
) -> None:
    """Put a status line into Claude Code's settings and install the plugin, after showing what changes.

    An existing status line is kept: its output is printed first. Nothing is changed unless you confirm. Exit status: 0 if all
    is set up, 1 if you did not confirm, 2 on an error.
    """
    from forksight.features.setup.claude import carry_out, propose, propose_undo

    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    plan = propose_undo(context) if undo else propose(context, worktrees=worktrees, lsp=lsp)
    if not as_json:
        _show_plan(plan)
    agreed = bool(plan.steps) and not dry_run and (yes or (not as_json and _agreed()))
    if agreed:
        carry_out(context, plan)
    if as_json:
        show_json(document.plan(plan, done=agreed))
    elif agreed:
        show_line("Done." if undo else f"Done. To undo this: {UNDO}")
    elif plan.steps:
        show_line("Nothing was changed.")
    ctx.exit(0 if agreed or not plan.steps else 1)


def _agreed() -> bool:
    try:
        return click.confirm("Do this?", default=False, err=True)
    except click.Abort:
        click.echo(err=True)
        return False


def _show_setup(now: Setup) -> None:
    installed = {plugin.id: plugin for plugin in now.plugins}
    lines = [("status line", f"{_LINES[now.status_line]}, in {now.settings}")]
    for name in (PLUGIN, WORKTREES, LSP):
        plugin = installed.get(name)
        state = "not installed" if plugin is None else f"{plugin.version}{'' if plugin.enabled else ', disabled'}"
        lines.append((name.partition("@")[0], state))
    for name, state in lines:
        show_line(f"{name:<20}{printable(state)}")
    show_problems(now.problems)
    if not now.complete:
        show_line("To set it up: forksight setup claude")


def _show_plan(plan: SetupPlan) -> None:
    from rich.text import Text

    out = console()
    if not plan.steps:
        show_line("Nothing is set up." if plan.undo else "Everything is set up already.")
        return
    for line in difference(plan).splitlines():
        style = {"+": "green", "-": "red"}.get(line[:1], "dim")
        out.print(Text(printable(line), style=style))
    for number, step in enumerate(plan.steps, 1):
        show_line(f"{number}. {printable(step.detail)}")
    for kept in plan.stays:
        show_line(printable(f"Not removed: {kept.path} ({kept.why})"))
